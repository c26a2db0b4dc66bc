//! The Image API v2: one file or folder per resource.
//!
//! [`router`] has the route table, [`context`] what handlers share, [`error`] and [`refusal`] what
//! clients are told when something goes wrong. A change is one call to the store, and policy and
//! rules run inside that call. Start reading at `tags`.

mod actions;
mod context;
mod data;
mod error;
mod image_path;
mod images;
mod members;
mod precondition;
mod refusal;
mod router;
mod schemas;
mod tags;
mod versions;

pub(crate) use context::{Caller, Context};
pub(crate) use router::ImageApi;
pub(crate) use versions::version_list;
