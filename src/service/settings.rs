//! The settings of HTTP handling and the quotas of images, taken from the configuration.

use axum::http::HeaderValue;

use crate::config::{Config, StoreUrl};
use crate::data::{DataOptions, DataUrl, S3Options};
use crate::development::FAULT;
use crate::http::response::Cors;
use crate::http::{BodyLimits, Settings};
use crate::image::{Quota, Quotas};
use crate::upstream::UpstreamOptions;
use crate::web_download::WebOptions;

/// The settings of HTTP handling.
pub(super) fn http_settings(config: &Config) -> Settings {
    let Config { server, auth, .. } = config;
    let endpoint = server.public_endpoint.trim_end_matches('/');
    let challenge = format!("Keystone uri=\"{}\"", auth.challenge());
    Settings {
        public_endpoint: (!endpoint.is_empty()).then(|| endpoint.to_owned()),
        listen: server.listen.authority(),
        path_prefix: server.path_prefix.clone(),
        trusted_proxies: server.trusted_proxies.clone(),
        // The validation of the configuration ensures that the URI fits into a header.
        www_authenticate: challenge
            .parse()
            .unwrap_or(HeaderValue::from_static("Keystone")),
        cors: cors(config),
        request_timeout: server.request_timeout,
        bodies: body_limits(config),
    }
}

/// The origins whose pages may read the answers.
fn cors(config: &Config) -> Option<Cors> {
    let cors = &config.cors;
    if cors.allowed_origins.is_empty() {
        return None;
    }
    let origins = cors.allowed_origins.iter();
    // The validation of the configuration ensures that each fits into a header.
    let origins = origins.filter_map(|origin| origin.parse().ok()).collect();
    let origins = (!cors.allows_any()).then_some(origins);
    let allowing = Cors::new(origins, cors.allow_credentials, cors.max_age);
    Some(if config.auth.development {
        allowing.exposing(&FAULT)
    } else {
        allowing
    })
}

/// The limits of request bodies.
pub(super) fn body_limits(config: &Config) -> BodyLimits {
    let Config { server, limits, .. } = config;
    BodyLimits {
        ignored_bytes: limits.body_bytes,
        json_bytes: limits.json_bytes,
        upload_bytes: limits.upload_bytes,
        timeout: server.body_timeout,
    }
}

/// The options of the data store. Without a URL, data is in memory beside a store in memory.
pub(super) fn data_options(config: &Config) -> Result<DataOptions, String> {
    let default = (config.store.url == StoreUrl::Memory).then_some(DataUrl::Memory);
    Ok(DataOptions {
        url: config.data.url.clone().or(default),
        memory_bytes: config.limits.data_memory_bytes,
        s3: match &config.data.url {
            Some(DataUrl::S3 { .. }) => config.data.s3_options()?,
            _ => S3Options::default(),
        },
    })
}

/// What may be downloaded for imports; `None` if nothing is.
pub(super) fn web_options(config: &Config) -> Option<WebOptions> {
    let import = &config.import;
    (!import.allow.is_empty()).then(|| WebOptions {
        allow: import.allow.clone(),
        private_networks: import.private_networks.clone(),
        timeout: import.timeout,
        downloads: import.downloads,
    })
}

/// Where Glance is that answers other requests; `None` if the service answers all.
#[must_use]
pub fn upstream_options(config: &Config) -> Option<UpstreamOptions> {
    let glance = &config.glance;
    Some(UpstreamOptions {
        // The validation of the configuration ensures that it is one, or empty.
        url: glance.upstream.parse().ok()?,
        cafile: (!glance.cafile.is_empty()).then(|| glance.cafile.clone().into()),
        body_timeout: config.server.body_timeout,
    })
}

/// The quotas of images.
pub(super) fn quotas(config: &Config) -> Quotas {
    let limits = &config.limits;
    Quotas {
        tags: Quota::new(limits.tags_per_image),
        properties: Quota::new(limits.properties_per_image),
        members: Quota::new(limits.members_per_image),
    }
}
