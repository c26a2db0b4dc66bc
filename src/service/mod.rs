//! The whole service: takes a request, gives an answer.
//!
//! `configured_service.rs` gives every request its answer, and `dispatch.rs` takes the steps before
//! routing in their order: health and version discovery need no token, everything else is
//! authenticated and handed to an API. `setup.rs` builds a [`Service`] from a configuration, and
//! `running.rs` has it take over another one. Start reading at `dispatch.rs`.

mod configured_service;
mod destination;
mod dispatch;
mod error;
mod exchange;
mod health;
mod maintenance;
mod running;
mod settings;
mod setup;
mod stores;

pub use crate::http::request::Peer;
pub use running::{ReloadError, Service};
pub use settings::upstream_options;
pub use setup::StartError;
pub use stores::{data_store, glance_store, store_for_export, store_for_import};
