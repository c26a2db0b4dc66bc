//! Where images and their tags are kept, behind one trait: [`ImageStore`].
//!
//! The trait has one verb that writes, [`ImageStore::write`]. Policy, quota, preconditions and the
//! rules of tags run inside it, on the images as they are at that instant, and the store works out
//! the difference. So no request can lose a tag that another one added, leave a timestamp behind,
//! exceed a quota, or change tags without an event in their history.
//!
//! Two backends keep the contract, which is written at the trait: [`Memory`] and [`Sql`].
//!
//! Start reading at [`ImageStore`].

mod contract;
mod draft;
mod error;
mod memory;
mod plan;
mod query;
#[cfg(test)]
mod scaling;
mod sql;
mod statistics;
mod stored;

pub use self::contract::{Author, Change, Check, ImageStore, Write};
pub use self::draft::{Carriers, Draft};
pub use self::error::{DraftError, ListError, Source, StoreError, WriteError};
pub use self::memory::Memory;
pub use self::query::{
    Comparison, Direction, EventPage, Filter, HistoryQuery, HistorySubject, ImageQuery, Pruned,
    Sort, SortKey, SortKeyError, TagCount, TagPage, TagQuery, VisibilityFilter,
};
pub use self::sql::{
    Engine, Examination, GlanceDatabase, GlanceDatabaseError, GlanceFinding, GlanceProblem,
    GuardStatus, MAX_LIST_TAGS, OpenError, Repair, Sql, SqlUrl, SqlUrlError,
};
pub use self::statistics::{PoolStatistics, RetryCounts, StoreStatistics};
pub use self::stored::{Page, StoredImage, Written};
