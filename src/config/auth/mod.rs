//! `[auth]` and `[identity]`: how requests are authenticated.
//!
//! The static tokens, the embedded identity and the connection to Keystone each have a file.
//!
//! Start reading at `section.rs`.

mod identity;
mod keystone;
mod keystone_options;
mod section;
mod static_tokens;

pub use identity::IdentityConfig;
pub use keystone::{AuthType, Interface, KeystoneConfig};
pub use section::{AuthConfig, AuthMode};
pub use static_tokens::StaticToken;
