//! The URL of a database server.

use url::Url;

use super::error::SqlUrlError;
use super::options::Options;
use crate::store::sql::drivers::engine::Engine;

/// The option for the number of prepared statements that the driver keeps for each connection.
const STATEMENT_CACHE_CAPACITY: &str = "statement-cache-capacity";

/// Its value unless the URL sets it.
const DEFAULT_CACHE_CAPACITY: &str = "64";

/// Checks the URL of a server, and bounds the number of statements that its driver keeps.
pub(super) fn checked(engine: Engine, mut url: Url) -> Result<(Url, Options), SqlUrlError> {
    // A fragment, or an `@` in the path, was meant to be part of a password.
    if url.fragment().is_some() || url.path().contains('@') {
        return Err(SqlUrlError::NotEncoded);
    }
    let database = url.path().trim_start_matches('/');
    if engine == Engine::Glance && (database.is_empty() || database.contains(['%', '/'])) {
        return Err(SqlUrlError::NoDatabase);
    }
    let options = Options::parse(engine, url.query().unwrap_or_default())?;
    for (option, is_before_query) in [
        ("host", url.host_str().is_some_and(|host| !host.is_empty())),
        ("port", url.port().is_some()),
        ("user", !url.username().is_empty()),
        ("password", url.password().is_some()),
        ("dbname", url.path().len() > 1),
    ] {
        if is_before_query && options.get(option).is_some() {
            return Err(SqlUrlError::Twice(option));
        }
    }
    if options.get(STATEMENT_CACHE_CAPACITY).is_none() {
        url.query_pairs_mut()
            .append_pair(STATEMENT_CACHE_CAPACITY, DEFAULT_CACHE_CAPACITY);
    }
    Ok((url, options))
}

/// The number of prepared statements that the driver keeps for each connection.
#[cfg(feature = "mysql")]
pub(super) fn statement_cache_capacity(url: &Url) -> Option<usize> {
    let mut options = url.query_pairs();
    let (_, value) = options.find(|(name, _)| name == STATEMENT_CACHE_CAPACITY)?;
    value.parse().ok()
}
