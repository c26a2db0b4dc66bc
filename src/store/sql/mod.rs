//! The store in a database: SQLite, PostgreSQL or MariaDB, shared by any number of processes.
//!
//! A transaction that writes an image also raises its revision, and it writes only if the image is
//! still the one that was read. So no writer can undo an acknowledged write that it has not seen.
//!
//! - `store` is the handle, with time-outs and retries; `image_store` is its public interface, and
//!   `attempts` has one attempt at each operation.
//! - `tables` is the schema and the SQL.
//! - `glance` is the database of a Glance that runs beside the service.
//! - `drivers` is below: connections to each engine, behind one interface.
//!
//! Start reading at `store`, then `attempts`.

mod attempts;
mod checks;
#[cfg_attr(
    not(all(feature = "mysql", feature = "postgres", feature = "sqlite")),
    expect(dead_code, reason = "each driver needs a part of what they share")
)]
mod drivers;
mod glance;
mod image_store;
mod open;
mod open_error;
mod retry;
#[cfg(test)]
mod scaling_tests;
mod store;
mod tables;

pub use self::drivers::{Engine, SqlUrl, SqlUrlError};
pub use self::glance::{
    Examination, GlanceDatabase, GlanceDatabaseError, GlanceFinding, GlanceProblem, GuardStatus,
    Repair,
};
pub use self::open_error::OpenError;
pub use self::store::Sql;
pub use self::tables::list::MAX_LIST_TAGS;
