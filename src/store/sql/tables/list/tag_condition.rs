//! The conditions of a list on the tags of an image `i`.
//!
//! Tags are counted, not joined: a planner spends long on the order of many joins, and PostgreSQL
//! may make a join of `EXISTS` that reads a whole table. It expects many images to meet an
//! inequality, and therefore scans the index until the page is full instead of sorting.

use std::collections::BTreeSet;

use super::access_path::AccessPath;
use crate::image::Tag;
use crate::store::query::ImageQuery;
use crate::store::sql::drivers::{Statement, placeholder_rows};

/// The conditions that an image has the wanted tags, each after an `AND`, as far as `path` does not
/// meet them.
pub(super) fn wanted(query: &ImageQuery, path: AccessPath<'_>) -> Statement {
    let is_met = |tag: &Tag| path == AccessPath::Tag(tag);
    let mut conditions = Statement::default();
    let all: Vec<_> = query.tags.iter().filter(|tag| !is_met(tag)).collect();
    if !all.is_empty() {
        conditions.push(count(&all));
        conditions.push(Statement::new(" >= ?").with(all.len()));
    }
    let any = query.any_tags.as_ref();
    if let Some(any) = any.filter(|any| any.is_disjoint(&query.tags) && !any.iter().any(is_met)) {
        conditions.push(count(&any.iter().collect::<Vec<_>>()));
        conditions.push(" >= 1");
    }
    conditions
}

/// The conditions that an image does not have the unwanted tags, each after an `AND`.
pub(super) fn unwanted(query: &ImageQuery) -> Statement {
    let mut conditions = Statement::default();
    let fewer = |tags: &BTreeSet<Tag>, bound: usize| {
        let mut condition = count(&tags.iter().collect::<Vec<_>>());
        condition.push(Statement::new(" < ?").with(bound));
        condition
    };
    if !query.not_all_tags.is_empty() {
        conditions.push(fewer(&query.not_all_tags, query.not_all_tags.len()));
    }
    if !query.not_any_tags.is_empty() {
        conditions.push(fewer(&query.not_any_tags, 1));
    }
    conditions
}

/// How many of `tags` the image has, after an `AND`.
fn count(tags: &[&Tag]) -> Statement {
    let text = " AND (SELECT COUNT(*) FROM image_tags x WHERE x.image_id = i.id AND x.tag IN";
    Statement::new(format!("{text} {})", placeholder_rows(1, tags.len())))
        .with_all(tags.iter().map(|tag| tag.as_str()))
}
