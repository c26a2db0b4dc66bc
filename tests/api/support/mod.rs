//! Shared fixtures: the service over the example configuration, an in-process client for each of
//! its roles, and a raw client that sends arbitrary bytes over a socket.
//!
//! Start reading at `app`.

mod app;
mod client;
mod config;
mod ids;
pub mod keystone;
pub mod log;
pub mod raw;
mod response;
pub mod stores;

pub use app::{TestApp, TestServer};
pub use client::Client;
pub use config::{config, example, store_of};
pub use ids::{ADMIN, DEBIAN, MEMBER, UBUNTU};
pub use response::Response;
