//! The configuration: a TOML file, overlaid by `IMAGE_TAGS__SECTION__KEY` variables of the
//! environment and by the command line.
//!
//! [`Config::load`] returns a validated [`Config`]: a value that cannot work is reported at start
//! and not during a request. `config.example.toml` documents every key.
//!
//! Start reading at `root.rs`, then `load/file.rs`.

mod auth;
mod data;
mod error;
mod exposure;
mod images;
mod load;
mod reload;
mod root;
mod section;
mod store;
mod validate;
mod value;

pub use auth::{
    AuthConfig, AuthMode, AuthType, IdentityConfig, Interface, KeystoneConfig, StaticToken,
};
pub use data::DataConfig;
pub use error::ConfigError;
pub use exposure::EXAMPLE;
pub use load::ListenAddress;
pub use root::Config;
pub use section::{
    CorsConfig, ImportConfig, LimitsConfig, LogConfig, LogFormat, MetricsConfig, PolicyConfig,
    ServerConfig, TagsConfig,
};
pub use store::{GlanceConfig, StoreConfig, StoreUrl};
pub use value::{Listen, SocketMode, TrustedProxy};
