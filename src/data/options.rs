//! How a data store is opened.

use std::fmt;

use secrecy::SecretString;

use super::url::DataUrl;

/// Where data is kept, and what is needed to get there.
#[derive(Clone, Debug)]
pub struct DataOptions {
    /// Where data is kept. `None` refuses uploads.
    pub url: Option<DataUrl>,
    /// How many bytes of data are kept in memory.
    pub memory_bytes: usize,
    /// How an S3 service is reached.
    pub s3: S3Options,
}

/// How an S3 service is reached. What is not given is taken from the variables `AWS_…` of the
/// environment, as other programs do it.
#[derive(Clone, Default)]
pub struct S3Options {
    /// The URL of the service; that of Amazon by default.
    pub endpoint: Option<String>,
    /// The region of the bucket.
    pub region: Option<String>,
    /// The id and the secret of the access key.
    pub access_key: Option<(String, SecretString)>,
    /// Certificates to trust besides those of the system, in PEM.
    pub ca_certificates: Option<Vec<u8>>,
}

impl fmt::Debug for S3Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Options")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}
