//! The URL of a database: which engine it is of, and all that its driver needs. It has a password in it and is not shown.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// `sqlite:`, a file of this machine.
    Sqlite,
    /// `postgres:` or `postgresql:`.
    Postgres,
    /// `mysql:` or `mariadb:`, which is MariaDB in both cases.
    MariaDb,
}

impl Engine {
    /// The engine that a URL begins with, and whether the program was built with it.
    fn of(url: &str) -> Option<(Self, bool)> {
        match url.split_once(':')?.0 {
            "sqlite" => Some((Self::Sqlite, cfg!(feature = "sqlite"))),
            "postgres" | "postgresql" => Some((Self::Postgres, cfg!(feature = "postgres"))),
            "mysql" | "mariadb" => Some((Self::MariaDb, cfg!(feature = "mysql"))),
            _ => None,
        }
    }
}

/// The option that says how many prepared statements the driver of a server keeps for each connection, 100 by default.
const KEPT_STATEMENTS: &str = "statement-cache-capacity";

/// The URL of a database that this program can use.
#[derive(Clone)]
pub struct SqlUrl {
    engine: Engine,
    url: SecretString,
}

/// Why a text is not the URL of a database. None of them shows the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SqlUrlError {
    /// It begins with something else.
    #[error("the URL of a store is needed: memory:, sqlite:, postgres: or mysql:")]
    UnknownEngine,
    /// The program was built without the driver.
    #[error("this program was built without the driver for such a store")]
    NotBuiltIn,
    /// SQLite in memory would be a database for each connection.
    #[error("SQLite needs the path of a file; for a store in memory there is memory:")]
    NoFile,
    /// The driver does not understand the rest of it.
    #[error("the URL of the store has something in it that the driver of its database does not understand")]
    Malformed,
}

impl SqlUrl {
    /// Which engine it is of.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// All of the URL, for the driver.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.url.expose_secret()
    }
}

impl TryFrom<&str> for SqlUrl {
    type Error = SqlUrlError;

    fn try_from(text: &str) -> Result<Self, SqlUrlError> {
        let (engine, is_built_in) = Engine::of(text).ok_or(SqlUrlError::UnknownEngine)?;
        if !is_built_in {
            return Err(SqlUrlError::NotBuiltIn);
        }
        let mut url = text.to_owned();
        if engine == Engine::Sqlite {
            let (path, options) = text.split_once('?').unwrap_or((text, ""));
            let path = path.trim_start_matches("sqlite:").trim_start_matches("//");
            if path.is_empty() || path == ":memory:" || options.contains("mode=memory") {
                return Err(SqlUrlError::NoFile);
            }
            if !options.contains("mode=") {
                add_option(&mut url, "mode=rwc");
            }
        } else if !text.contains(KEPT_STATEMENTS) {
            add_option(&mut url, &format!("{KEPT_STATEMENTS}=32"));
        }
        if !is_understood(engine, &url) {
            return Err(SqlUrlError::Malformed);
        }
        Ok(Self { engine, url: url.into() })
    }
}

fn add_option(url: &mut String, option: &str) {
    url.push(if url.contains('?') { '&' } else { '?' });
    url.push_str(option);
}

#[cfg_attr(
    not(any(feature = "mysql", feature = "postgres", feature = "sqlite")),
    expect(unused_variables, reason = "nobody is there to ask")
)]
fn is_understood(engine: Engine, url: &str) -> bool {
    match engine {
        #[cfg(feature = "sqlite")]
        Engine::Sqlite => url.parse::<sqlx::sqlite::SqliteConnectOptions>().is_ok(),
        #[cfg(feature = "postgres")]
        Engine::Postgres => url.parse::<sqlx::postgres::PgConnectOptions>().is_ok(),
        #[cfg(feature = "mysql")]
        Engine::MariaDb => url.parse::<sqlx::mysql::MySqlConnectOptions>().is_ok(),
        #[cfg(not(all(feature = "mysql", feature = "postgres", feature = "sqlite")))]
        _ => false,
    }
}

impl PartialEq for SqlUrl {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for SqlUrl {}

impl fmt::Debug for SqlUrl {
    /// Engine, host and database; neither user nor password, and none of the options, which can hold one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.expose();
        let (scheme, rest) = url.split_once(':').unwrap_or_default();
        let rest = rest.split('?').next().unwrap_or_default();
        let place = rest.rsplit('@').next().unwrap_or_default().trim_start_matches('/');
        write!(f, "{scheme}://…{place}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_has_no_secret_in_it() {
        for (url, shown) in [
            ("postgres://me:secret@db.example/images?password=secret", "postgres://…db.example/images"),
            ("mysql://me:secret%40x@db.example:3306/images", "mysql://…db.example:3306/images"),
            ("sqlite:///var/lib/images.db", "sqlite://…var/lib/images.db"),
        ] {
            assert_eq!(format!("{:?}", SqlUrl::try_from(url).unwrap()), shown);
        }
    }

    #[test]
    fn options_are_added_unless_they_are_there() {
        for (url, for_driver) in [
            ("postgres://host/images", "postgres://host/images?statement-cache-capacity=32"),
            ("mysql://host/images?charset=utf8mb4", "mysql://host/images?charset=utf8mb4&statement-cache-capacity=32"),
            ("mysql://host/images?statement-cache-capacity=9", "mysql://host/images?statement-cache-capacity=9"),
            ("sqlite:images.db", "sqlite:images.db?mode=rwc"),
            ("sqlite:images.db?mode=ro", "sqlite:images.db?mode=ro"),
        ] {
            assert_eq!(SqlUrl::try_from(url).unwrap().expose(), for_driver);
        }
    }

    #[test]
    fn a_url_that_cannot_work_is_refused() {
        for (url, error) in [
            ("redis:", SqlUrlError::UnknownEngine),
            ("sqlite:", SqlUrlError::NoFile),
            ("sqlite::memory:", SqlUrlError::NoFile),
            ("sqlite:x?mode=memory", SqlUrlError::NoFile),
            ("postgres://localhost/x?sslmode=nonsense", SqlUrlError::Malformed),
        ] {
            assert_eq!(SqlUrl::try_from(url), Err(error), "{url}");
        }
    }
}
