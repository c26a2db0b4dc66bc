//! The policy: Glance's rules for images, as its defaults or a policy file have them, and who may
//! add and remove the tags that rules protect.
//!
//! Everything here is a pure function of an identity, a policy, and what the identity wants.
//!
//! Start reading at [`Rights`].

mod check;
mod facts;
mod parser;
mod rights;
mod rule;
mod rules;
mod tag_rights;

pub use rights::Rights;
pub use rule::Rule;
pub use rules::{Policy, PolicyError};
