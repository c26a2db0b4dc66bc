//! The statements of a page, and the tags that they return.

use std::collections::BTreeMap;

use super::range::TagRange;
use super::scope::IndexedScope;
use super::walk;
use crate::identity::ProjectId;
use crate::image::{MemberStatus, Tag, Viewer, Visibility};
use crate::store::query::{TagPage, TagQuery};
use crate::store::sql::drivers::{ColumnReader, Engine, PooledConnection, SqlError, Statement};
use crate::store::sql::tables::netstring::NetstringReader;
use crate::store::sql::tables::read;

/// Tags, each with the number of its images.
type Counts = BTreeMap<Tag, usize>;

/// Reads the page of `query`. On MariaDB, it begins a transaction.
pub(in crate::store::sql) async fn page(
    connection: &mut PooledConnection<'_>,
    query: &TagQuery,
) -> Result<TagPage, SqlError> {
    let engine = connection.engine();
    let mut counts = Counts::new();
    match statements(engine, query) {
        [Some(script), shared] if engine == Engine::MariaDb => {
            // Both must read the images as they are at one instant.
            connection.begin(walk::BEGIN_SNAPSHOT).await?;
            add_packed(&mut counts, connection.fetch_text(script).await?.as_deref())?;
            if let Some(shared) = shared {
                add(&mut counts, connection.fetch(shared, count_of).await?);
            }
        }
        statements => {
            for statement in statements.into_iter().flatten() {
                add(&mut counts, connection.fetch(statement, count_of).await?);
            }
        }
    }
    Ok(TagPage::filled(counts, query.limit))
}

/// The statement for the page of `query`, and on MariaDB a second one for the images that others
/// share with the viewer. There are none if no tag can be on the page.
pub(in crate::store::sql) fn statements(
    engine: Engine,
    query: &TagQuery,
) -> [Option<Statement>; 2] {
    let (scopes, range) = (IndexedScope::all(&query.viewer), TagRange::of(query));
    let Some(range) = range.filter(|_| !scopes.is_empty()) else {
        return [None, None];
    };
    // The first tags of the page are among the first of each scope.
    let number = query.limit.max(1).saturating_add(1);
    let shared = match &query.viewer {
        Viewer::Project(project) => Some(shared(project, &range, number)),
        Viewer::Admin(_) | Viewer::Nobody => None,
    };
    if engine == Engine::Glance {
        // No index lists the tags in order.
        let groups = scopes
            .iter()
            .map(|scope| walk::groups(*scope, &range, number));
        return [
            Some(Statement::join(
                groups.chain(shared).map(parenthesized),
                " UNION ALL ",
            )),
            None,
        ];
    }
    if engine == Engine::MariaDb {
        return [Some(walk::script(&scopes, &range, number)), shared];
    }
    let walks = scopes
        .iter()
        .map(|scope| walk::query(*scope, &range, number));
    let parts = walks.chain(shared).map(parenthesized);
    [Some(Statement::join(parts, " UNION ALL ")), None]
}

fn parenthesized(part: Statement) -> Statement {
    let mut selected = Statement::new("SELECT * FROM (");
    selected.push(part);
    selected.push(") part");
    selected
}

/// The first `number` tags within `range` of the images that others share with the project and that
/// it has accepted, each with the number of these images.
fn shared(project: &ProjectId, range: &TagRange<'_>, number: usize) -> Statement {
    let text = "SELECT t.tag AS tag, COUNT(*) AS images FROM image_members m CROSS JOIN image_tags t \
                WHERE t.image_id = m.image_id AND m.project = ? AND m.status = ? \
                AND t.visibility = ? AND (t.owner IS NULL OR t.owner <> ?)";
    let mut shared = Statement::new(text)
        .with(project.as_str())
        .with(MemberStatus::Accepted.as_str())
        .with(Visibility::Shared.as_str())
        .with(project.as_str());
    shared.push(range.condition());
    shared.push(Statement::new(" GROUP BY t.tag ORDER BY t.tag LIMIT ?").with(number));
    shared
}

/// Reads a tag and a number.
fn count_of(row: &mut ColumnReader<'_>) -> Result<(Tag, usize), SqlError> {
    Ok((read::parsed(row.text()?.unwrap_or_default())?, row.count()?))
}

fn add(counts: &mut Counts, found: Vec<(Tag, usize)>) {
    for (tag, images) in found {
        *counts.entry(tag).or_default() += images;
    }
}

/// Adds tags and numbers that are packed in a text.
fn add_packed(counts: &mut Counts, packed: Option<&str>) -> Result<(), SqlError> {
    let mut packed = NetstringReader::new(packed);
    while !packed.is_empty() {
        let tag = read::parsed(packed.text()?)?;
        let images = usize::try_from(packed.number()?).map_err(SqlError::unreadable)?;
        *counts.entry(tag).or_default() += images;
    }
    Ok(())
}
