//! HTTP plumbing: reads requests and writes answers.
//!
//! Nothing in this room knows an image, a store or a policy, so every API of the service can use
//! it. Start reading at [`request`] for what comes in and at [`response`] for what goes out.

mod call;
mod entity_tag;
mod error;
pub(crate) mod request;
pub(crate) mod response;
mod settings;

pub(crate) use call::call;
pub(crate) use entity_tag::{EntityTag, weaken};
pub(crate) use error::{Cause, HttpError};
pub(crate) use settings::{BodyLimits, Settings};
