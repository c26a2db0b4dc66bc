//! [`GlanceUrl`]: the URL of Glance's database.

use crate::store::sql::drivers::{Engine, SqlUrl, SqlUrlError};

/// The URL of Glance's database: `glance+mysql://user:password@host/database`, with the options of
/// `mysql://`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlanceUrl(SqlUrl);

/// Why a text is no URL of Glance's database. The error does not contain the URL, which may contain
/// a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GlanceUrlError {
    /// It is no URL of a database.
    #[error(transparent)]
    Url(#[from] SqlUrlError),
    /// It is a database of an engine that is not supported beside a Glance.
    #[error("beside a Glance, the database is MariaDB: glance+mysql://user:password@host/database")]
    Engine,
    /// It names no database.
    #[error("the name of Glance's database is missing: glance+mysql://user:password@host/database")]
    NoDatabase,
}

impl GlanceUrl {
    /// What the URL of Glance's database starts with, before the URL of the database.
    pub const PREFIX: &str = "glance+";

    /// The URL for the driver.
    pub(super) fn sql(&self) -> &SqlUrl {
        &self.0
    }

    /// The whole URL, password included.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("{}{}", Self::PREFIX, self.0.expose())
    }
}

impl TryFrom<&str> for GlanceUrl {
    type Error = GlanceUrlError;

    fn try_from(text: &str) -> Result<Self, GlanceUrlError> {
        let url = text.strip_prefix(Self::PREFIX).unwrap_or_default();
        let url = SqlUrl::try_from(url)?;
        if url.engine() != Engine::MariaDb {
            return Err(GlanceUrlError::Engine);
        }
        if url.database().is_none() {
            return Err(GlanceUrlError::NoDatabase);
        }
        Ok(Self(url))
    }
}

#[cfg(all(test, feature = "mysql"))]
mod tests {
    use super::*;

    #[test]
    fn a_url_needs_mariadb_and_the_name_of_the_database() {
        let url = GlanceUrl::try_from("glance+mysql://glance:secret@host/glance").unwrap();
        assert!(
            url.expose()
                .starts_with("glance+mysql://glance:secret@host/glance")
        );
        assert!(!format!("{url:?}").contains("secret"));
        for (text, error) in [
            ("glance+mysql://host", GlanceUrlError::NoDatabase),
            ("glance+mysql://host/", GlanceUrlError::NoDatabase),
            ("glance+sqlite:/file", GlanceUrlError::Engine),
            ("mysql://host/glance", SqlUrlError::UnknownEngine.into()),
            ("glance+http://host/x", SqlUrlError::UnknownEngine.into()),
        ] {
            assert_eq!(GlanceUrl::try_from(text), Err(error), "{text}");
        }
    }
}
