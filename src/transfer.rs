//! Export and import of images as JSON lines: one image a line, ordered by id.
//!
//! An import preserves times, revisions and members. It leaves existing images unchanged, so it can
//! be repeated.

use std::io::{self, BufRead, Write};

use crate::image::{Image, ImageId, NewImage, Refusal, TagRules};
use crate::store::{Author, Draft, ImageStore, StoreError, WriteError};
use crate::tagging::Tagging;

/// Upper bound on the images of one page of an export; pages of large images are shorter.
const MAX_PAGE_IMAGES: usize = 500;

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

/// The result of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Images that were created.
    pub created: u64,
    /// Images that existed before and stay unchanged.
    pub kept: u64,
}

/// Writes every image of `store` and returns their number. Images that are created or deleted
/// during the export may or may not be included.
pub async fn export(store: &dyn ImageStore, mut lines: impl Write) -> Result<u64, TransferError> {
    let (mut count, mut after): (u64, Option<ImageId>) = (0, None);
    loop {
        let page = store.all(after, MAX_PAGE_IMAGES).await?;
        for image in &page.images {
            serde_json::to_writer(&mut lines, &**image).map_err(io::Error::from)?;
            lines.write_all(b"\n")?;
            count += 1;
        }
        after = page.images.last().map(|image| image.id());
        if !page.more {
            break;
        }
    }
    lines.flush()?;
    Ok(count)
}

/// Creates the images of `lines` that `store` does not have. Images created before an error are
/// kept. An exclusive tag moves to the image that is created, or the import stops, by its rule.
pub async fn import(
    store: &dyn ImageStore,
    rules: &TagRules,
    lines: impl BufRead,
) -> Result<Imported, TransferError> {
    let author = Author {
        user: "import",
        project: None,
        request_id: "",
        reason: None,
    };
    let tagging = Tagging {
        rules,
        identity: None,
    };
    let mut imported = Imported::default();
    for (number, line) in (1..).zip(lines.lines()) {
        let image: Image = serde_json::from_str(&line?)
            .map_err(|source| TransferError::Line { number, source })?;
        let image = NewImage::try_from(image)
            .map_err(|source| TransferError::Refused { number, source })?;
        let write = |draft: &mut Draft<'_>| {
            draft.restore(image.clone());
            tagging.settle(draft, image.id())
        };
        match store.write(&author, &write).await {
            Ok(_) => imported.created += 1,
            Err(WriteError::Exists) => imported.kept += 1,
            Err(WriteError::Refused(source)) => {
                return Err(TransferError::Refused { number, source });
            }
            Err(WriteError::Store(source)) => {
                return Err(TransferError::Create { number, source });
            }
            // The write asks for no image that may be missing.
            Err(error @ WriteError::NoSuchImage) => {
                let source = StoreError::Internal(error.into());
                return Err(TransferError::Create { number, source });
            }
        }
    }
    Ok(imported)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::image::{
        ExclusiveScope, ImageData, Member, MemberStatus, OnConflict, Status, TagRule, TagRuleParts,
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
                kept: 0
            }
        );
        assert_eq!(exported(&other).await, lines);
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
        mine.tags.clear();
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
                kept: 1
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
