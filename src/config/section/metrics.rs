//! `[metrics]`: the listener of the metrics.

use std::net::SocketAddr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// `[metrics]`
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsConfig {
    /// The address to serve the metrics on; `None`, an empty text in the file, if there are none.
    #[serde(deserialize_with = "address", serialize_with = "serialize_address")]
    pub listen: Option<SocketAddr>,
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(D::Error::custom)
}

#[expect(
    clippy::ref_option,
    reason = "serde calls it with a reference to the field"
)]
fn serialize_address<S: Serializer>(
    address: &Option<SocketAddr>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let text = address.map(|address| address.to_string());
    serializer.serialize_str(&text.unwrap_or_default())
}
