//! `[cors]`: the pages of other origins that may read the answers.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::config::value::seconds;

/// What stands for every origin.
const ANY: &str = "*";

/// `[cors]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct CorsConfig {
    /// The origins, such as `https://horizon.example.com`, or `*` for all; empty: no answer has a
    /// header for any.
    pub allowed_origins: Vec<String>,
    /// Whether a page may have the browser send its cookies.
    pub allow_credentials: bool,
    /// How long a browser may keep the answer to a preflight.
    #[serde(rename = "max_age_seconds", with = "seconds::or_zero")]
    pub max_age: Duration,
}

impl Default for CorsConfig {
    fn default() -> Self {
        Self {
            allowed_origins: Vec::new(),
            allow_credentials: false,
            max_age: Duration::from_hours(1),
        }
    }
}

impl CorsConfig {
    /// Whether every origin is allowed.
    #[must_use]
    pub fn allows_any(&self) -> bool {
        self.allowed_origins.iter().any(|origin| origin == ANY)
    }

    /// Refuses what no browser would send or accept.
    pub(in crate::config) fn check(&self) -> Result<(), String> {
        if self.allows_any() {
            if self.allowed_origins.len() > 1 {
                return Err("allowed_origins: \"*\" includes all other origins".to_owned());
            }
            if self.allow_credentials {
                return Err(
                    "allow_credentials: browsers refuse it beside the origin \"*\"".to_owned(),
                );
            }
            return Ok(());
        }
        match self
            .allowed_origins
            .iter()
            .find(|origin| !is_origin(origin))
        {
            Some(origin) => Err(format!(
                "allowed_origins: {origin:?}: expected an origin as browsers write it, such as \
                 https://horizon.example.com: in lower case, without a default port or a slash"
            )),
            None => Ok(()),
        }
    }
}

/// Whether `text` is an origin as it is serialized in the header `Origin`.
fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text
    })
}
