//! Takes over events of another store, inside a transaction of the caller.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::column::{COLUMNS, events};
use crate::image::{ImageId, Tag, TagAction, TagEvent};
use crate::store::sql::error::SqlError;
use crate::store::sql::history;
use crate::store::sql::pool::Connection;
use crate::store::sql::statement::Statement;

/// The number of events that one statement looks up.
const MAX_STATEMENT_EVENTS: usize = 100;

/// What an event is known by.
type Key = (ImageId, Tag, Timestamp, TagAction);

fn key(event: &TagEvent) -> Key {
    (event.image, event.tag.clone(), event.time, event.action)
}

/// Adds those of `new` that the history does not have. Returns their number.
pub(super) async fn import(
    connection: &mut Connection<'_>,
    new: &[TagEvent],
) -> Result<usize, SqlError> {
    let mut imported = 0;
    for new in new.chunks(MAX_STATEMENT_EVENTS) {
        let known = connection.fetch(known(new)).await?;
        let mut known: BTreeSet<Key> = events(&known)?.iter().map(key).collect();
        let unknown = new.iter().filter(|event| known.insert(key(event)));
        let mut unknown: Vec<TagEvent> = unknown.cloned().collect();
        history::insert(connection, &mut unknown).await?;
        imported += unknown.len();
    }
    Ok(imported)
}

/// A query for those of `events` that the history has.
fn known(events: &[TagEvent]) -> Statement {
    let each = events.iter().map(|event| {
        Statement::new("(e.image_id = ? AND e.tag = ? AND e.time = ? AND e.action = ?)")
            .with(event.image)
            .with(event.tag.as_str())
            .with(event.time)
            .with(event.action.as_str())
    });
    let mut known = Statement::new(format!("SELECT {COLUMNS} FROM tag_events e WHERE "));
    known.push(Statement::join(each, " OR "));
    known
}
