//! Export and import of images and of the history of their tags as JSON lines: one event a line,
//! oldest first, then one image a line, ordered by id. An import takes them in any order, but only
//! an image that comes after its history finds there who set its exclusive tags.
//!
//! An import preserves times, revisions and members. It leaves existing images unchanged and adds
//! no event twice, so it can be repeated.

use std::collections::BTreeSet;
use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};

use crate::image::{Image, ImageId, NewImage, Refusal, Tag, TagAction, TagEvent, TagRules};
use crate::store::{Author, Draft, DraftError, ImageStore, StoreError, WriteError};
use crate::tagging::Tagging;

/// Upper bound on the images of one page of an export; pages of large images are shorter.
const MAX_PAGE_IMAGES: usize = 500;

/// Upper bound on the events of one page of an export, and on those that are imported at once.
const MAX_PAGE_EVENTS: usize = 500;

/// An export or import was aborted.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// Reading or writing the lines failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A line does not parse as an image.
    #[error("line {number}: {source}")]
    Line {
        /// The number of the line, from 1.
        number: u64,
        /// The parser's error.
        source: serde_json::Error,
    },
    /// An image breaks a rule of every store.
    #[error("line {number}: {source}")]
    Refused {
        /// The number of the line, from 1.
        number: u64,
        /// The rule.
        source: Refusal,
    },
    /// The store failed to create an image.
    #[error("line {number}: {source}{}", cause_suffix(source))]
    Create {
        /// The number of the line, from 1.
        number: u64,
        /// The store's error.
        source: StoreError,
    },
    /// The store failed to read its images.
    #[error("{source}{}", cause_suffix(source))]
    Store {
        /// The store's error.
        #[from]
        source: StoreError,
    },
}

/// The cause of a store error. A command has no log, so its message includes the cause.
fn cause_suffix(error: &StoreError) -> String {
    std::error::Error::source(error)
        .map(|source| format!(": {source}"))
        .unwrap_or_default()
}

/// A line with an event of the history. A line without this name is an image.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EventLine<E> {
    tag_event: E,
}

/// How every line with an event starts.
const EVENT_START: &str = "{\"tag_event\":";

/// What an export wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// The images.
    pub images: u64,
    /// The events of the history.
    pub events: u64,
}

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

fn write_line(lines: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *lines, value)?;
    lines.write_all(b"\n")
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
    let author = Author {
        user: "import",
        project: None,
        request_id: "",
        reason: None,
    };
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::image::{
        ExclusiveScope, ImageData, Member, MemberStatus, OnConflict, Status, TagRule, TagRuleParts,
        Tags,
    };
    use crate::store::Memory;

    fn image(number: u64) -> Image {
        let time = "2026-01-01T00:00:00.123456Z".parse::<Timestamp>().unwrap();
        let mut image = Image::new(ImageId::random(), time);
        image.name = number
            .is_multiple_of(2)
            .then(|| format!("\u{e9}\n{number}").parse().unwrap());
        image.owner = Some("project".parse().unwrap());
        image.tags = ["", "a", "\u{1f600}"]
            .map(|tag| tag.parse().unwrap())
            .into();
        image.members = [(
            "other".parse().unwrap(),
            Member::new(MemberStatus::Rejected, time),
        )]
        .into();
        image.properties = [("os".parse().unwrap(), "\"debian\"".parse().unwrap())].into();
        image.data = Some(ImageData::new(u64::MAX >> 1, "a", "b").unwrap());
        image.status = Status::Killed;
        image.hidden = true;
        image
    }

    async fn exported(store: &Memory) -> String {
        let mut lines = Vec::new();
        export(store, &mut lines).await.unwrap();
        String::from_utf8(lines).unwrap()
    }

    #[tokio::test]
    async fn an_import_into_an_empty_store_exports_the_same_lines() {
        let store = Memory::with_images((0..=2 * MAX_PAGE_IMAGES as u64).map(image));
        let lines = exported(&store).await;
        assert_eq!(lines.lines().count(), 2 * MAX_PAGE_IMAGES + 1);
        let other = Memory::new();
        let imported = import(&other, &TagRules::default(), lines.as_bytes())
            .await
            .unwrap();
        assert_eq!(
            imported,
            Imported {
                created: 2 * MAX_PAGE_IMAGES as u64 + 1,
                kept: 0,
                events: 0,
            }
        );
        assert_eq!(exported(&other).await, lines);
    }

    #[tokio::test]
    async fn an_import_brings_the_history_of_the_tags_once() {
        let store = Memory::with_images([image(0)]);
        let author = Author {
            user: "user",
            project: None,
            request_id: "req-1",
            reason: None,
        };
        let id = store.all(None, 1).await.unwrap().images[0].id();
        for tags in [&["b", "c"][..], &["c"], &["d"]] {
            let change = |image: &mut Image| {
                image.tags = tags.iter().map(|tag| tag.parse().unwrap()).collect();
                Ok(())
            };
            store.change(id, &author, &change).await.unwrap();
        }
        let lines = exported(&store).await;
        let other = Memory::new();
        for (created, events) in [(1, 8), (0, 0)] {
            let imported = import(&other, &TagRules::default(), lines.as_bytes()).await;
            let imported = imported.unwrap();
            assert_eq!((imported.created, imported.events), (created, events));
            assert_eq!(exported(&other).await, lines);
        }
    }

    #[tokio::test]
    async fn an_existing_image_stays_unchanged() {
        let (mut mine, store) = (image(0), Memory::new());
        import(
            &store,
            &TagRules::default(),
            serde_json::to_string(&mine).unwrap().as_bytes(),
        )
        .await
        .unwrap();
        let before = exported(&store).await;
        mine.tags = Tags::default();
        let lines = format!(
            "{}\n{}\n",
            serde_json::to_string(&mine).unwrap(),
            serde_json::to_string(&image(1)).unwrap()
        );
        let imported = import(&store, &TagRules::default(), lines.as_bytes())
            .await
            .unwrap();
        assert_eq!(
            imported,
            Imported {
                created: 1,
                kept: 1,
                events: 0,
            }
        );
        assert!(exported(&store).await.contains(before.trim_end()));
    }

    #[tokio::test]
    async fn an_import_moves_exclusive_tags_or_stops_as_their_rule_says() {
        for on_conflict in [OnConflict::Move, OnConflict::Refuse] {
            let parts = TagRuleParts {
                exclusive: Some(ExclusiveScope::Project),
                on_conflict: Some(on_conflict),
                ..TagRuleParts::default()
            };
            let rule = TagRule::new("a".parse().unwrap(), parts).unwrap();
            let rules = TagRules::new(vec![rule]).unwrap();
            let (mine, theirs) = (image(0), image(1));
            let ids = [mine.id(), theirs.id()];
            let store = Memory::with_images([mine]);
            let line = serde_json::to_string(&theirs).unwrap();
            let outcome = import(&store, &rules, line.as_bytes()).await;
            let mut carriers = Vec::new();
            for id in ids {
                let image = store.image(id).await.unwrap();
                carriers.push(image.map(|image| image.tags.contains(&"a".parse().unwrap())));
            }
            if on_conflict == OnConflict::Move {
                assert_eq!(outcome.unwrap().created, 1);
                assert_eq!(carriers, [Some(false), Some(true)]);
            } else {
                let error = outcome.unwrap_err().to_string();
                assert_eq!(error, "line 1: the tag \"a\" is on another image");
                assert_eq!(carriers, [Some(true), None]);
            }
        }
    }

    #[tokio::test]
    async fn a_line_that_is_no_image_aborts_the_import_with_its_number() {
        let good = serde_json::to_string(&image(0)).unwrap();
        let long = good.replace("\"a\",", &format!("\"{}\",", "a".repeat(256)));
        for (bad, message) in [
            ("{", "EOF while parsing"),
            ("{}", "missing field `id`"),
            (
                &*good.replace("\"os_hidden\"", "\"hidden\""),
                "unknown field `hidden`",
            ),
            (&*long, "a tag has at most 255 characters"),
        ] {
            let store = Memory::new();
            let lines = format!("{good}\n{bad}\n{good}\n");
            let error = import(&store, &TagRules::default(), lines.as_bytes())
                .await
                .unwrap_err()
                .to_string();
            assert!(
                error.starts_with("line 2: ") && error.contains(message),
                "{error}"
            );
            assert_eq!(exported(&store).await.lines().count(), 1);
        }
    }
}
