//! The URL of a database: its engine, and everything that the driver needs.
//!
//! A [`SqlUrl`] contains nothing that the driver would ignore, and it never shows its password.
//!
//! Start reading at [`SqlUrl`].

mod driver;
mod error;
mod file;
mod known_options;
mod options;
mod server;
mod sql_url;
#[cfg(test)]
mod sql_url_tests;

pub use self::error::SqlUrlError;
pub use self::sql_url::SqlUrl;
