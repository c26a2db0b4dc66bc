//! Images from one store to another, as JSON lines: one image a line, by id.
//!
//! An image arrives as it left, with its times, its revision and its members. One that is there already is not touched,
//! so that an import can be repeated.

use std::io::{self, BufRead, Write};

use crate::image::{Image, ImageId, Refusal};
use crate::store::{Author, CreateError, ImageStore, StoreError};

/// How many images are read at once, if they are not large.
const PAGE: usize = 500;

/// Why a transfer ended early.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// A line cannot be read, or the lines cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A line is no image.
    #[error("line {number}: {source}")]
    Line {
        /// Its number, from 1.
        number: u64,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// No store keeps such an image.
    #[error("line {number}: {source}")]
    Refused {
        /// The number of its line, from 1.
        number: u64,
        /// Why.
        source: Refusal,
    },
    /// The store did not take an image.
    #[error("line {number}: {source}{}", because(source))]
    Create {
        /// The number of its line, from 1.
        number: u64,
        /// Why.
        source: StoreError,
    },
    /// The store did not give its images.
    #[error("{source}{}", because(source))]
    Store {
        /// Why.
        #[from]
        source: StoreError,
    },
}

/// The cause of an error of the store: a command shows it, since there is no log to look it up in.
fn because(error: &StoreError) -> String {
    std::error::Error::source(error)
        .map(|source| format!(": {source}"))
        .unwrap_or_default()
}

/// What an import has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Images that are new.
    pub created: u64,
    /// Images that were there, and were not touched.
    pub kept: u64,
}

/// Writes every image of `store` and tells how many there are. Images that come or go meanwhile may be among them or not.
pub async fn export(store: &dyn ImageStore, mut lines: impl Write) -> Result<u64, TransferError> {
    let (mut count, mut after): (u64, Option<ImageId>) = (0, None);
    loop {
        let page = store.all(after, PAGE).await?;
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

/// Creates the images of `lines` that `store` does not have. What was created before a fault stays.
pub async fn import(
    store: &dyn ImageStore,
    lines: impl BufRead,
) -> Result<Imported, TransferError> {
    let author = Author {
        user: "import",
        project: None,
        request_id: "",
    };
    let mut imported = Imported::default();
    for (number, line) in (1..).zip(lines.lines()) {
        let image: Image = serde_json::from_str(&line?)
            .map_err(|source| TransferError::Line { number, source })?;
        match store.create(image, &author).await {
            Ok(_) => imported.created += 1,
            Err(CreateError::Exists) => imported.kept += 1,
            Err(CreateError::Refused(source)) => {
                return Err(TransferError::Refused { number, source });
            }
            Err(CreateError::Store(source)) => {
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
    use crate::identity::ProjectId;
    use crate::image::{ImageData, Member, MemberStatus, Status};
    use crate::store::Memory;

    fn image(number: u64) -> Image {
        let time = "2026-01-01T00:00:00.123456Z".parse::<Timestamp>().unwrap();
        let mut image = Image::new(ImageId::random(), time);
        image.name = number
            .is_multiple_of(2)
            .then(|| format!("\u{e9}\n{number}"));
        image.owner = Some("project".into());
        image.tags = ["", "a", "\u{1f600}"]
            .map(|tag| tag.parse().unwrap())
            .into();
        image.members = [(
            ProjectId::from("other"),
            Member::new(MemberStatus::Rejected, time),
        )]
        .into();
        image.properties = [("os".to_owned(), "\"debian\"".to_owned())].into();
        image.data = Some(ImageData {
            size: u64::MAX >> 1,
            checksum: "a".to_owned(),
            sha512: "b".to_owned(),
        });
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
    async fn what_goes_into_an_empty_store_comes_out_of_it_again() {
        let store = Memory::with_images((0..=2 * PAGE as u64).map(image));
        let lines = exported(&store).await;
        assert_eq!(lines.lines().count(), 2 * PAGE + 1);
        let other = Memory::new();
        let imported = import(&other, lines.as_bytes()).await.unwrap();
        assert_eq!(
            imported,
            Imported {
                created: 2 * PAGE as u64 + 1,
                kept: 0
            }
        );
        assert_eq!(exported(&other).await, lines);
    }

    #[tokio::test]
    async fn an_image_that_is_there_is_not_touched() {
        let (mut mine, store) = (image(0), Memory::new());
        import(&store, serde_json::to_string(&mine).unwrap().as_bytes())
            .await
            .unwrap();
        let before = exported(&store).await;
        mine.tags.clear();
        let lines = format!(
            "{}\n{}\n",
            serde_json::to_string(&mine).unwrap(),
            serde_json::to_string(&image(1)).unwrap()
        );
        let imported = import(&store, lines.as_bytes()).await.unwrap();
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
    async fn a_line_that_is_no_image_is_named_and_ends_the_import() {
        let good = serde_json::to_string(&image(0)).unwrap();
        let long = good.replace("\"a\",", &format!("\"{}\",", "a".repeat(256)));
        for (bad, says) in [
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
            let error = import(&store, lines.as_bytes())
                .await
                .unwrap_err()
                .to_string();
            assert!(
                error.starts_with("line 2: ") && error.contains(says),
                "{error}"
            );
            assert_eq!(exported(&store).await.lines().count(), 1);
        }
    }
}
