//! Authentication: turns the token of a request into an [`Identity`](crate::identity::Identity).
//!
//! Each way to authenticate implements [`Authenticator`]: [`TokenTable`] looks the token up in
//! memory, [`KeystoneAuthenticator`] validates it at a Keystone. Tokens and passwords are compared
//! and stored as keyed digests only.
//!
//! Start reading at `authenticator.rs`.

mod authenticator;
mod digest;
mod directory;
mod keystone;
mod token;
mod token_table;

pub use authenticator::{AuthError, Authenticator};
pub use digest::{TokenDigest, TokenKey};
pub use directory::{Directory, LoginError, Project, User, UserRef};
pub use keystone::{
    Credential, EntityRef, KeystoneAuthenticator, KeystoneClientError, KeystoneError,
    KeystoneOptions, KeystoneStatistics, LookupCounts, RequestCounts, RequestDurations,
};
pub use token::Token;
pub use token_table::{AddTokenError, Grant, TokenTable};
