//! `image-tags` keeps tags on images and speaks the OpenStack Image API v2 (Glance).
//!
//! # The way of a request
//!
//! [`server`] accepts the connection and reads the head. [`api`] gives the request an id, finds out what part of the
//! service it is for, has [`auth`] say who is calling, and routes it to a handler. The handler reads the body, takes
//! image and tag from the path, and makes one call to the [`store`], in which [`policy`] and the rules of [`image`]
//! decide on the image as it is at that instant. What comes out becomes an answer, and a line in the log.
//!
//! # The rooms
//!
//! | module | what lives there |
//! |---|---|
//! | [`cli`] | the command line |
//! | [`config`] | the configuration: file, environment, checks |
//! | [`service`] | the service put together from its configuration |
//! | [`server`] | connections, time-outs, limits, the graceful stop |
//! | [`telemetry`] | the log and the ids of requests |
//! | [`transfer`] | images from one store to another |
//! | [`budget`] | the bytes that all requests together may hold |
//! | [`api`] | routes, handlers, and the one place where an error becomes an answer |
//! | [`auth`] | how a token becomes an identity |
//! | [`policy`] | who may see and change what |
//! | [`store`] | where images and tags are kept: in memory, or in a database |
//! | [`image`] | images, tags, and what a change does to them |
//! | [`identity`] | user, project, role |
//!
//! Imports point one way: `main → cli → {server, service} → {api, transfer} → telemetry → config → {auth, policy, store}
//! → {budget, image} → identity`. `image`, `identity` and `policy` know no HTTP, no SQL and no tokio; `store` knows no HTTP; `api`
//! knows no SQL.

pub mod api;
pub mod auth;
pub mod budget;
pub mod cli;
pub mod config;
pub mod identity;
pub mod image;
mod net;
pub mod policy;
pub mod server;
pub mod service;
pub mod store;
pub mod telemetry;
pub mod transfer;
