//! The HTTP/1 server: accepts connections, passes their requests to the
//! [`Service`](crate::service::Service), and shuts down gracefully.
//!
//! Each connection is a hyper connection in a task of its own. Its timer covers the head of a
//! request and the time between two requests; all other timeouts are the service's. No response is
//! lost because the client is still sending: see `unread_body` and `linger`.
//!
//! The metrics have a listener of their own, which shares nothing with the service.
//!
//! Start reading at [`run()`].

mod accept_error;
mod admission;
mod connection;
mod file_limit;
mod linger;
mod listen;
mod metrics_listener;
mod run;
mod socket;
mod transport;
mod unread_body;

pub use file_limit::raise_file_limit;
pub use listen::Listener;
pub use metrics_listener::MetricsListener;
pub use run::run;
