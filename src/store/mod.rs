//! Where images and their tags are kept, behind one trait: [`ImageStore`].
//!
//! The trait has one verb that writes existing images, [`ImageStore::change`]. Policy, quota and
//! preconditions run inside it, on the image as it is at that instant, and the store works out the
//! difference. So no request can lose a tag that another one added, leave a timestamp behind or
//! exceed a quota.
//!
//! Two backends keep the contract, which is written at the trait: [`Memory`] and [`Sql`].
//!
//! Start reading at [`ImageStore`].

mod contract;
mod error;
mod memory;
mod query;
mod sql;
mod stored;
mod successor;

pub use self::contract::{Author, Change, Check, ImageStore};
pub use self::error::{ChangeError, CreateError, ListError, Source, StoreError};
pub use self::memory::Memory;
pub use self::query::{
    Comparison, Direction, EventPage, Filter, HistoryQuery, HistorySubject, ImageQuery, Sort,
    SortKey, SortKeyError, TagCount, TagPage, TagQuery, VisibilityFilter,
};
pub use self::sql::{Engine, MAX_LIST_TAGS, OpenError, Sql, SqlUrl, SqlUrlError};
pub use self::stored::{Page, StoredImage};
