//! Pages of the history.

use super::column::{COLUMNS, event};
use super::part::parts;
use crate::store::query::{EventPage, HistoryQuery};
use crate::store::sql::drivers::{Connection, SqlError, Statement};

/// Reads the page of `query`, newest first.
pub(in crate::store::sql) async fn page(
    connection: &mut Connection,
    query: &HistoryQuery,
) -> Result<EventPage, SqlError> {
    let Some(statement) = statement(query) else {
        return Ok(EventPage::default());
    };
    let events = connection.fetch(statement, event).await?;
    Ok(EventPage::filled(events, query.limit))
}

/// The statement that reads the page of `query` and one event more; `None` if the viewer sees
/// nothing.
pub(in crate::store::sql) fn statement(query: &HistoryQuery) -> Option<Statement> {
    let number = one_more(query.limit);
    let parts: Vec<_> = parts(query)
        .into_iter()
        .map(|events| {
            let mut part = Statement::new("SELECT * FROM (SELECT e.id AS id FROM ");
            part.push(events);
            if let Some(before) = query.before {
                part.push(Statement::new(" AND e.id < ?").with(before));
            }
            part.push(Statement::new(" ORDER BY e.id DESC LIMIT ?) part").with(number));
            part
        })
        .collect();
    if parts.is_empty() {
        return None;
    }
    // The newest events of the page are among the newest of each part. An event may be in several.
    let mut statement = Statement::new(format!("SELECT {COLUMNS} FROM (SELECT id FROM ("));
    statement.push(Statement::join(parts, " UNION "));
    let text = ") parts ORDER BY id DESC LIMIT ?) page CROSS JOIN tag_events e \
                WHERE e.id = page.id ORDER BY e.id DESC";
    statement.push(Statement::new(text).with(number));
    Some(statement)
}

/// Reads at most `limit` events of all, oldest first, starting after `after`.
pub(in crate::store::sql) async fn after(
    connection: &mut Connection,
    after: u64,
    limit: usize,
) -> Result<EventPage, SqlError> {
    let text = format!("SELECT {COLUMNS} FROM tag_events e WHERE e.id > ? ORDER BY e.id LIMIT ?");
    let statement = Statement::new(text).with(after).with(one_more(limit));
    let events = connection.fetch(statement, event).await?;
    Ok(EventPage::filled(events, limit))
}

/// The number of events that a statement reads for a page of `limit`. The one more tells whether
/// others follow.
fn one_more(limit: usize) -> usize {
    limit.saturating_add(1)
}
