//! The import.

use std::collections::BTreeSet;
use std::io::BufRead;

use super::error::TransferError;
use super::line::{EVENT_START, EventLine, MAX_PAGE_EVENTS};
use crate::image::{Image, NewImage, Tag, TagAction, TagEvent, TagRules};
use crate::store::{Author, Draft, DraftError, ImageStore, StoreError, WriteError};
use crate::tagging::Tagging;

/// The result of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Images that were created.
    pub created: u64,
    /// Images that existed before and stay unchanged.
    pub kept: u64,
    /// Events that were added to the history.
    pub events: u64,
}

/// Creates the images of `lines` that `store` does not have, and adds the events that its history
/// does not have. What was created before an error is kept. An exclusive tag moves to the image
/// that is created, or the import stops, by its rule. The history tells when that happened, unless
/// the newest event of the tag is already that this image got it. No rule holds for an image that
/// exists.
pub async fn import(
    store: &dyn ImageStore,
    rules: &TagRules,
    lines: impl BufRead,
) -> Result<Imported, TransferError> {
    let tagging = Tagging {
        rules,
        rights: None,
    };
    let mut imported = Imported::default();
    let mut events = Vec::new();
    for (number, line) in (1..).zip(lines.lines()) {
        let line = line?;
        let invalid = |source| TransferError::Line { number, source };
        if line.starts_with(EVENT_START) {
            let EventLine { tag_event } = serde_json::from_str(&line).map_err(invalid)?;
            events.push(tag_event);
            if events.len() == MAX_PAGE_EVENTS {
                imported.events += import_events(store, &mut events).await?;
            }
            continue;
        }
        let image: Image = serde_json::from_str(&line).map_err(invalid)?;
        let image = NewImage::try_from(image)
            .map_err(|source| TransferError::Refused { number, source })?;
        imported.events += import_events(store, &mut events).await?;
        if create(store, tagging, image, number).await? {
            imported.created += 1;
        } else {
            imported.kept += 1;
        }
    }
    imported.events += import_events(store, &mut events).await?;
    Ok(imported)
}

/// Creates the image of the line with this number. Returns `false` if it exists.
async fn create(
    store: &dyn ImageStore,
    tagging: Tagging<'_>,
    image: NewImage,
    number: u64,
) -> Result<bool, TransferError> {
    let author = Author::without_request("import");
    let write = |draft: &mut Draft<'_>| {
        draft.restore(image.clone())?;
        let unknown = unknown_additions(draft, tagging.rules, &image)?;
        draft.record_additions(image.id(), unknown);
        tagging.settle(draft, image.id())
    };
    match store.write(&author, &write).await {
        Ok(_) => Ok(true),
        Err(WriteError::Exists) => Ok(false),
        Err(WriteError::Refused(source)) => Err(TransferError::Refused { number, source }),
        Err(WriteError::Store(source)) => Err(TransferError::Create { number, source }),
        // The write asks for no other image that may be missing.
        Err(error @ WriteError::NoSuchImage) => {
            let source = StoreError::Internal(error.into());
            Err(TransferError::Create { number, source })
        }
    }
}

/// The exclusive tags of a new image of which the history does not say, as its last word, that this
/// image got them.
fn unknown_additions(
    draft: &mut Draft<'_>,
    rules: &TagRules,
    image: &Image,
) -> Result<BTreeSet<Tag>, DraftError> {
    let tags = image.tags.iter();
    let exclusive = tags.filter_map(|tag| rules.scope_of(tag, image.owner.as_ref()));
    let exclusive: Vec<_> = exclusive.collect();
    draft.ask_for_carriers(&exclusive)?;
    let mut unknown = BTreeSet::new();
    for tag in exclusive {
        let carriers = draft.carriers(&tag)?;
        let is_known = carriers.last_change == Some((image.id(), TagAction::Added));
        // What the tag is taken from makes a newer event.
        if !is_known || !carriers.images.is_empty() {
            unknown.insert(tag.tag);
        }
    }
    Ok(unknown)
}

/// Adds `events` to the history and returns how many were new. Leaves `events` empty.
async fn import_events(
    store: &dyn ImageStore,
    events: &mut Vec<TagEvent>,
) -> Result<u64, StoreError> {
    if events.is_empty() {
        return Ok(0);
    }
    let added = store.import_events(&std::mem::take(events)).await?;
    Ok(u64::try_from(added).unwrap_or(u64::MAX))
}
