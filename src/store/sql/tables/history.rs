//! The newest event of a tag.

use strum::VariantArray as _;

use super::read::parsed;
use crate::identity::ProjectId;
use crate::image::{ImageId, ScopedTag, TagAction, TagScope, Visibility};
use crate::store::sql::drivers::{ColumnReader, Connection, SqlError, Statement};

/// The id of the newest event of the tag in its scope, 0 without one.
pub(in crate::store::sql) async fn last_event(
    connection: &mut Connection,
    tag: &ScopedTag,
) -> Result<u64, SqlError> {
    let last = connection.fetch_number(last_id(tag)).await?;
    u64::try_from(last).map_err(SqlError::unreadable)
}

/// The id of the newest event of the tag in its scope, with its image and what happened to the tag.
pub(in crate::store::sql) async fn last_change(
    connection: &mut Connection,
    tag: &ScopedTag,
) -> Result<Option<(u64, (ImageId, TagAction))>, SqlError> {
    let text = "SELECT e.id, e.image_id, e.action FROM tag_events e WHERE e.id = (";
    let mut statement = Statement::new(text);
    statement.push(last_id(tag));
    statement.push(")");
    let change = |row: &mut ColumnReader<'_>| {
        let id = row.count()?;
        let image = parsed(row.text()?.unwrap_or_default())?;
        let action = parsed(row.text()?.unwrap_or_default())?;
        Ok((id, (image, action)))
    };
    connection.fetch_first(statement, change).await
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
pub(in crate::store::sql) fn equals_owner(owner: Option<&ProjectId>) -> Statement {
    match owner {
        Some(owner) => Statement::new("= ?").with(owner.as_str()),
        None => "IS NULL".into(),
    }
}
