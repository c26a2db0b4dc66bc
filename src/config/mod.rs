//! The configuration: a TOML file, then `IMAGE_TAGS__SECTION__KEY` from the environment, then the command line.
//!
//! A [`Config`] from [`Config::load`] has been checked: what starts with it does not fail over it later.

mod auth;
mod exposure;
mod identity;
mod images;
mod keystone;
mod listen;
mod load;
mod seconds;
mod store;
mod tokens;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

pub use auth::{Auth, AuthMode};
pub use exposure::EXAMPLE;
pub use identity::Identity;
pub use keystone::{AuthType, Interface, Keystone};
pub use listen::Listen;
pub use load::ConfigError;
pub use store::{Store, StoreUrl};
pub use tokens::StaticToken;

use crate::image::Image;

/// Everything that can be configured. `config.example.toml` describes each key.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The HTTP server.
    pub server: Server,
    /// Where images and tags are kept.
    pub store: Store,
    /// How requests are authenticated.
    pub auth: Auth,
    /// The embedded identity.
    pub identity: Identity,
    /// What is too much.
    pub limits: Limits,
    /// The log.
    pub log: Log,
    /// The images that a new store starts with.
    #[serde(deserialize_with = "images::deserialize", skip_serializing)]
    pub images: Vec<Image>,
}

/// `[server]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The URL under which clients reach the service, for the links that they are given; empty: as the client says.
    pub public_endpoint: String,
    /// The path below which clients reach the service, such as `/image`; empty for none.
    pub path_prefix: String,
    /// The networks of the proxies whose `Forwarded` and `X-Forwarded-*` headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// How long a connection may take to send a whole request head, counted from its opening or its last answer.
    #[serde(rename = "idle_seconds", with = "seconds")]
    pub idle: Duration,
    /// How long a request body may take; of an image's data, the next piece.
    #[serde(rename = "body_seconds", with = "seconds")]
    pub body: Duration,
    /// How long a request may take in all, uploads aside.
    #[serde(rename = "request_seconds", with = "seconds")]
    pub request: Duration,
    /// How long a stop waits for what is in flight.
    #[serde(rename = "grace_seconds", with = "seconds")]
    pub grace: Duration,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 9292).into(),
            public_endpoint: String::new(),
            path_prefix: String::new(),
            trusted_proxies: Vec::new(),
            idle: Duration::from_secs(75),
            body: Duration::from_secs(30),
            request: Duration::from_mins(1),
            grace: Duration::from_secs(30),
        }
    }
}

/// `[limits]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Tags on one image; negative: no limit.
    pub tags_per_image: i64,
    /// Free properties on one image; negative: no limit.
    pub properties_per_image: i64,
    /// Projects that one image is shared with; negative: no limit.
    pub members_per_image: i64,
    /// Bytes of a request body that nobody needs, as on the tag calls, and of a login.
    pub body_bytes: usize,
    /// Bytes of a request body in JSON.
    pub json_bytes: usize,
    /// Bytes of an image's data.
    pub upload_bytes: u64,
    /// Bytes of a request head: request line and headers.
    pub head_bytes: usize,
    /// Headers of a request.
    pub headers: usize,
    /// Connections at once.
    pub connections: usize,
    /// Bytes of bodies, answers and images that all requests together may hold.
    pub memory_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tags_per_image: 128,
            properties_per_image: 128,
            members_per_image: 128,
            body_bytes: 64 << 10,
            json_bytes: 1 << 20,
            upload_bytes: 1 << 40,
            head_bytes: 64 << 10,
            headers: 100,
            connections: 1024,
            memory_bytes: 256 << 20,
        }
    }
}

/// `[log]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// How a line looks.
    pub format: LogFormat,
    /// What is logged: `error`, `warn`, `info`, `debug`, `trace`, `off`, or `target=level` pairs with commas between.
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            level: "info".to_owned(),
        }
    }
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}
