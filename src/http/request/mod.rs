//! Reading requests: bodies within their limits, JSON in parts, paths and queries, preconditions,
//! and where a request comes from.

mod authority;
mod base_url;
mod body;
mod forwarded;
#[cfg(test)]
mod forwarded_tests;
mod header_list;
mod json;
mod memory;
mod path;
mod precondition;
mod query;

pub use base_url::Peer;
pub(crate) use base_url::{base_url, check_host, client_address, forwarded_scheme};
pub(crate) use body::{BodyReader, DataBody, media_type};
pub(crate) use header_list::elements;
pub(crate) use json::{JsonBody, Members, Raw, part, value};
pub(crate) use memory::{UNCOUNTED_BYTES, counted};
pub(crate) use path::{canonical, decode, encode};
pub(crate) use precondition::{ConditionHeaders, Outcome};
pub(crate) use query::{parameters, query_string};
