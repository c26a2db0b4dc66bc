//! `/development`, for those who test their clients against the service: it puts the store back to
//! the configured state, and makes requests fail or wait on purpose.
//!
//! It exists only with `auth.development`, and needs the token of an admin. Nothing that it does
//! outlives the process.
//!
//! Start reading at [`Development`].

mod api;
mod error;
mod fault;
mod faults;
mod injected_fault;
mod random;

pub(crate) use api::{Development, Resettable};
pub(crate) use faults::Faults;
pub(crate) use injected_fault::{FAULT, InjectedFault};
