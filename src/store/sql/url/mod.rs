//! The URL of a database: which engine it is of, and all that its driver needs. It has a password in it and is not shown.
//!
//! There is nothing in it that the driver would ignore.

mod driver;
mod error;
mod file;
mod options;

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

pub use error::SqlUrlError;

use options::Options;

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

    /// The host on another machine that is not made sure of by TLS: anybody on the way there can be the database.
    #[must_use]
    pub fn unverified_host(&self) -> Option<String> {
        driver::unverified_host(self.engine, &Url::parse(self.expose()).ok()?)
    }

    /// The same database; a file is not made if it is not there.
    #[must_use]
    pub(super) fn if_there(self) -> Self {
        let of_file = |url: &str| file::if_there(&Url::parse(url).ok()?);
        match self.engine {
            Engine::Sqlite => of_file(self.expose()).map_or(self, |url| Self {
                engine: Engine::Sqlite,
                url: url.into(),
            }),
            Engine::Postgres | Engine::MariaDb => self,
        }
    }
}

impl TryFrom<&str> for SqlUrl {
    type Error = SqlUrlError;

    fn try_from(text: &str) -> Result<Self, SqlUrlError> {
        let (engine, is_built_in) = Engine::of(text).ok_or(SqlUrlError::UnknownEngine)?;
        if !is_built_in {
            return Err(SqlUrlError::NotBuiltIn);
        }
        let url = Url::parse(text).map_err(|_| SqlUrlError::Malformed)?;
        let (url, options) = match engine {
            Engine::Sqlite => file::checked(&url)?,
            Engine::Postgres | Engine::MariaDb => of_server(engine, url)?,
        };
        if driver::understands(engine, &url) {
            return Ok(Self {
                engine,
                url: String::from(url).into(),
            });
        }
        let alone = match engine {
            Engine::Sqlite => "sqlite:file",
            Engine::Postgres => "postgres://localhost",
            Engine::MariaDb => "mysql://localhost",
        };
        let is_misunderstood = |option: &&options::Given| {
            Url::parse_with_params(alone, [(&option.name, &option.value)])
                .is_ok_and(|alone| !driver::understands(engine, &alone))
        };
        Err(options
            .iter()
            .find(is_misunderstood)
            .map_or(SqlUrlError::Malformed, options::Given::misunderstood))
    }
}

/// Checks the URL of a server, and bounds the statements that its driver keeps.
fn of_server(engine: Engine, mut url: Url) -> Result<(Url, Options), SqlUrlError> {
    // A `#` or an `@` further back was meant to be a part of a password.
    if url.fragment().is_some() || url.path().contains('@') {
        return Err(SqlUrlError::NotEncoded);
    }
    let options = Options::of(engine, url.query().unwrap_or_default())?;
    for (option, is_in_front) in [
        ("host", url.host_str().is_some_and(|host| !host.is_empty())),
        ("port", url.port().is_some()),
        ("user", !url.username().is_empty()),
        ("password", url.password().is_some()),
        ("dbname", url.path().len() > 1),
    ] {
        if is_in_front && options.get(option).is_some() {
            return Err(SqlUrlError::Twice(option));
        }
    }
    if options.get(KEPT_STATEMENTS).is_none() {
        url.query_pairs_mut().append_pair(KEPT_STATEMENTS, "32");
    }
    Ok((url, options))
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
        let place = rest
            .rsplit('@')
            .next()
            .unwrap_or_default()
            .trim_start_matches('/');
        write!(f, "{scheme}://…{place}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_has_no_secret_in_it() {
        for (url, shown) in [
            (
                "postgres://me@db.example/images?password=secret",
                "postgres://…db.example/images",
            ),
            (
                "mysql://me:secret%40x@db.example:3306/images",
                "mysql://…db.example:3306/images",
            ),
            ("sqlite:///var/lib/images.db", "sqlite://…var/lib/images.db"),
        ] {
            assert_eq!(format!("{:?}", SqlUrl::try_from(url).unwrap()), shown);
        }
    }

    #[test]
    fn options_are_added_unless_they_are_there() {
        for (url, for_driver) in [
            (
                "postgres://host/images",
                "postgres://host/images?statement-cache-capacity=32",
            ),
            (
                "mysql://host/images?charset=utf8mb4",
                "mysql://host/images?charset=utf8mb4&statement-cache-capacity=32",
            ),
            (
                "mysql://host/images?statement-cache-capacity=9",
                "mysql://host/images?statement-cache-capacity=9",
            ),
            ("sqlite:images.db", "sqlite:images.db?mode=rwc"),
            ("sqlite:images.db?mode=ro", "sqlite:images.db?mode=ro"),
            (
                "sqlite:///var/x.db?mod%65=ro",
                "sqlite:///var/x.db?mod%65=ro",
            ),
            ("sqlite:a#b.db", "sqlite:a#b.db?mode=rwc"),
            (
                "mysql://me:statement-cache-capacity@host/x",
                "mysql://me:statement-cache-capacity@host/x?statement-cache-capacity=32",
            ),
        ] {
            assert_eq!(SqlUrl::try_from(url).unwrap().expose(), for_driver);
        }
    }

    #[test]
    fn a_url_that_cannot_work_is_refused() {
        use SqlUrlError::{Malformed, NoFile, NotEncoded, Twice, UnknownEngine};
        for (url, error) in [
            ("redis:", UnknownEngine),
            ("sqlite:", NoFile),
            ("sqlite::memory:", NoFile),
            ("sqlite:%3Amemory%3a", NoFile),
            ("sqlite:file:x?mode=ro", NoFile),
            ("sqlite:x?mode=memory", NoFile),
            ("sqlite:x?mode=%6demory", NoFile),
            ("sqlite:%ff", Malformed),
            ("postgres://me:se#cret@host/images", Malformed),
            ("postgres://me:1#cret@host/images", NotEncoded),
            ("postgres://me:1/cret@host/images", NotEncoded),
            ("postgres://me:1?cret@host/images", NotEncoded),
            ("mysql://host/images#?ssl-mode=VERIFY_CA", NotEncoded),
            ("postgres://host/images?host=other", Twice("host")),
            ("postgres://me@host/images?user=other", Twice("user")),
            ("postgres://host/images?dbname=other", Twice("dbname")),
        ] {
            assert_eq!(SqlUrl::try_from(url), Err(error), "{url}");
        }
    }

    #[test]
    fn a_value_that_the_driver_does_not_understand_is_refused_and_not_shown() {
        for (url, says) in [
            (
                "postgres://localhost/x?sslmode=secret",
                "a value for sslmode that the driver of its database does not understand; it is one of disable, allow, prefer, require, verify-ca or verify-full",
            ),
            (
                "postgres://localhost/x?sslmode=",
                "a value for sslmode that",
            ),
            (
                "mysql://localhost/x?charset=utf8mb4&sslmode=VERIFY-IDENTITY",
                "a value for ssl-mode that",
            ),
            (
                "mysql://localhost/x?statement-cache-capacity=secret",
                "a value for statement-cache-capacity that the driver of its database does not understand",
            ),
            ("postgres:///x?hostaddr=secret", "a value for host that"),
            ("sqlite:x?cache=secret", "a value for cache that"),
        ] {
            let error = SqlUrl::try_from(url).unwrap_err().to_string();
            assert!(error.contains(says) && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_host_elsewhere_without_verified_tls_is_told() {
        for (url, host) in [
            ("postgres://me:secret@db.example/images", Some("db.example")),
            (
                "postgres://db.example/images?sslmode=require",
                Some("db.example"),
            ),
            (
                "postgres://db.example/images?sslmode=verify-ca",
                Some("db.example"),
            ),
            ("postgres://db.example/images?ssl-mode=verify-full", None),
            ("postgres:///images?host=db.example", Some("db.example")),
            ("postgres:///images?host=/run/postgresql", None),
            ("postgres://%2Frun%2Fpostgresql/images", None),
            ("postgres://[::1]/images", None),
            (
                "mysql://10.0.0.1/images?ssl-mode=REQUIRED",
                Some("10.0.0.1"),
            ),
            (
                "mysql://10.0.0.1/images?ssl-mode=VERIFY_CA",
                Some("10.0.0.1"),
            ),
            ("mysql://10.0.0.1/images?sslmode=verify_identity", None),
            ("mysql://localhost/images", None),
            ("mysql://db/images?socket=/run/mysqld/mysqld.sock", None),
            ("sqlite://db.example/images", None),
        ] {
            assert_eq!(
                SqlUrl::try_from(url).unwrap().unverified_host().as_deref(),
                host,
                "{url}"
            );
        }
    }

    #[test]
    fn a_file_that_has_to_be_there_is_not_made() {
        for (url, existing) in [
            ("sqlite:images.db", "sqlite:images.db?mode=rw"),
            (
                "sqlite:///var/a%20b#c.db?cache=private",
                "sqlite:///var/a%20b#c.db?cache=private&mode=rw",
            ),
            ("sqlite:images.db?mode=ro", "sqlite:images.db?mode=ro"),
            (
                "postgres://host/images?statement-cache-capacity=1",
                "postgres://host/images?statement-cache-capacity=1",
            ),
        ] {
            assert_eq!(SqlUrl::try_from(url).unwrap().if_there().expose(), existing);
        }
    }
}
