//! The sections of one file each. The others have folders of their own.

mod cors;
mod import;
mod limits;
mod log;
mod metrics;
mod policy;
mod server;
mod tags;

pub use self::log::{LogConfig, LogFormat};
pub use cors::CorsConfig;
pub use import::ImportConfig;
pub use limits::LimitsConfig;
pub use metrics::MetricsConfig;
pub use policy::PolicyConfig;
pub(super) use policy::read_policy;
pub use server::ServerConfig;
pub use tags::TagsConfig;
