//! `[store]`: where images and tags are kept. A URL that has come through has a driver in this program.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::seconds;
use crate::store::{SqlUrl, SqlUrlError};

/// `[store]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// Which store, and where.
    pub url: StoreUrl,
    /// How large all images in a store in memory may become together, in bytes.
    pub max_bytes: usize,
    /// How long one operation may take in all, waiting for a connection included.
    #[serde(rename = "timeout_seconds", with = "seconds")]
    pub timeout: Duration,
    /// How many connections to the database there are at most, one for health checks aside.
    pub connections: usize,
    /// Whether a start waits for a database that is away, and answers 503 meanwhile, instead of ending.
    pub wait_at_start: bool,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            url: StoreUrl::Memory,
            max_bytes: 1 << 30,
            timeout: Duration::from_secs(10),
            connections: 10,
            wait_at_start: true,
        }
    }
}

/// Where images and tags are kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum StoreUrl {
    /// In memory: gone after a restart.
    Memory,
    /// In a database.
    Sql(SqlUrl),
}

impl TryFrom<String> for StoreUrl {
    type Error = SqlUrlError;

    /// The error does not show the URL, which may have a password in it.
    fn try_from(url: String) -> Result<Self, SqlUrlError> {
        if url == "memory:" {
            Ok(Self::Memory)
        } else {
            SqlUrl::try_from(&*url).map(Self::Sql)
        }
    }
}

impl From<StoreUrl> for String {
    fn from(url: StoreUrl) -> Self {
        match url {
            StoreUrl::Memory => "memory:".to_owned(),
            StoreUrl::Sql(url) => url.expose().to_owned(),
        }
    }
}
