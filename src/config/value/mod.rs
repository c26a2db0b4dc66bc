//! Values of keys in the forms that several sections have.

pub(in crate::config) mod seconds;
mod secret;

pub(in crate::config) use secret::{file, non_empty, secret, serialize_redacted};
