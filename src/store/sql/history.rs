//! Writes the history of tags, inside a transaction of the caller.

use sqlx::Row as _;
use strum::VariantArray as _;

use super::error::SqlError;
use super::pool::Connection;
use super::read::{self, ColumnReader, parsed};
use super::statement::{Statement, placeholder_rows};
use crate::identity::ProjectId;
use crate::image::{ImageId, Reason, ScopedTag, TagAction, TagEvent, TagScope, Visibility};

/// The columns of an event that a write sets. The database assigns the id.
const COLUMNS: [&str; 10] = [
    "time",
    "image_id",
    "tag",
    "action",
    "owner",
    "visibility",
    "user_id",
    "project_id",
    "request_id",
    "reason",
];

/// The maximum number of events that one statement writes.
const MAX_STATEMENT_EVENTS: usize = 100;

/// Adds `events` in their order and gives them their ids.
pub(super) async fn insert(
    connection: &mut Connection<'_>,
    events: &mut [TagEvent],
) -> Result<(), SqlError> {
    for events in events.chunks_mut(MAX_STATEMENT_EVENTS) {
        let (columns, rows) = (
            COLUMNS.join(", "),
            placeholder_rows(events.len(), COLUMNS.len()),
        );
        let text = format!("INSERT INTO tag_events ({columns}) VALUES {rows} RETURNING id");
        let statement = events
            .iter()
            .fold(Statement::new(text), |statement, event| {
                statement
                    .with(event.time)
                    .with(event.image)
                    .with(event.tag.as_str())
                    .with(event.action.as_str())
                    .with(event.owner.as_ref().map(ProjectId::as_str))
                    .with(event.visibility.as_str())
                    .with(event.user.as_str())
                    .with(event.project.as_ref().map(ProjectId::as_str))
                    .with(event.request_id.as_str())
                    .with(event.reason.as_ref().map(Reason::as_str))
            });
        let rows = connection.fetch(statement).await?;
        let ids: Result<Vec<i64>, _> = rows.iter().map(|row| row.try_get(0)).collect();
        let mut ids = ids?;
        // The ids rise in the order of the values, but the rows may come in another.
        ids.sort_unstable();
        for (event, id) in events.iter_mut().zip(ids) {
            event.id = u64::try_from(id).map_err(SqlError::unreadable)?;
        }
    }
    Ok(())
}

/// The id of the newest event of the tag in its scope, 0 without one.
pub(super) async fn last_event(
    connection: &mut Connection<'_>,
    tag: &ScopedTag,
) -> Result<u64, SqlError> {
    let last = read::only_number(&connection.fetch(last_id(tag)).await?)?;
    u64::try_from(last).map_err(SqlError::unreadable)
}

/// The id of the newest event of the tag in its scope, with its image and what happened to the tag.
pub(super) async fn last_change(
    connection: &mut Connection<'_>,
    tag: &ScopedTag,
) -> Result<Option<(u64, (ImageId, TagAction))>, SqlError> {
    let text = "SELECT e.id, e.image_id, e.action FROM tag_events e WHERE e.id = (";
    let mut statement = Statement::new(text);
    statement.push(last_id(tag));
    statement.push(")");
    let rows = connection.fetch(statement).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let mut columns = ColumnReader::of(row);
    let id = columns.count()?;
    let image = parsed(columns.text()?.unwrap_or_default())?;
    let action = parsed(columns.text()?.unwrap_or_default())?;
    Ok(Some((id, (image, action))))
}

/// A query for the id of the newest event of the tag in its scope, 0 without one.
fn last_id(tag: &ScopedTag) -> Statement {
    const VISIBILITY: &str = "(SELECT MAX(id) FROM tag_events WHERE tag = ? AND visibility = ?)";
    let mut statement = Statement::default();
    match &tag.scope {
        TagScope::Owner(owner) => {
            let text = "SELECT COALESCE(MAX(id), 0) FROM tag_events WHERE tag = ? AND owner ";
            statement.push(Statement::new(text).with(tag.tag.as_str()));
            statement.push(equals_owner(owner.as_ref()));
        }
        TagScope::Service => {
            let each = Visibility::VARIANTS.iter().map(|visibility| {
                let id = Statement::new(VISIBILITY).with(tag.tag.as_str());
                let mut part = Statement::new("SELECT ");
                part.push(id.with(visibility.as_str()));
                part.push(" AS id");
                part
            });
            statement.push("SELECT COALESCE(MAX(id), 0) FROM (");
            statement.push(Statement::join(each, " UNION ALL "));
            statement.push(") ids");
        }
    }
    statement
}

/// The condition on a column with an owner, which follows the name of the column.
pub(super) fn equals_owner(owner: Option<&ProjectId>) -> Statement {
    match owner {
        Some(owner) => Statement::new("= ?").with(owner.as_str()),
        None => "IS NULL".into(),
    }
}
