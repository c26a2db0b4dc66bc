//! Finds what is wrong with the tags in Glance's database, and repairs what can be repaired safely.
//!
//! - `rows` reads the tags, page by page; `examine` tells what is wrong with those of one image.
//! - `repair` repairs one finding in one small transaction.

mod examine;
mod finding;
mod repair;
mod rows;

pub use self::finding::{GlanceFinding, GlanceProblem};
pub use self::repair::Repair;

use self::rows::{Key, PAGE_LENGTH, TagRow};
use super::database::{GlanceDatabase, GlanceDatabaseError};

/// An examination of the tags of all images, page by page and without locks: Glance goes on
/// working.
#[derive(Debug)]
pub struct Examination<'a> {
    database: &'a GlanceDatabase,
    quota: i64,
    after: Option<Key>,
    /// The rows of the last image so far, which may have more.
    image: Vec<TagRow>,
    is_complete: bool,
}

impl GlanceDatabase {
    /// Begins an examination. An image may have `quota` tags; negative is no limit.
    #[must_use]
    pub fn examine(&self, quota: i64) -> Examination<'_> {
        Examination {
            database: self,
            quota,
            after: None,
            image: Vec::new(),
            is_complete: false,
        }
    }
}

impl Examination<'_> {
    /// The next findings, in the order of the ids of the images; there may be none in a page.
    /// `None` after the last page.
    pub async fn next(&mut self) -> Result<Option<Vec<GlanceFinding>>, GlanceDatabaseError> {
        if self.is_complete {
            return Ok(None);
        }
        let mut connection = match self.after {
            None => self.database.connect().await?,
            Some(_) => self.database.database.acquire().await?,
        };
        let page = rows::page(&mut connection, self.after.as_ref()).await;
        let page = connection.finish(page).await?;
        self.is_complete = page.len() < PAGE_LENGTH;
        self.after = page.last().map(TagRow::key);
        let mut findings = Vec::new();
        for row in page {
            if self
                .image
                .last()
                .is_some_and(|last| last.image != row.image)
            {
                findings.extend(examine::examine(&self.image, self.quota));
                self.image.clear();
            }
            self.image.push(row);
        }
        if self.is_complete {
            findings.extend(examine::examine(&self.image, self.quota));
        }
        Ok(Some(findings))
    }
}
