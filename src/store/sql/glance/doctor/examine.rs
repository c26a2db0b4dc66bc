//! Tells what is wrong with the tags of one image.

use std::collections::BTreeMap;

use super::finding::{GlanceFinding, GlanceProblem};
use super::rows::TagRow;

/// What is wrong with the tags of one image, which has all of these rows.
pub(super) fn examine(rows: &[TagRow], quota: i64) -> Vec<GlanceFinding> {
    let Some(first) = rows.first() else {
        return Vec::new();
    };
    let live = rows.iter().filter(|row| row.is_live);
    let mut problems = Vec::new();
    if first.is_of_deleted_image {
        let rows = live.count();
        if rows > 0 {
            problems.push(GlanceProblem::OfDeletedImage { rows });
        }
    } else {
        let mut by_tag = BTreeMap::<_, Vec<_>>::new();
        live.for_each(|row| by_tag.entry(row.tag.as_str()).or_default().push(row));
        problems.extend(doubled(&by_tag));
        problems.extend(alike(&by_tag));
        if i64::try_from(by_tag.len()).is_ok_and(|tags| quota >= 0 && tags > quota) {
            let tags = by_tag.len();
            problems.push(GlanceProblem::OverQuota { tags, quota });
        }
        problems.extend(came_back(rows, &by_tag));
    }
    let finding = |problem| GlanceFinding {
        image: first.image.clone(),
        problem,
    };
    problems.into_iter().map(finding).collect()
}

/// The live rows of each tag.
type ByTag<'a> = BTreeMap<&'a str, Vec<&'a TagRow>>;

fn doubled(by_tag: &ByTag<'_>) -> impl Iterator<Item = GlanceProblem> {
    let doubled = by_tag.iter().filter(|(_, rows)| rows.len() > 1);
    doubled.map(|(tag, rows)| GlanceProblem::Doubled {
        tag: (*tag).to_owned(),
        rows: rows.len(),
    })
}

fn alike(by_tag: &ByTag<'_>) -> impl Iterator<Item = GlanceProblem> {
    let mut groups = BTreeMap::<_, Vec<_>>::new();
    for (tag, rows) in by_tag {
        let first = rows.first().and_then(|row| row.first_alike);
        groups.entry(first).or_default().push((*tag).to_owned());
    }
    let groups = groups.into_iter().filter(|(first, _)| first.is_some());
    let several = groups.filter(|(_, tags)| tags.len() > 1);
    several.map(|(_, tags)| GlanceProblem::Alike { tags })
}

/// The tags that were removed before their live row was created.
fn came_back(rows: &[TagRow], by_tag: &ByTag<'_>) -> Vec<GlanceProblem> {
    let mut removed = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.is_live) {
        let Some(at) = &row.deleted_at else { continue };
        let latest = removed.entry(row.tag.as_str()).or_insert((at, row.id));
        *latest = (at, row.id).max(*latest);
    }
    let live = by_tag.iter().filter_map(|(tag, rows)| {
        let (removed_at, id) = *removed.get(tag)?;
        let row = rows.first()?;
        let back_at = &row.created_at;
        (back_at >= removed_at && row.id > id).then(|| GlanceProblem::CameBack {
            tag: (*tag).to_owned(),
            removed_at: removed_at.clone(),
            back_at: back_at.clone(),
        })
    });
    live.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: i64, tag: &str) -> TagRow {
        TagRow {
            id,
            image: "image".to_owned(),
            tag: tag.to_owned(),
            is_live: true,
            first_alike: Some(id),
            created_at: "2026-01-01T00:00:05Z".to_owned(),
            deleted_at: None,
            is_of_deleted_image: false,
        }
    }

    fn removed(id: i64, tag: &str, second: &str) -> TagRow {
        TagRow {
            is_live: false,
            first_alike: None,
            created_at: "2026-01-01T00:00:00Z".to_owned(),
            deleted_at: Some(format!("2026-01-01T00:00:{second}Z")),
            ..row(id, tag)
        }
    }

    fn problems(rows: &[TagRow], quota: i64) -> Vec<GlanceProblem> {
        let findings = examine(rows, quota).into_iter();
        findings.map(|finding| finding.problem).collect()
    }

    #[test]
    fn tags_of_an_image_that_are_in_order_are_no_finding() {
        let rows = [row(1, "a"), row(2, "b"), removed(3, "c", "09")];
        assert_eq!(problems(&rows, 2), []);
        assert_eq!(problems(&[], 0), []);
    }

    #[test]
    fn several_rows_of_a_tag_are_found_and_count_once_for_the_quota() {
        let mut second = row(2, "a");
        second.first_alike = Some(1);
        let doubled = GlanceProblem::Doubled {
            tag: "a".to_owned(),
            rows: 2,
        };
        assert_eq!(problems(&[row(1, "a"), second], 1), [doubled]);
    }

    #[test]
    fn tags_that_are_the_same_to_the_database_are_found_together() {
        let mut other = row(2, "A ");
        other.first_alike = Some(1);
        let tags = vec!["A ".to_owned(), "a".to_owned()];
        let rows = [row(1, "a"), other, row(3, "b")];
        assert_eq!(problems(&rows, -1), [GlanceProblem::Alike { tags }]);
    }

    #[test]
    fn more_tags_than_the_quota_are_found() {
        let over = GlanceProblem::OverQuota { tags: 2, quota: 1 };
        assert_eq!(problems(&[row(1, "a"), row(2, "b")], 1), [over]);
    }

    #[test]
    fn a_deleted_image_has_only_one_finding() {
        let of_deleted = |id, tag| TagRow {
            is_of_deleted_image: true,
            ..row(id, tag)
        };
        let rows = [of_deleted(1, "a"), of_deleted(2, "a")];
        assert_eq!(
            problems(&rows, 0),
            [GlanceProblem::OfDeletedImage { rows: 2 }]
        );
    }

    #[test]
    fn a_tag_that_was_removed_before_it_is_there_has_come_back() {
        let rows = [removed(1, "a", "01"), removed(2, "a", "03"), row(4, "a")];
        let back = GlanceProblem::CameBack {
            tag: "a".to_owned(),
            removed_at: "2026-01-01T00:00:03Z".to_owned(),
            back_at: "2026-01-01T00:00:05Z".to_owned(),
        };
        assert_eq!(problems(&rows, -1), [back]);
        // The row that was removed later was a second one of the same tag.
        assert_eq!(problems(&[removed(1, "a", "08"), row(4, "a")], -1), []);
    }
}
