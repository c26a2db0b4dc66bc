//! `[data]`

use std::path::PathBuf;

use secrecy::SecretString;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::config::value::serialize_redacted;
use crate::data::DataUrl;

/// `[data]`. An empty string means the key is not set.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataConfig {
    /// Where data is kept. `None` is memory beside a store in memory, and otherwise refuses
    /// uploads.
    #[serde(deserialize_with = "url", serialize_with = "serialize_url")]
    pub url: Option<DataUrl>,
    /// The URL of the S3 service; empty for that of Amazon.
    pub endpoint: String,
    /// The region of the bucket.
    pub region: String,
    /// The id of the access key.
    pub access_key_id: String,
    /// The secret of the access key.
    #[serde(serialize_with = "serialize_redacted")]
    pub secret_access_key: SecretString,
    /// A file that contains the secret.
    pub secret_access_key_file: PathBuf,
    /// A file with CA certificates to trust besides those of the system, in PEM.
    pub cafile: PathBuf,
}

fn url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DataUrl>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    let url = DataUrl::try_from(text.as_str());
    url.map(Some)
        .map_err(|error| D::Error::custom(format!("data.url: {error}")))
}

#[expect(
    clippy::ref_option,
    reason = "serde calls it with a reference to the field"
)]
fn serialize_url<S: Serializer>(url: &Option<DataUrl>, serializer: S) -> Result<S::Ok, S::Error> {
    let text = url.as_ref().map(DataUrl::to_string).unwrap_or_default();
    serializer.serialize_str(&text)
}
