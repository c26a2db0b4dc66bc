//! The store in a database: SQLite, PostgreSQL or MariaDB, shared by any number of processes.
//!
//! A transaction that writes an image also raises its revision, and it writes only if the image is
//! still the one that was read. So no writer can undo an acknowledged write that it has not seen.
//!
//! - `store` is the handle, with time-outs and retries; `image_store` is its public interface and
//!   `attempt` and `write_attempt` one attempt at each operation.
//! - `read`, `write`, `list`, `history` and `selection` are the SQL, over the columns in `column`;
//!   `schema` makes the tables and migrates them.
//! - `pool`, `transaction`, `write_queue`, `retry`, `size_limit` and `error` are the plumbing
//!   below.
//! - `engine` and `url` hold everything that differs between the engines.
//!
//! Start reading at `store`, then `attempt`.

mod attempt;
mod catalogue;
mod column;
mod engine;
mod error;
mod events;
mod history;
mod image_store;
mod list;
mod netstring;
mod open;
mod open_error;
mod pool;
mod read;
mod retry;
#[cfg(test)]
mod scaling_tests;
mod schema;
mod selection;
mod size_limit;
mod statement;
mod store;
mod transaction;
mod url;
mod write;
mod write_attempt;
mod write_queue;

pub use self::engine::Engine;
pub use self::list::MAX_LIST_TAGS;
pub use self::open_error::OpenError;
pub use self::store::Sql;
pub use self::url::{SqlUrl, SqlUrlError};
