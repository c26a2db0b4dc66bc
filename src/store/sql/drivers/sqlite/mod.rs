//! SQLite by `rusqlite`. Reads run on the thread of their caller, because most take some
//! microseconds. All writes of the process share one connection and are committed in groups.
//!
//! `options` reads the URL, and `session` runs statements, within the limits of `query_limit`.
//! `writer` is the connection of the writers.

mod blocking;
mod driver;
mod error;
mod options;
mod query_limit;
mod session;
mod writer;

pub(super) use self::driver::SqliteDriver;
pub(super) use self::options::are_understood;
pub(super) use self::writer::{Turn, Writer};
