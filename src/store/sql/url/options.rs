//! The options in the URL of a database: each is one that the driver knows, and is given once.
//!
//! The drivers ignore what they do not know, and one of them logs it with its value. So `?ssl_mode=VERIFY_IDENTITY`
//! would be a connection without TLS, and a secret under a wrong name would be in the log.

use url::form_urlencoded;

use super::{Engine, SqlUrlError};

/// An option as the driver knows it (sqlx 0.9, `options/parse.rs` of each engine).
#[derive(Debug)]
pub(super) struct Known {
    /// Its names, the usual one first.
    names: &'static [&'static str],
    /// The values that it can have, in words, if they are few.
    values: &'static str,
}

const fn any(names: &'static [&'static str]) -> Known {
    Known { names, values: "" }
}

const POSTGRES: &[Known] = &[
    Known {
        names: &["sslmode", "ssl-mode"],
        values: "disable, allow, prefer, require, verify-ca or verify-full",
    },
    any(&["sslrootcert", "ssl-root-cert", "ssl-ca"]),
    any(&["sslcert", "ssl-cert"]),
    any(&["sslkey", "ssl-key"]),
    any(&["statement-cache-capacity"]),
    any(&["host", "hostaddr"]),
    any(&["port"]),
    any(&["dbname"]),
    any(&["user"]),
    any(&["password"]),
    any(&["application_name"]),
    any(&["options"]),
];

const MARIADB: &[Known] = &[
    Known {
        names: &["ssl-mode", "sslmode"],
        values: "DISABLED, PREFERRED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY",
    },
    any(&["ssl-ca", "sslca"]),
    any(&["ssl-cert", "sslcert"]),
    any(&["ssl-key", "sslkey"]),
    any(&["charset"]),
    any(&["collation"]),
    any(&["statement-cache-capacity"]),
    any(&["socket"]),
    any(&["timezone", "time-zone"]),
];

const SQLITE: &[Known] = &[
    Known {
        names: &["mode"],
        values: "ro, rw or rwc",
    },
    Known {
        names: &["cache"],
        values: "private or shared",
    },
    Known {
        names: &["immutable"],
        values: "true or false",
    },
    any(&["vfs"]),
];

impl Engine {
    fn options(self) -> &'static [Known] {
        match self {
            Self::Sqlite => SQLITE,
            Self::Postgres => POSTGRES,
            Self::MariaDb => MARIADB,
        }
    }
}

/// The options of one URL.
#[derive(Debug)]
pub(super) struct Options(Vec<Given>);

/// An option with its value, both decoded.
#[derive(Debug)]
pub(super) struct Given {
    known: &'static Known,
    pub(super) name: String,
    pub(super) value: String,
}

impl Options {
    /// The options in `query`, the part of a URL behind its `?`.
    pub(super) fn of(engine: Engine, query: &str) -> Result<Self, SqlUrlError> {
        let mut options: Vec<Given> = Vec::new();
        for pair in query.split('&') {
            let Some((name, value)) = form_urlencoded::parse(pair.as_bytes()).next() else {
                continue;
            };
            let Some(known) = engine
                .options()
                .iter()
                .find(|known| known.has(engine, &name))
            else {
                // After a password that is not percent-encoded, a part of it stands where options are.
                let is_password = query.contains('@');
                return Err(if is_password {
                    SqlUrlError::NotEncoded
                } else {
                    unknown(engine, pair, &name)
                });
            };
            // Settings of a session have a name each: `options[search_path]`.
            let is_same = |other: &Given| {
                std::ptr::eq(other.known, known)
                    && (other.name == name || !name.contains('[') && !other.name.contains('['))
            };
            if options.iter().any(is_same) {
                return Err(SqlUrlError::Twice(known.names[0]));
            }
            options.push(Given {
                known,
                name: name.into_owned(),
                value: value.into_owned(),
            });
        }
        Ok(Self(options))
    }

    /// The value of the option with this usual name.
    pub(super) fn get(&self, usual: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|given| given.known.names[0] == usual)
            .map(|given| &*given.value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Given> {
        self.0.iter()
    }
}

impl Given {
    /// The error of a value that the driver does not understand.
    pub(super) fn misunderstood(&self) -> SqlUrlError {
        SqlUrlError::Value {
            option: self.known.names[0],
            values: self.known.values,
        }
    }
}

impl Known {
    fn has(&self, engine: Engine, name: &str) -> bool {
        let name = match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
            Some((name, setting))
                if engine == Engine::Postgres && name == "options" && !setting.is_empty() =>
            {
                name
            }
            _ => name,
        };
        self.names.contains(&name)
    }
}

/// The error of an option that the driver does not know. It shows the name if that is surely one.
fn unknown(engine: Engine, pair: &str, name: &str) -> SqlUrlError {
    let is_name = pair.contains('=')
        && name.len() <= 32
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    let plain = |name: &str| name.to_ascii_lowercase().replace(['-', '_'], "");
    let mut names = engine.options().iter().flat_map(|known| known.names);
    let near = names.find(|known| is_name && plain(known) == plain(name));
    SqlUrlError::UnknownOption {
        shown: if is_name {
            format!(" {name}")
        } else {
            String::new()
        },
        known: near.map_or_else(|| all(engine), |near| (*near).to_owned()),
    }
}

/// The usual names of all options.
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

    fn fault(engine: Engine, query: &str) -> String {
        Options::of(engine, query).unwrap_err().to_string()
    }

    #[test]
    fn an_option_that_the_driver_would_ignore_is_named_with_the_one_that_was_meant() {
        for (engine, query, name, meant) in [
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
            let says = format!(
                "an option {name} that the driver of its database does not know; it knows {meant}"
            );
            assert!(
                fault(engine, query).ends_with(&says),
                "{}",
                fault(engine, query)
            );
        }
        assert!(
            fault(Engine::MariaDb, "sslrootcert=secret").contains("ssl-mode, ssl-ca, ssl-cert")
        );
        assert!(
            fault(Engine::Postgres, "connect_timeout=secret")
                .contains("an option connect_timeout that")
        );
    }

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
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
            let fault = fault(Engine::Postgres, query);
            assert!(!fault.contains("secret"), "{fault}");
        }
    }

    #[test]
    fn an_option_is_given_once_under_one_name() {
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
                Options::of(engine, query).unwrap_err(),
                SqlUrlError::Twice(option),
                "{query}"
            );
        }
        let sessions =
            "options[search_path]=a&options[work_mem]=1MB&options=-c%20jit=off&&sslmode=require&";
        assert_eq!(
            Options::of(Engine::Postgres, sessions)
                .unwrap()
                .iter()
                .count(),
            4
        );
    }
}
