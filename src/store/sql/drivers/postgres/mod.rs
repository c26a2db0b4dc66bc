//! PostgreSQL by `tokio-postgres`.
//!
//! - `options` reads the URL, `tls` makes the TLS settings of it, and `driver` connects.
//! - `client` runs statements, which it keeps prepared, and `value` converts their values.
//! - `session` is a connection with one user. `shared` reads over connections that many readers
//!   share: their queries follow one another without waiting for the answers in between.
//! - `error` classifies the errors.

mod client;
mod driver;
mod error;
mod options;
mod session;
mod shared;
mod tls;
mod value;

pub(super) use self::driver::PostgresDriver;
pub(super) use self::options::PostgresOptions;
pub(super) use self::shared::SharedReaders;
