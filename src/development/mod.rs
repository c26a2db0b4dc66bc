//! `/development`, for those who test their clients against the service: it puts the store back to
//! the configured state, and makes requests fail or wait on purpose.
//!
//! It exists only with `auth.development`, and needs the token of an admin. Nothing that it does
//! outlives the process.
//!
//! Start reading at [`Development`].

mod api;
mod error;
mod injection;
mod injections;
mod random;
mod rule;

pub(crate) use api::{Development, Resettable};
pub(crate) use injection::Injection;
pub(crate) use injections::Injections;
