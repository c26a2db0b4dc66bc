//! `[glance]`: a Glance that runs beside the service.

use serde::{Deserialize, Serialize};

use crate::net::is_http_url;

/// `[glance]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct GlanceConfig {
    /// The URL of Glance's API, to which requests go that the service does not answer; empty for
    /// none.
    pub upstream: String,
    /// Whether changes are allowed although no check has passed.
    pub assume_checked: bool,
    /// A file of CA certificates for it, besides those of the system; empty for none.
    pub cafile: String,
}

impl GlanceConfig {
    /// Checks the section. It needs `has_store`, the database of a Glance as the store.
    pub(in crate::config) fn check(&self, has_store: bool) -> Result<(), String> {
        if *self != Self::default() && !has_store {
            return Err("glance: store.url is not the database of a Glance".to_owned());
        }
        if !self.upstream.is_empty() && !is_http_url(&self.upstream) {
            return Err(
                "glance.upstream: expected an http or https URL without a query".to_owned(),
            );
        }
        Ok(())
    }
}
