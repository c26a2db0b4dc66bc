//! `[import]`: what the service downloads for the import method `web-download`.

use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::config::value::seconds;
use crate::web_download::AllowedOrigin;

/// `[import]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImportConfig {
    /// The origins of the URLs that may be downloaded; without any, the method is not offered.
    pub allow: Vec<AllowedOrigin>,
    /// The networks that the names in `allow` may lead to although they are not public.
    pub private_networks: Vec<IpNet>,
    /// How long an import may take, including its waiting time.
    #[serde(rename = "seconds", with = "seconds")]
    pub timeout: Duration,
    /// How many downloads go on at the same time; up to 100 more wait.
    pub downloads: usize,
}

impl Default for ImportConfig {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            private_networks: Vec::new(),
            timeout: Duration::from_hours(1),
            downloads: 4,
        }
    }
}
