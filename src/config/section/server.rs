//! `[server]`: the address, the public URL, trusted proxies and the timeouts of the HTTP server.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::value::{Listen, SocketMode, TrustedProxy, seconds};

/// `[server]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// The address to listen on.
    pub listen: Listen,
    /// The permissions of the file, if that is a UNIX socket.
    pub socket_mode: SocketMode,
    /// The base URL of the links in responses. If empty, it is taken from the request.
    pub public_endpoint: String,
    /// The path prefix under which clients reach the service, such as `/image`; empty for none.
    pub path_prefix: String,
    /// The threads that requests run on; 0 for as many as the process has processors.
    pub threads: usize,
    /// The proxies whose `Forwarded` and `X-Forwarded-*` headers are trusted.
    pub trusted_proxies: Vec<TrustedProxy>,
    /// Timeout for receiving a complete request head, counted from the opening of the connection or
    /// from the last response, and for the client to accept a response.
    #[serde(rename = "idle_seconds", with = "seconds")]
    pub idle_timeout: Duration,
    /// Timeout for receiving a request body. For the data of an image: for each piece of it.
    #[serde(rename = "body_seconds", with = "seconds")]
    pub body_timeout: Duration,
    /// Timeout for a whole request, uploads of image data excepted.
    #[serde(rename = "request_seconds", with = "seconds")]
    pub request_timeout: Duration,
    /// How long a shutdown still accepts connections, while health checks fail.
    #[serde(rename = "drain_seconds", with = "seconds::or_zero")]
    pub drain_timeout: Duration,
    /// How long a shutdown waits for requests in flight.
    #[serde(rename = "grace_seconds", with = "seconds")]
    pub shutdown_timeout: Duration,
    /// The path of a file that, while it exists, has the service report that it is not available;
    /// empty for none.
    pub disable_file: PathBuf,
}

impl ServerConfig {
    /// The file that takes the service out of rotation, if there is one.
    #[must_use]
    pub fn disable_file(&self) -> Option<&Path> {
        let path = self.disable_file.as_path();
        (!path.as_os_str().is_empty()).then_some(path)
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9292)).into(),
            socket_mode: SocketMode::DEFAULT,
            public_endpoint: String::new(),
            path_prefix: String::new(),
            threads: 0,
            trusted_proxies: Vec::new(),
            idle_timeout: Duration::from_secs(75),
            body_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_mins(1),
            drain_timeout: Duration::ZERO,
            shutdown_timeout: Duration::from_secs(30),
            disable_file: PathBuf::new(),
        }
    }
}
