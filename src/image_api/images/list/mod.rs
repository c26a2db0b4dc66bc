//! `GET /v2/images`: the handler, and what its parameters mean.

mod filter;
mod handler;
mod parameter;
mod query;
mod sorting;
mod tags;
mod time;

pub(in crate::image_api) use handler::list;
pub(in crate::image_api) use parameter::{DEFAULT_LIMIT, flag, limit};
