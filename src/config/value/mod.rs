//! Values of keys in the forms that several sections have.

mod listen;
pub(in crate::config) mod seconds;
mod secret;
mod socket_mode;
mod trusted_proxy;

pub use listen::Listen;
pub(in crate::config) use secret::{file, non_empty, secret, serialize_redacted};
pub use socket_mode::SocketMode;
pub use trusted_proxy::TrustedProxy;
