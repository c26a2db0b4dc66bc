//! `[glance]`: a Glance that runs beside the service.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::config::section::read_policy;
use crate::net::is_http_url;

/// `[glance]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct GlanceConfig {
    /// The URL of Glance's API, to which requests go that the service does not answer; empty for
    /// none.
    pub upstream: String,
    /// Whether changes are allowed although no check has passed.
    pub assume_checked: bool,
    /// The directory with Glance's configuration, in which a policy file is looked for; empty for
    /// none.
    pub config_dir: PathBuf,
    /// A file of CA certificates for it, besides those of the system; empty for none.
    pub cafile: String,
}

impl Default for GlanceConfig {
    fn default() -> Self {
        Self {
            upstream: String::new(),
            assume_checked: false,
            config_dir: "/etc/glance".into(),
            cafile: String::new(),
        }
    }
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

    /// Refuses to hold to Glance's defaults if its policy files, where it looks for them by
    /// default, override a rule that this service asks.
    pub(in crate::config) fn check_policy(&self) -> Result<(), String> {
        for path in self.policy_files()? {
            let policy =
                read_policy(&path).map_err(|error| format!("glance.config_dir: {error}"))?;
            let rules: Vec<_> = policy.overridden().iter().map(|rule| rule.name()).collect();
            if !rules.is_empty() {
                return Err(format!(
                    "glance.config_dir: {} overrides {}: name a file with the rules of Glance in \
                     policy.file",
                    path.display(),
                    rules.join(", ")
                ));
            }
        }
        Ok(())
    }

    /// The policy files of Glance that exist: `policy.yaml`, or `policy.json` without it, and those
    /// in `policy.d`.
    fn policy_files(&self) -> Result<Vec<PathBuf>, String> {
        if self.config_dir.as_os_str().is_empty() {
            return Ok(Vec::new());
        }
        let named = ["policy.yaml", "policy.json"].map(|name| self.config_dir.join(name));
        let mut files: Vec<_> = named
            .into_iter()
            .filter(|path| path.exists())
            .take(1)
            .collect();
        let directory = self.config_dir.join("policy.d");
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(files),
            Err(error) => {
                let directory = directory.display();
                return Err(format!("glance.config_dir: {directory}: {error}"));
            }
        };
        for entry in entries {
            let path = entry
                .map_err(|error| format!("glance.config_dir: {error}"))?
                .path();
            // As oslo.policy: no hidden files, and no folders.
            let name = path.file_name().unwrap_or_default();
            if !name.to_string_lossy().starts_with('.') && !path.is_dir() {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }
}
