//! Data in a bucket of an S3 service.

use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::{Certificate, ClientOptions, RetryConfig};
use secrecy::ExposeSecret;

use crate::data::error::DataOpenError;
use crate::data::options::S3Options;

/// The timeout of one request, such as that of a part, and of all its retries.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(2);
const RETRY_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_RETRIES: usize = 4;

/// The size in bytes of the first parts of an upload. S3 takes at most 10,000 parts, so the parts
/// grow by as much after every [`PARTS_OF_A_SIZE`].
const PART_BYTES: usize = 8 << 20;
const PARTS_OF_A_SIZE: usize = 1000;
const MAX_PARTS: usize = 10_000;

/// The size in bytes of the part with this number, counted from 0; `None` if it is one too many.
pub(super) fn part_bytes(number: usize) -> Option<usize> {
    (number < MAX_PARTS).then_some(PART_BYTES * (1 + number / PARTS_OF_A_SIZE))
}

/// A client for the bucket. The service need not be reachable yet.
pub(super) fn open(bucket: &str, options: &S3Options) -> Result<AmazonS3, DataOpenError> {
    let error = |error: object_store::Error| DataOpenError::S3(error.to_string());
    // The process has one provider for all of its TLS connections. It may have been set before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let endpoint = options.endpoint.clone().or_else(endpoint_of_environment);
    let is_plaintext = endpoint
        .as_ref()
        .is_some_and(|endpoint| endpoint.starts_with("http://"));
    let mut client = ClientOptions::new()
        .with_timeout(REQUEST_TIMEOUT)
        .with_allow_http(is_plaintext);
    if let Some(pem) = &options.ca_certificates {
        for certificate in Certificate::from_pem_bundle(pem).map_err(error)? {
            client = client.with_root_certificate(certificate);
        }
    }
    // A session token of the environment belongs to the key of the environment.
    let builder = match &options.access_key {
        Some((id, secret)) => AmazonS3Builder::new()
            .with_access_key_id(id)
            .with_secret_access_key(secret.expose_secret()),
        None => AmazonS3Builder::from_env(),
    };
    let mut builder = builder
        .with_bucket_name(bucket)
        .with_client_options(client)
        .with_disable_bulk_delete(true)
        .with_retry(RetryConfig {
            max_retries: MAX_RETRIES,
            retry_timeout: RETRY_TIMEOUT,
            ..RetryConfig::default()
        });
    if let Some(endpoint) = &endpoint {
        builder = builder
            .with_endpoint(endpoint)
            .with_config(AmazonS3ConfigKey::S3Endpoint, endpoint);
    }
    if let Some(region) = &options.region {
        builder = builder.with_region(region);
    }
    builder.build().map_err(error)
}

/// The URL of the service in the environment, as other programs look for it.
fn endpoint_of_environment() -> Option<String> {
    let names = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"];
    names.iter().find_map(|name| std::env::var(name).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_so_that_their_number_suffices() {
        assert_eq!(part_bytes(0), Some(8 << 20));
        assert_eq!(part_bytes(1000), Some(16 << 20));
        assert_eq!(part_bytes(9_999), Some(80 << 20));
        assert_eq!(part_bytes(10_000), None);
        let total: usize = (0..).map_while(part_bytes).sum();
        assert!(total > 400 << 30);
    }
}
