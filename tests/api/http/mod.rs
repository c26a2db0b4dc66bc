//! HTTP below the resources: connections, bodies, hosts, versions, health and errors.
//!
//! Start reading at `connections` for sockets and at `bodies` for messages.

mod base_url;
mod bodies;
mod connections;
mod cors;
mod early_answers;
mod error_bodies;
mod health;
mod host;
mod limits;
mod probes;
mod request_ids;
mod server_errors;
mod shutdown;
mod trace_context;
mod unix_socket;
mod versions;
