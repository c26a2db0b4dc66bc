//! `[policy]`: the policy file.

use std::fmt::Display;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::policy::Policy;

/// The largest policy file in bytes. All rules of Glance with their comments take 40 KiB.
const MAX_BYTES: u64 = 1 << 20;

/// `[policy]`
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyConfig {
    /// The file in oslo.policy's form, with its rules; empty for Glance's defaults.
    file: PathBuf,
    /// Glance's defaults, until the file is read.
    #[serde(skip)]
    policy: Policy,
}

impl PolicyConfig {
    /// The policy of `file`.
    ///
    /// # Errors
    ///
    /// A text that says what is wrong with the file.
    pub fn from_file(file: &Path) -> Result<Self, String> {
        let mut config = Self {
            file: file.to_owned(),
            policy: Policy::default(),
        };
        config.read()?;
        Ok(config)
    }

    /// Whether a file is named.
    #[must_use]
    pub fn is_named(&self) -> bool {
        !self.file.as_os_str().is_empty()
    }

    /// Reads the file, if one is named. The error says what is wrong with it.
    pub(in crate::config) fn read(&mut self) -> Result<(), String> {
        if self.is_named() {
            let policy = read_policy(&self.file);
            self.policy = policy.map_err(|error| format!("policy.file: {error}"))?;
        }
        Ok(())
    }

    /// The policy of the file as it was when the configuration was loaded, or Glance's defaults.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}

/// The policy of the file at `path`, for which an error has its path.
pub(in crate::config) fn read_policy(path: &Path) -> Result<Policy, String> {
    let at_path = |error: &dyn Display| format!("{}: {error}", path.display());
    let file = File::open(path).map_err(|error| at_path(&error))?;
    let mut text = String::new();
    let read = file.take(MAX_BYTES + 1).read_to_string(&mut text);
    read.map_err(|error| at_path(&error))?;
    if text.len() as u64 > MAX_BYTES {
        return Err(at_path(&format_args!("larger than {MAX_BYTES} bytes")));
    }
    Policy::from_yaml(&text).map_err(|error| at_path(&error))
}
