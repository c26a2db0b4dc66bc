//! The policy: Glance's rules for images, as its defaults or a policy file have them, and who may
//! add and remove the tags that rules protect.
//!
//! Everything here is a pure function of an identity, a policy, and what the identity wants.
//!
//! Start reading at [`Rights`].

mod file;
mod get_image;
mod language;
mod resolver;
mod rights;
#[cfg(test)]
mod rights_tests;
mod rule;
mod rules;
mod tag_rights;

pub use rights::Rights;
pub use rule::Rule;
pub use rules::{Policy, PolicyError};
