//! The Image API v2: one file or folder per resource.
//!
//! [`router`] has the route table, [`context`] what handlers share, [`error`] what clients are told
//! when something goes wrong. A change is one call to the store, and policy and rules run inside
//! that call. Start reading at `tags`.

mod actions;
mod background;
mod beside;
mod caller;
mod catalogue;
mod context;
mod data;
mod error;
mod image_path;
mod images;
mod imports;
mod links;
mod members;
mod metadefs;
mod precondition;
mod promotion;
mod request_state;
mod router;
mod routes;
mod schemas;
mod tags;
mod tasks;
mod versions;

pub(crate) use background::Background;
pub(crate) use beside::{is_about_tags, is_about_tags_alone};
pub(crate) use caller::Caller;
pub(crate) use context::{Backends, Context};
pub(crate) use router::ImageApi;
pub(crate) use versions::version_list;
