//! The statements of a page, and the tags that they return.

use std::collections::BTreeMap;

use super::range::TagRange;
use super::scope::IndexedScope;
use super::walk;
use crate::identity::ProjectId;
use crate::image::{MemberStatus, Tag, Viewer, Visibility};
use crate::store::query::{TagPage, TagQuery};
use crate::store::sql::engine::Engine;
use crate::store::sql::error::SqlError;
use crate::store::sql::netstring::NetstringReader;
use crate::store::sql::pool::Connection;
use crate::store::sql::read::{self, ColumnReader};
use crate::store::sql::statement::Statement;

/// Tags, each with the number of its images.
type Counts = BTreeMap<Tag, usize>;

/// Reads the page of `query`. On MariaDB, it begins a transaction.
pub(crate) async fn page(
    connection: &mut Connection<'_>,
    query: &TagQuery,
) -> Result<TagPage, SqlError> {
    let (scopes, range) = (IndexedScope::all(&query.viewer), TagRange::of(query));
    let Some(range) = range.filter(|_| !scopes.is_empty()) else {
        return Ok(TagPage::default());
    };
    // The first tags of the page are among the first of each scope.
    let number = query.limit.max(1).saturating_add(1);
    let shared = match &query.viewer {
        Viewer::Project(project) => Some(shared(project, &range, number)),
        Viewer::Admin(_) | Viewer::Nobody => None,
    };
    let counts = if connection.engine() == Engine::MariaDb {
        let script = walk::script(&scopes, &range, number);
        read_script(connection, script, shared).await?
    } else {
        let walks = scopes
            .iter()
            .map(|scope| walk::query(*scope, &range, number));
        read_query(connection, walks.chain(shared)).await?
    };
    Ok(TagPage::filled(counts, query.limit))
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

async fn read_query(
    connection: &mut Connection<'_>,
    parts: impl Iterator<Item = Statement>,
) -> Result<Counts, SqlError> {
    let parts = parts.map(|part| {
        let mut selected = Statement::new("SELECT * FROM (");
        selected.push(part);
        selected.push(") part");
        selected
    });
    let mut counts = Counts::new();
    add_rows(
        connection,
        Statement::join(parts, " UNION ALL "),
        &mut counts,
    )
    .await?;
    Ok(counts)
}

/// Reads everything as it is at one instant.
async fn read_script(
    connection: &mut Connection<'_>,
    script: Statement,
    shared: Option<Statement>,
) -> Result<Counts, SqlError> {
    connection.begin_with(walk::BEGIN_SNAPSHOT).await?;
    let mut counts = Counts::new();
    let rows = connection.fetch(script).await?;
    let mut packed = NetstringReader::new(read::only_text(&rows)?);
    while !packed.is_empty() {
        let tag = read::parsed(packed.text()?)?;
        let images = usize::try_from(packed.number()?).map_err(SqlError::unreadable)?;
        *counts.entry(tag).or_default() += images;
    }
    if let Some(shared) = shared {
        add_rows(connection, shared, &mut counts).await?;
    }
    Ok(counts)
}

async fn add_rows(
    connection: &mut Connection<'_>,
    statement: Statement,
    counts: &mut Counts,
) -> Result<(), SqlError> {
    for row in &connection.fetch(statement).await? {
        let mut columns = ColumnReader::of(row);
        let tag = read::parsed(columns.text()?.unwrap_or_default())?;
        let images: usize = columns.count()?;
        *counts.entry(tag).or_default() += images;
    }
    Ok(())
}
