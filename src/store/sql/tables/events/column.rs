//! The columns of an event.

use crate::image::TagEvent;
use crate::store::sql::drivers::{ColumnReader, SqlError};
use crate::store::sql::tables::read::{parsed, time};

/// The columns of an event `e`, for [`event`].
pub(super) const COLUMNS: &str = "e.id, e.time, e.image_id, e.tag, e.action, e.owner, e.visibility, \
                                  e.user_id, e.project_id, e.request_id, e.reason";

/// Reads the event from the next columns, which are [`COLUMNS`].
pub(super) fn event(columns: &mut ColumnReader<'_>) -> Result<TagEvent, SqlError> {
    Ok(TagEvent {
        id: columns.count()?,
        time: time(columns.number()?)?,
        image: parsed(columns.text()?.unwrap_or_default())?,
        tag: parsed(columns.text()?.unwrap_or_default())?,
        action: parsed(columns.text()?.unwrap_or_default())?,
        owner: columns.text()?.map(parsed).transpose()?,
        visibility: parsed(columns.text()?.unwrap_or_default())?,
        user: columns.text()?.unwrap_or_default().to_owned(),
        project: columns.text()?.map(parsed).transpose()?,
        request_id: columns.text()?.unwrap_or_default().to_owned(),
        reason: columns.text()?.map(parsed).transpose()?,
    })
}
