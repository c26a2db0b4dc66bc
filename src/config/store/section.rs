//! `[store]`: where images and tags are stored. A URL that was parsed has a driver in this program.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::config::value::{seconds, secret};
use crate::store::{Engine, SqlUrl, SqlUrlError};

/// `[store]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreConfig {
    /// The kind of store and its location.
    pub url: StoreUrl,
    /// A file with the password of the database, for a URL without one. Empty: there is none.
    pub password_file: PathBuf,
    /// Maximum total size in bytes of the images in the memory store.
    pub max_bytes: usize,
    /// Timeout of one operation, the wait for a connection included.
    #[serde(rename = "timeout_seconds", with = "seconds")]
    pub timeout: Duration,
    /// Maximum number of connections to the database. Health checks use one more.
    pub connections: usize,
    /// Whether the service starts without an available database, and answers 503 until the database
    /// is available, instead of exiting.
    pub wait_at_start: bool,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            url: StoreUrl::Memory,
            password_file: PathBuf::new(),
            max_bytes: 1 << 30,
            timeout: Duration::from_secs(10),
            connections: 10,
            wait_at_start: true,
        }
    }
}

impl StoreConfig {
    /// Completes the URL with the password of `password_file`.
    ///
    /// # Errors
    ///
    /// A message that starts with the key that is unreadable, or of no use for the URL.
    pub(in crate::config) fn read_password(&mut self) -> Result<(), String> {
        if self.password_file.as_os_str().is_empty() {
            return Ok(());
        }
        let none = SecretString::default();
        let password = secret("password", &none, &self.password_file)?;
        let completed = match &self.url {
            StoreUrl::Sql(url) => url.with_password(&password),
            StoreUrl::Memory => None,
        };
        let misplaced = "password_file: requires a url with a user and without a password";
        self.url = StoreUrl::Sql(completed.ok_or(misplaced)?);
        Ok(())
    }
}

/// The kind of store and its location.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum StoreUrl {
    /// Memory; its content is lost at a restart.
    Memory,
    /// A database.
    Sql(SqlUrl),
}

impl StoreUrl {
    /// The engine of the database; `None` for memory.
    #[must_use]
    pub fn engine(&self) -> Option<Engine> {
        match self {
            Self::Memory => None,
            Self::Sql(url) => Some(url.engine()),
        }
    }
}

impl TryFrom<String> for StoreUrl {
    type Error = SqlUrlError;

    /// Parses the URL. The error does not contain the URL, which may contain a password.
    fn try_from(url: String) -> Result<Self, SqlUrlError> {
        if url == "memory:" {
            Ok(Self::Memory)
        } else {
            SqlUrl::try_from(&*url).map(Self::Sql)
        }
    }
}

impl From<StoreUrl> for String {
    fn from(url: StoreUrl) -> Self {
        match url {
            StoreUrl::Memory => "memory:".to_owned(),
            StoreUrl::Sql(url) => url.expose().to_owned(),
        }
    }
}
