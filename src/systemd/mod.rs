//! The protocols of systemd, or of any service manager that speaks them: `sd_notify(3)` and
//! `sd_listen_fds(3)`.
//!
//! Neither does anything unless the service manager has set their variables in the environment.

mod activation;
mod notify;

pub use activation::{ActivationError, take_socket};
pub use notify::Notifier;
