//! `image-tags` stores tags of images and speaks the OpenStack Image API v2 (Glance).
//!
//! # Life of a request
//!
//! [`server`] accepts the connection and reads the head of the request. [`service`] gives the
//! request an id, decides which API it is for, has [`auth`] authenticate the caller, and hands it
//! to the `image_api`, whose route table picks a handler. The handler reads the body, takes image
//! and tag from the path, and makes one call to the [`store`]. Inside the call of a change,
//! [`policy`] and the rules of [`image`] decide on the image as it is at that instant. The outcome
//! becomes a response and an entry in the access log.
//!
//! # Modules
//!
//! A module imports only from those below it, and no files import from each other in a circle.
//!
//! | module | what lives there |
//! |---|---|
//! | [`cli`] | the command line and its commands |
//! | [`transfer`] | export and import |
//! | [`glance_check`] | shows whether a Glance undoes changes of tags in its database |
//! | [`server`] | connections, time-outs of connections, graceful shutdown |
//! | [`systemd`] | notifications to the service manager, and the socket that it hands over |
//! | [`service`] | the steps before routing, health; the service built from its configuration |
//! | `development` | reset, and errors on purpose, for those who test a client |
//! | [`doctor`] | finds and repairs what breaks the rules of tags, and data without an image |
//! | `identity_api` | the embedded Identity API for development |
//! | `image_api` | the Image API: one file per resource, errors in Glance's words |
//! | [`metrics`] | what the service counts and measures, in OpenMetrics text |
//! | `http` | reading requests and writing answers; knows no image |
//! | [`recovery`] | ends uploads that did not complete |
//! | `tagging` | the rules of tags within a write: who may change them, what moves |
//! | [`telemetry`] | the log, request ids, the access log |
//! | [`upstream`] | the API of a Glance, to which requests go that the service does not answer |
//! | [`config`] | the configuration: file, environment, validation |
//! | `rfc3339` | times as text |
//! | [`spans`] | one span per request, exported by OTLP |
//! | [`data`] | the data of images: in memory, in a directory, in an S3 bucket |
//! | [`store`] | images and tags in memory or in a database |
//! | [`web_download`] | downloads from the web, and which of them are allowed |
//! | [`auth`] | tokens: the static table, Keystone |
//! | [`policy`] | who may see and change what |
//! | [`image`] | images, their value types, and the rules of a change |
//! | [`identity`] | user, project, role |
//! | [`budget`] | the memory budget that all requests share |
//! | `net` | hosts and paths |
//! | [`trace_context`] | the trace of a request, from its headers to those of requests to others |
//!
//! `image`, `identity` and `policy` know neither HTTP nor SQL nor tokio; `store` knows no HTTP;
//! `http` knows no image.

pub mod auth;
pub mod budget;
pub mod cli;
pub mod config;
pub mod data;
mod development;
pub mod doctor;
pub mod glance_check;
mod http;
pub mod identity;
mod identity_api;
pub mod image;
mod image_api;
pub mod metrics;
mod net;
pub mod policy;
pub mod recovery;
mod rfc3339;
pub mod server;
pub mod service;
pub mod spans;
pub mod store;
pub mod systemd;
mod tagging;
pub mod telemetry;
pub mod trace_context;
pub mod transfer;
pub mod upstream;
pub mod web_download;
