//! The embedded identity: the part of the Identity API v3 that clients need to log in, at
//! `/identity/v3`.
//!
//! It is for development and tests: its users stand in the configuration, and its tokens are lost
//! when the process exits. Errors are JSON, as Keystone's are. Start reading at [`router`].

mod catalog;
mod credentials;
mod directory;
mod error;
mod grants;
mod login;
mod router;
mod service;
mod tokens;
mod view;

pub(crate) use router::IdentityApi;
pub(crate) use service::IdentityService;
