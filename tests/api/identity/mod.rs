//! The embedded identity: logins, tokens, the catalog.
//!
//! Start reading at `logins`.

mod calls;
mod directory;
mod errors;
mod login_refusals;
mod logins;
mod recorded;
mod reload;
mod tokens;
mod versions;

pub use calls::demo;
