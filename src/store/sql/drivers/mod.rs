//! The drivers of the engines, behind one interface: connections that run statements.
//!
//! - `database` is that interface: a [`Database`] gives out connections and transactions.
//! - `connection`, `row` and `statement` are what the SQL of the tables is written in; `session` is
//!   what a driver implements for it.
//! - `pool` keeps the connections that one user has at a time.
//! - `sqlite`, `postgres` and `mariadb` are the drivers.
//! - `engine` has the SQL of connections and transactions, `url` reads the URL of a database, and
//!   `error` tells which errors are worth a retry.
//!
//! Start reading at `database`.

mod connection;
mod database;
mod engine;
mod error;
#[cfg(feature = "mysql")]
mod mariadb;
#[cfg(not(all(feature = "mysql", feature = "postgres", feature = "sqlite")))]
mod not_built_in;
mod pool;
#[cfg(feature = "postgres")]
mod postgres;
mod row;
mod session;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statement;
mod url;

pub(super) use self::connection::Connection;
pub(super) use self::database::{Database, Transaction};
pub use self::engine::Engine;
pub(super) use self::error::SqlError;
pub(super) use self::pool::PooledConnection;
pub(super) use self::row::{ColumnReader, count};
pub(super) use self::statement::{Statement, Value, placeholder_rows};
pub use self::url::{SqlUrl, SqlUrlError};
