//! Which keys a reload applies, and which need a restart.

use toml::{Table, Value};

use super::error::ConfigError;
use super::root::Config;

impl Config {
    /// This configuration with what a running service takes over of `new`, and the keys of `new`
    /// that only a restart takes over. `new` is valid. The secrets of Keystone and of a bucket are
    /// not compared.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the outcome has credentials that are too weak for it, such as tokens of
    /// the example in a service that other machines can reach until it is restarted.
    pub fn reloaded(&self, new: &Self) -> Result<(Self, Vec<String>), ConfigError> {
        let mut config = self.clone();
        let Self {
            server,
            auth,
            identity,
            cors,
            limits,
            policy,
            tags,
            log,
            ..
        } = new.clone();
        config.server.public_endpoint = server.public_endpoint;
        config.server.path_prefix = server.path_prefix;
        config.server.trusted_proxies = server.trusted_proxies;
        // Otherwise the service would be left without what it authenticates by.
        if config.auth.mode == auth.mode {
            config.auth.development = auth.development;
            config.auth.www_authenticate_uri = auth.www_authenticate_uri;
            config.auth.tokens = auth.tokens;
            config.identity = identity;
        }
        config.limits.tags_per_image = limits.tags_per_image;
        config.limits.properties_per_image = limits.properties_per_image;
        config.limits.members_per_image = limits.members_per_image;
        config.limits.body_bytes = limits.body_bytes;
        config.limits.json_bytes = limits.json_bytes;
        config.limits.upload_bytes = limits.upload_bytes;
        config.tags.rules = tags.rules;
        config.tags.trusted_owners = tags.trusted_owners;
        config.policy = policy;
        config.cors = cors;
        config.log.level = log.level;
        config.check_credentials()?;
        let left = differences(&config, new);
        Ok((config, left))
    }
}

/// The keys with different values.
fn differences(one: &Config, other: &Config) -> Vec<String> {
    let mut keys = Vec::new();
    if let (Ok(old), Ok(new)) = (Table::try_from(one), Table::try_from(other)) {
        compare("", &old, &new, &mut keys);
    }
    // They are not written as TOML.
    if one.images != other.images {
        keys.push("images".to_owned());
    }
    keys
}

fn compare(section: &str, one: &Table, other: &Table, keys: &mut Vec<String>) {
    for (key, value) in one {
        let key_path = format!("{section}{key}");
        match (value, other.get(key)) {
            (Value::Table(one), Some(Value::Table(other))) => {
                compare(&format!("{key_path}."), one, other, keys);
            }
            (value, other) if other != Some(value) => keys.push(key_path),
            _ => {}
        }
    }
}
