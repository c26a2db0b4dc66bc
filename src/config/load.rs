//! Reads the configuration: file, environment, checks. Every fault is one line that says where to look.

use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use axum::http::{HeaderValue, Uri};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::Config;
use crate::net::is_path;

/// Environment variables that begin with this are ours; with one underscore they are somebody else's.
pub(super) const PREFIX: &str = "IMAGE_TAGS__";

/// Why there is no configuration to start with.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file says something that is not understood.
    #[error("{}:{line}: {message}", path.display())]
    Text {
        /// Which file.
        path: PathBuf,
        /// Where, counted from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// An environment variable is not understood.
    #[error("{variable}: {message}")]
    Environment {
        /// Which variable.
        variable: String,
        /// What is wrong.
        message: String,
    },
    /// A value that cannot work.
    #[error("{0}")]
    Value(String),
    /// Credentials that everybody knows, on a network.
    #[error("{0}")]
    Unsafe(String),
}

impl Config {
    /// Reads `path`, then the variables of `environment`, then `listen` from the command line, and checks the outcome.
    pub fn load(
        path: &Path,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        listen: Option<SocketAddr>,
    ) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::File {
            path: path.into(),
            source,
        })?;
        let mut config: Self = toml::from_str(&text).map_err(|error| {
            let line = error
                .span()
                .map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            ConfigError::Text {
                path: path.into(),
                line,
                message: fault(&error),
            }
        })?;
        let mut table: toml::Table = toml::from_str(&text).unwrap_or_default();
        for (variable, value) in environment {
            let Some(variable) = variable
                .to_str()
                .filter(|variable| variable.starts_with(PREFIX))
            else {
                continue;
            };
            let value = value
                .to_str()
                .ok_or_else(|| "the value is not UTF-8".to_owned());
            config = value
                .and_then(|value| set(&mut table, &variable[PREFIX.len()..], value))
                .and_then(|()| table.clone().try_into().map_err(|error| fault(&error)))
                .map_err(|message| ConfigError::Environment {
                    variable: variable.to_owned(),
                    message,
                })?;
        }
        if let Some(listen) = listen {
            config.server.listen = listen;
        }
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let fault = |message: &str| Err(ConfigError::Value(message.to_owned()));
        let Self {
            server,
            store,
            auth,
            limits,
            log,
            ..
        } = self;
        if !(server.public_endpoint.is_empty() || is_http_url(&server.public_endpoint)) {
            return fault("server.public_endpoint: an http or https URL without query is needed");
        }
        if !(server.path_prefix.is_empty() || is_path(&server.path_prefix)) {
            return fault(
                "server.path_prefix: a path such as /image is needed, without a slash at its end",
            );
        }
        if !(8 << 10..=1 << 20).contains(&limits.head_bytes) {
            return fault("limits.head_bytes: from 8192 to 1048576");
        }
        if !(1..=1000).contains(&limits.headers) {
            return fault("limits.headers: from 1 to 1000");
        }
        if !(1..=1000).contains(&store.connections) {
            return fault("store.connections: from 1 to 1000");
        }
        if !(1..=1_000_000).contains(&limits.connections) {
            return fault("limits.connections: from 1 to 1000000");
        }
        if !(64 << 20..=1 << 40).contains(&limits.memory_bytes) {
            return fault("limits.memory_bytes: from 67108864 (64 MiB) to 1099511627776 (1 TiB)");
        }
        let is_level = |part: &str| {
            part.contains('=') || !part.is_empty() && part.parse::<LevelFilter>().is_ok()
        };
        if !log.level.split(',').all(is_level) || EnvFilter::try_new(&log.level).is_err() {
            return fault(
                "log.level: error, warn, info, debug, trace or off is needed, or target=level pairs",
            );
        }
        if server.body > server.request {
            return fault("server.body_seconds: at most server.request_seconds");
        }
        self.identity.resolved().map_err(ConfigError::Value)?;
        auth.check(self.identity.enabled)
            .map_err(ConfigError::Value)?;
        if !is_http_url(auth.challenge()) {
            return fault("www_authenticate_uri: an http or https URL without query is needed");
        }
        self.check_credentials()
    }
}

/// Sets the scalar `SECTION__KEY` in `table` to what `text` says, in the type that the key has by default.
fn set(table: &mut toml::Table, key: &str, text: &str) -> Result<(), String> {
    let key = key.to_ascii_lowercase();
    let (sections, name) = key
        .rsplit_once("__")
        .ok_or("a section, two underscores and a key are needed")?;
    let sections = || sections.split("__");
    let defaults = toml::Table::try_from(Config::default()).map_err(|error| error.to_string())?;
    let default = (sections().try_fold(&defaults, |table, section| table.get(section)?.as_table()))
        .and_then(|section| section.get(name).filter(|value| !value.is_table()))
        .ok_or_else(|| {
            format!(
                "there is no key {name} in [{}]",
                sections().collect::<Vec<_>>().join(".")
            )
        })?;
    let value = match default {
        toml::Value::String(_) => text.into(),
        _ => toml::from_str::<toml::Table>(&format!("value = {text}"))
            .ok()
            .and_then(|mut line| line.remove("value").filter(|_| line.is_empty()))
            .ok_or_else(|| format!("{text:?} is not a value for it"))?,
    };
    let section = sections().try_fold(table, |table, section| {
        table
            .entry(section)
            .or_insert_with(|| toml::Table::new().into())
            .as_table_mut()
    });
    section
        .ok_or("its section is not a table in the file")?
        .insert(name.to_owned(), value);
    Ok(())
}

/// What is wrong, in one line and without the value.
pub(super) fn fault(error: &toml::de::Error) -> String {
    without_values(error.message())
}

fn is_http_url(text: &str) -> bool {
    let uri = text
        .parse::<Uri>()
        .ok()
        .filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
    uri.is_some_and(|uri| uri.query().is_none())
        && !text.contains(['"', '#', '@'])
        && HeaderValue::from_str(text).is_ok()
}

/// An error of the parser's in one line, and without the value that it is about, which may be a secret.
fn without_values(message: &str) -> String {
    let message = message.lines().collect::<Vec<_>>().join(" ");
    let shown = message.strip_prefix("invalid type: ").and_then(|rest| {
        let (found, expected) = rest.rsplit_once(", expected ")?;
        let kind: Vec<_> = found
            .split(' ')
            .take_while(|word| !word.starts_with(['"', '`']))
            .collect();
        Some(format!(
            "invalid type: {}, expected {expected}",
            kind.join(" ")
        ))
    });
    shown.unwrap_or(message)
}
