//! [`SqlUrl`]: the URL of a database, checked and completed.

use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::error::SqlUrlError;
use super::options::GivenOption;
use super::{driver, file, server};
use crate::store::sql::drivers::engine::Engine;

/// The URL of a database that this program can use. It may contain a password: `Debug` shows only
/// engine, host and database.
#[derive(Clone)]
pub struct SqlUrl {
    engine: Engine,
    url: SecretString,
}

impl SqlUrl {
    /// The engine of the database.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The whole URL, password included, for the driver.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.url.expose_secret()
    }

    /// The same database with `password`. `None` if the URL has no user, or a password already.
    #[must_use]
    pub(crate) fn with_password(&self, password: &SecretString) -> Option<Self> {
        let mut url = Url::parse(self.expose()).ok()?;
        let has_password =
            url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password");
        if url.username().is_empty() || has_password {
            return None;
        }
        let encoded = utf8_percent_encode(password.expose_secret(), NON_ALPHANUMERIC);
        url.set_password(Some(&encoded.to_string())).ok()?;
        Some(Self {
            engine: self.engine,
            url: String::from(url).into(),
        })
    }

    /// The number of prepared statements that each connection to the server keeps.
    #[cfg(feature = "mysql")]
    pub(in crate::store::sql::drivers) fn statement_cache_capacity(&self) -> usize {
        let url = Url::parse(self.expose()).ok();
        let capacity = url.and_then(|url| server::statement_cache_capacity(&url));
        capacity.unwrap_or_default()
    }

    /// The database of the program's tables. Those beside a Glance are in a database of their own,
    /// whose name is that of Glance's and `_tags`.
    pub(in crate::store::sql) fn of_tables(self) -> Self {
        let url = Url::parse(self.expose());
        let (Engine::Glance, Ok(mut url)) = (self.engine, url) else {
            return self;
        };
        url.set_path(&format!("{}_tags", url.path()));
        Self {
            url: String::from(url).into(),
            ..self
        }
    }

    /// The remote host whose identity TLS does not verify, if there is one. Any machine on the
    /// network path to it can impersonate the database.
    #[must_use]
    pub fn unverified_host(&self) -> Option<String> {
        driver::unverified_host(self.engine, &Url::parse(self.expose()).ok()?)
    }

    /// The same database, but the driver does not create a missing file.
    #[must_use]
    pub(crate) fn existing_only(self) -> Self {
        let of_file = |url: &str| file::existing_only(&Url::parse(url).ok()?);
        match self.engine {
            Engine::Sqlite => of_file(self.expose()).map_or(self, |url| Self {
                engine: Engine::Sqlite,
                url: url.into(),
            }),
            Engine::Postgres | Engine::MariaDb | Engine::Glance => self,
        }
    }
}

impl TryFrom<&str> for SqlUrl {
    type Error = SqlUrlError;

    fn try_from(text: &str) -> Result<Self, SqlUrlError> {
        let engine = text
            .split_once(':')
            .and_then(|(scheme, _)| Engine::from_scheme(scheme))
            .ok_or(SqlUrlError::UnknownEngine)?;
        if !engine.is_built_in() {
            return Err(SqlUrlError::NotBuiltIn);
        }
        let url = Url::parse(text).map_err(|_| SqlUrlError::Malformed)?;
        let (url, options) = match engine {
            Engine::Sqlite => file::checked(&url)?,
            Engine::Postgres | Engine::MariaDb | Engine::Glance => server::checked(engine, url)?,
        };
        if driver::understands(engine, &url) {
            return Ok(Self {
                engine,
                url: String::from(url).into(),
            });
        }
        // The driver rejects the URL without saying why. Try each option alone.
        let url_without_options = match engine {
            Engine::Sqlite => "sqlite:file",
            Engine::Postgres => "postgres://localhost",
            Engine::MariaDb => "mysql://localhost",
            Engine::Glance => "glance+mysql://localhost/glance",
        };
        let is_misunderstood = |option: &&GivenOption| {
            Url::parse_with_params(url_without_options, [(&option.name, &option.value)])
                .is_ok_and(|url| !driver::understands(engine, &url))
        };
        Err(options
            .iter()
            .find(is_misunderstood)
            .map_or(SqlUrlError::Malformed, GivenOption::misunderstood))
    }
}

impl PartialEq for SqlUrl {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for SqlUrl {}

impl fmt::Debug for SqlUrl {
    /// Shows engine, host and database, but neither user nor password, nor the options, which may
    /// contain a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.expose();
        let (scheme, rest) = url.split_once(':').unwrap_or_default();
        let rest = rest.split('?').next().unwrap_or_default();
        let location = rest
            .rsplit('@')
            .next()
            .unwrap_or_default()
            .trim_start_matches('/');
        write!(f, "{scheme}://…{location}")
    }
}
