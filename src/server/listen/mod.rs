//! The socket on which the service listens: TCP or UNIX.
//!
//! Start reading at `listener.rs`.

mod listener;
mod socket_file;

pub use listener::Listener;
