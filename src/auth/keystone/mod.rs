//! Tokens of a Keystone: validated at its Identity API v3 and cached under a keyed digest.
//!
//! A cached token stays valid during an outage of Keystone, but never past its own expiry, and is
//! refreshed in the background while it is in use. Validations are bounded in number and in time,
//! and the capacity is shared fairly between clients, so that a Keystone that hangs holds a bounded
//! number of requests for a bounded time.
//!
//! Start reading at `authenticator.rs`.

mod authenticator;
mod client;
mod error;
mod fair_semaphore;
mod http;
mod login;
mod options;
mod response_body;
mod session;
mod statistics;
mod token_cache;

pub use authenticator::KeystoneAuthenticator;
pub use error::{KeystoneClientError, KeystoneError};
pub use options::{Credential, EntityRef, KeystoneOptions};
pub use statistics::{KeystoneStatistics, LookupCounts, RequestCounts, RequestDurations};
