//! The options in the URL of a database. The driver knows each of them, and each is given once.
//!
//! Otherwise an unknown option would be ignored, and `?ssl_mode=VERIFY_IDENTITY` would connect
//! without TLS.

use url::form_urlencoded;

use super::error::SqlUrlError;
use super::known_options::KnownOption;
use crate::store::sql::drivers::engine::Engine;

/// The options of one URL.
#[derive(Debug)]
pub(super) struct Options(Vec<GivenOption>);

/// An option with its value, both decoded.
#[derive(Debug)]
pub(super) struct GivenOption {
    known: &'static KnownOption,
    pub(super) name: String,
    pub(super) value: String,
}

impl Options {
    /// Parses `query`, the part of a URL after its `?`.
    pub(super) fn parse(engine: Engine, query: &str) -> Result<Self, SqlUrlError> {
        let mut options: Vec<GivenOption> = Vec::new();
        for pair in query.split('&') {
            let Some((name, value)) = form_urlencoded::parse(pair.as_bytes()).next() else {
                continue;
            };
            let Some(known) = engine
                .options()
                .iter()
                .find(|known| known.has(engine, &name))
            else {
                // If a password is not percent-encoded, part of it is read as options.
                let is_password = query.contains('@');
                return Err(if is_password {
                    SqlUrlError::NotEncoded
                } else {
                    unknown(engine, pair, &name)
                });
            };
            // Settings of a session have a name each: `options[search_path]`.
            let is_same = |other: &GivenOption| {
                std::ptr::eq(other.known, known)
                    && (other.name == name || !name.contains('[') && !other.name.contains('['))
            };
            if options.iter().any(is_same) {
                return Err(SqlUrlError::Twice(known.names[0]));
            }
            options.push(GivenOption {
                known,
                name: name.into_owned(),
                value: value.into_owned(),
            });
        }
        Ok(Self(options))
    }

    /// The value of the option with this primary name.
    pub(super) fn get(&self, primary: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|given| given.known.names[0] == primary)
            .map(|given| &*given.value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &GivenOption> {
        self.0.iter()
    }
}

impl GivenOption {
    /// The error for a value that the driver does not understand.
    pub(super) fn misunderstood(&self) -> SqlUrlError {
        SqlUrlError::Value {
            option: self.known.names[0],
            values: self.known.values,
        }
    }
}

/// The error for an option that the driver does not know. It shows the name only if it is certain
/// to be one, and not a secret.
fn unknown(engine: Engine, pair: &str, name: &str) -> SqlUrlError {
    let is_name = pair.contains('=')
        && name.len() <= 32
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    let plain = |name: &str| name.to_ascii_lowercase().replace(['-', '_'], "");
    let mut names = engine.options().iter().flat_map(|known| known.names);
    let similar = names.find(|known| is_name && plain(known) == plain(name));
    SqlUrlError::UnknownOption {
        shown: if is_name {
            format!(" {name}")
        } else {
            String::new()
        },
        known: similar.map_or_else(|| all(engine), |similar| (*similar).to_owned()),
    }
}

/// The primary names of all options.
fn all(engine: Engine) -> String {
    engine
        .options()
        .iter()
        .map(|known| known.names[0])
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(engine: Engine, query: &str) -> String {
        Options::parse(engine, query).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_option_is_reported_with_the_similar_one() {
        for (engine, query, name, similar) in [
            (
                Engine::MariaDb,
                "ssl_mode=VERIFY_IDENTITY",
                "ssl_mode",
                "ssl-mode",
            ),
            (
                Engine::MariaDb,
                "ssl%5Fmode=VERIFY_IDENTITY",
                "ssl_mode",
                "ssl-mode",
            ),
            (
                Engine::MariaDb,
                "charset=utf8mb4&SSL-CA=secret",
                "SSL-CA",
                "ssl-ca",
            ),
            (
                Engine::Postgres,
                "sslMode=verify-full",
                "sslMode",
                "sslmode",
            ),
            (
                Engine::Postgres,
                "ssl_root_cert=secret",
                "ssl_root_cert",
                "sslrootcert",
            ),
            (Engine::Sqlite, "Mode=ro", "Mode", "mode"),
        ] {
            let message = format!(
                "an option {name} that the driver of its database does not know; it knows {similar}"
            );
            assert!(
                error(engine, query).ends_with(&message),
                "{}",
                error(engine, query)
            );
        }
        assert!(
            error(Engine::MariaDb, "sslrootcert=secret").contains("ssl-mode, ssl-ca, ssl-cert")
        );
        assert!(
            error(Engine::Postgres, "connect_timeout=secret")
                .contains("an option connect_timeout that")
        );
    }

    #[test]
    fn errors_never_show_a_possible_secret() {
        for query in [
            "secret",
            "a=1&secret",
            "se%20cret=1",
            "1secret=1",
            "secret'=1",
            "secret=1&x@host/images",
            "a=secret",
            "ssl_mode=secret",
            "options[]=secret",
            "options[secret=1",
            "secretsecretsecretsecretsecretsecretsecret=1",
        ] {
            let error = error(Engine::Postgres, query);
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn an_option_may_be_given_once_under_one_name() {
        for (engine, query, option) in [
            (
                Engine::Postgres,
                "sslmode=verify-full&sslmode=disable",
                "sslmode",
            ),
            (
                Engine::Postgres,
                "sslmode=verify-full&ssl-mode=disable",
                "sslmode",
            ),
            (Engine::Postgres, "host=a&hostaddr=127.0.0.1", "host"),
            (
                Engine::Postgres,
                "options[search_path]=a&options%5Bsearch_path%5D=b",
                "options",
            ),
            (
                Engine::MariaDb,
                "sslmode=DISABLED&ssl-mode=VERIFY_CA",
                "ssl-mode",
            ),
            (
                Engine::MariaDb,
                "ssl-mode=VERIFY_CA&ssl%2dmode=DISABLED",
                "ssl-mode",
            ),
            (Engine::Sqlite, "mode=ro&mode=rwc", "mode"),
        ] {
            assert_eq!(
                Options::parse(engine, query).unwrap_err(),
                SqlUrlError::Twice(option),
                "{query}"
            );
        }
        let session_settings =
            "options[search_path]=a&options[work_mem]=1MB&options=-c%20jit=off&&sslmode=require&";
        assert_eq!(
            Options::parse(Engine::Postgres, session_settings)
                .unwrap()
                .iter()
                .count(),
            4
        );
    }
}
