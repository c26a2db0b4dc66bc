//! Who put a tag where it is.

use std::collections::HashMap;

use super::column::{COLUMNS, event};
use crate::image::{ImageId, Tag, TagAction, TagEvent};
use crate::store::sql::drivers::{Connection, SqlError, Statement};

/// The number of terms of a compound `SELECT`. SQLite takes 500 of them.
const MAX_TERMS: usize = 400;

/// The number of images that one statement looks up.
const MAX_STATEMENT_IMAGES: usize = MAX_TERMS * 10;

/// Reads the newest addition of `tag` to each of `images`.
pub(in crate::store::sql) async fn additions(
    connection: &mut Connection,
    tag: &Tag,
    images: &[ImageId],
) -> Result<Vec<Option<TagEvent>>, SqlError> {
    let mut found = HashMap::new();
    for images in images.chunks(MAX_STATEMENT_IMAGES) {
        let events = connection.fetch(statement(tag, images), event).await?;
        found.extend(events.into_iter().map(|event| (event.image, event)));
    }
    Ok(images
        .iter()
        .map(|image| found.get(image).cloned())
        .collect())
}

/// The statement for at most [`MAX_STATEMENT_IMAGES`].
fn statement(tag: &Tag, images: &[ImageId]) -> Statement {
    let groups = images.chunks(MAX_TERMS).map(|images| {
        let latest = images.iter().map(|image| {
            // The index of the events of a tag on an image has this order.
            let text = format!(
                "SELECT * FROM (SELECT {COLUMNS} FROM tag_events e WHERE e.image_id = ? \
                 AND e.tag = ? AND e.action = ? ORDER BY e.time DESC, e.action DESC, e.id DESC \
                 LIMIT 1) latest"
            );
            Statement::new(text)
                .with(*image)
                .with(tag.as_str())
                .with(TagAction::Added.as_str())
        });
        let mut group = Statement::new("SELECT * FROM (");
        group.push(Statement::join(latest, " UNION ALL "));
        group.push(") latest");
        group
    });
    Statement::join(groups, " UNION ALL ")
}
