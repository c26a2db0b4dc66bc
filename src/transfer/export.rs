//! The export.

use std::io::Write;

use super::error::TransferError;
use super::line::{EventLine, MAX_PAGE_EVENTS, write_line};
use crate::image::ImageId;
use crate::store::ImageStore;

/// Upper bound on the images of one page of an export; pages of large images are shorter.
pub(super) const MAX_PAGE_IMAGES: usize = 500;

/// What an export wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// The images.
    pub images: u64,
    /// The events of the history.
    pub events: u64,
}

/// Writes the history of the tags and every image of `store`. What is created, changed or deleted
/// during the export may or may not be included.
pub async fn export(
    store: &dyn ImageStore,
    mut lines: impl Write,
) -> Result<Exported, TransferError> {
    let events = export_events(store, &mut lines).await?;
    let images = export_images(store, &mut lines).await?;
    lines.flush()?;
    Ok(Exported { images, events })
}

async fn export_images(
    store: &dyn ImageStore,
    lines: &mut impl Write,
) -> Result<u64, TransferError> {
    let (mut count, mut after): (u64, Option<ImageId>) = (0, None);
    loop {
        let page = store.all(after, MAX_PAGE_IMAGES).await?;
        for image in &page.images {
            write_line(lines, &**image)?;
            count += 1;
        }
        after = page.images.last().map(|image| image.id());
        if !page.more {
            return Ok(count);
        }
    }
}

async fn export_events(
    store: &dyn ImageStore,
    lines: &mut impl Write,
) -> Result<u64, TransferError> {
    let (mut count, mut after) = (0, 0);
    loop {
        let page = store.events_after(after, MAX_PAGE_EVENTS).await?;
        for tag_event in &page.events {
            write_line(lines, &EventLine { tag_event })?;
            count += 1;
        }
        after = page.events.last().map_or(after, |event| event.id);
        if !page.more {
            return Ok(count);
        }
    }
}
