//! The root of the configuration.

use serde::{Deserialize, Serialize};

use super::auth::{AuthConfig, IdentityConfig};
use super::data::DataConfig;
use super::images;
use super::section::{
    CorsConfig, ImportConfig, LimitsConfig, LogConfig, MetricsConfig, PolicyConfig, ServerConfig,
    TagsConfig,
};
use super::store::{GlanceConfig, StoreConfig};
use crate::image::Image;

/// The whole configuration, one field a section. [`EXAMPLE`](super::EXAMPLE) documents every key.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `[server]`: the HTTP server.
    pub server: ServerConfig,
    /// `[store]`: where images and tags are stored.
    pub store: StoreConfig,
    /// `[glance]`: a Glance that runs beside the service.
    pub glance: GlanceConfig,
    /// `[data]`: where the data of images is kept.
    pub data: DataConfig,
    /// `[import]`: what is downloaded for imports.
    pub import: ImportConfig,
    /// `[auth]`: how requests are authenticated.
    pub auth: AuthConfig,
    /// `[identity]`: the embedded identity.
    pub identity: IdentityConfig,
    /// `[cors]`: pages of other origins.
    pub cors: CorsConfig,
    /// `[limits]`: upper bounds on what one request, image or client may use.
    pub limits: LimitsConfig,
    /// `[policy]`: who may do what.
    pub policy: PolicyConfig,
    /// `[tags]`: the rules of tags and their history.
    pub tags: TagsConfig,
    /// `[log]`: format and level of the log.
    pub log: LogConfig,
    /// `[metrics]`: the listener of the metrics.
    pub metrics: MetricsConfig,
    /// `[[images]]`: the images that a new store is created with.
    #[serde(deserialize_with = "images::deserialize", skip_serializing)]
    pub images: Vec<Image>,
}
