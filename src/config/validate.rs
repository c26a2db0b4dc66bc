//! Validation of a parsed configuration: ranges, and values that depend on each other.

use std::collections::BTreeSet;
use std::path::Path;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::auth::{AuthConfig, AuthMode};
use super::error::ConfigError;
use super::root::Config;
use super::section::{LimitsConfig, ServerConfig};
use super::store::StoreUrl;
use super::value::Listen;
use crate::data::DataUrl;
use crate::identity::{Role, RoleNames};
use crate::net::{is_http_url, is_path};
use crate::store::Engine;

impl Config {
    /// Checks every value that parsing alone does not check.
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        check_locations(&self.server).map_err(ConfigError::Value)?;
        check_limits(&self.limits).map_err(ConfigError::Value)?;
        check_range("server.threads", self.server.threads, 0, 1024).map_err(ConfigError::Value)?;
        check_range("store.connections", self.store.connections, 1, 1000)
            .map_err(ConfigError::Value)?;
        check_range("import.downloads", self.import.downloads, 1, 1000)
            .map_err(ConfigError::Value)?;
        check_glance(self).map_err(ConfigError::Value)?;
        check_data(self).map_err(ConfigError::Value)?;
        let cors = self.cors.check();
        cors.map_err(|error| ConfigError::Value(format!("cors.{error}")))?;
        check_log_level(&self.log.level).map_err(ConfigError::Value)?;
        check_metrics(self).map_err(ConfigError::Value)?;
        check_timeouts(&self.server).map_err(ConfigError::Value)?;
        self.identity.resolve_users().map_err(ConfigError::Value)?;
        check_auth(&self.auth, self.identity.enabled).map_err(ConfigError::Value)?;
        check_tags(self).map_err(ConfigError::Value)?;
        self.check_credentials()
    }
}

fn check_locations(server: &ServerConfig) -> Result<(), String> {
    if !(server.public_endpoint.is_empty() || is_http_url(&server.public_endpoint)) {
        return Err("server.public_endpoint: expected an http or https URL without a query".into());
    }
    if !(server.path_prefix.is_empty() || is_path(&server.path_prefix)) {
        return Err(
            "server.path_prefix: expected a path such as /image, without a trailing slash".into(),
        );
    }
    if server.disable_file().is_some_and(Path::is_relative) {
        return Err("server.disable_file: expected an absolute path".into());
    }
    Ok(())
}

/// The data of images in Glance's database is Glance's.
fn check_glance(config: &Config) -> Result<(), String> {
    let is_beside = config.store.url.engine() == Some(Engine::Glance);
    if is_beside && config.data.url.is_some() {
        return Err("data.url: the data of images in Glance's database belongs to Glance".into());
    }
    if is_beside && !config.images.is_empty() {
        return Err("images: those in Glance's database belong to Glance".into());
    }
    config.glance.check(is_beside)?;
    if is_beside && !config.policy.is_named() {
        config.glance.check_policy()?;
    }
    Ok(())
}

/// Beside a store that survives a restart, data in memory would be lost without a trace.
fn check_data(config: &Config) -> Result<(), String> {
    if config.data.url == Some(DataUrl::Memory) && config.store.url != StoreUrl::Memory {
        return Err(
            "data.url: memory: loses the data of images at a restart, and store.url keeps the \
             images; keep the data too, or say discard:"
                .into(),
        );
    }
    let checked = config.data.check();
    checked.map_err(|error| format!("data.{error}"))
}

fn check_limits(limits: &LimitsConfig) -> Result<(), String> {
    check_range("limits.head_bytes", limits.head_bytes, 8 << 10, 1 << 20)?;
    check_range("limits.headers", limits.headers, 1, 1000)?;
    check_range("limits.connections", limits.connections, 1, 1_000_000)?;
    check_range(
        "limits.memory_bytes",
        limits.memory_bytes,
        64 << 20,
        1 << 40,
    )
}

fn check_range(key: &str, value: usize, min: usize, max: usize) -> Result<(), String> {
    if (min..=max).contains(&value) {
        Ok(())
    } else {
        Err(format!("{key}: expected a number from {min} to {max}"))
    }
}

/// Stricter than `EnvFilter`, which takes an unknown level for a target.
fn check_log_level(level: &str) -> Result<(), String> {
    let is_directive =
        |part: &str| part.contains('=') || !part.is_empty() && part.parse::<LevelFilter>().is_ok();
    if level.split(',').all(is_directive) && EnvFilter::try_new(level).is_ok() {
        Ok(())
    } else {
        Err(
            "log.level: expected error, warn, info, debug, trace or off, or target=level pairs"
                .into(),
        )
    }
}

/// The metrics have no authentication, so they are not a route of the service.
fn check_metrics(config: &Config) -> Result<(), String> {
    let metrics = config.metrics.listen.filter(|address| address.port() != 0);
    if metrics.map(Listen::Tcp).as_ref() == Some(&config.server.listen) {
        return Err("metrics.listen: expected another address than server.listen".into());
    }
    Ok(())
}

fn check_timeouts(server: &ServerConfig) -> Result<(), String> {
    if server.body_timeout > server.request_timeout {
        return Err("server.body_seconds: must not exceed server.request_seconds".into());
    }
    Ok(())
}

/// In Keystone mode static tokens and the embedded identity would never be consulted, so having any
/// is reported as an error.
fn check_auth(auth: &AuthConfig, has_identity: bool) -> Result<(), String> {
    if auth.mode == AuthMode::Keystone {
        if has_identity {
            return Err(
                "identity.enabled: the embedded identity requires auth.mode = \"static\"".into(),
            );
        }
        if !auth.tokens.is_empty() {
            return Err("auth.tokens: static tokens require auth.mode = \"static\"".into());
        }
        auth.keystone
            .options()
            .map_err(|error| format!("auth.keystone.{error}"))?;
    }
    if !is_http_url(auth.challenge()) {
        return Err("www_authenticate_uri: expected an http or https URL without a query".into());
    }
    Ok(())
}

/// With Keystone, the roles that exist are not known here.
fn check_tags(config: &Config) -> Result<(), String> {
    let days = usize::try_from(config.tags.history_days).unwrap_or(usize::MAX);
    check_range("tags.history_days", days, 0, 36_500)?;
    config.tags.check_images(&config.images)?;
    match config.auth.mode {
        AuthMode::Static => config.tags.check_roles(&existing_roles(config)),
        AuthMode::Keystone => Ok(()),
    }
}

/// The names of the roles of the policy, of the static tokens, and of the users of the embedded
/// identity, in lower case.
fn existing_roles(config: &Config) -> BTreeSet<String> {
    let mut roles: BTreeSet<_> = Role::ALL.map(|role| role.name().to_owned()).into();
    for token in &config.auth.tokens {
        roles.extend(token.identity.roles.iter().map(str::to_owned));
    }
    let users = if config.identity.enabled {
        config.identity.users()
    } else {
        Vec::new()
    };
    for (_, names) in users.iter().flat_map(|user| &user.projects) {
        let names = RoleNames::of_token(names);
        roles.extend(names.iter().map(str::to_owned));
    }
    roles
}
