//! How the driver of a database reads a URL.

use url::Url;

use crate::store::sql::drivers::engine::Engine;
#[cfg(feature = "postgres")]
use crate::store::sql::drivers::postgres::PostgresOptions;
#[cfg(feature = "sqlite")]
use crate::store::sql::drivers::sqlite;

/// Whether the driver understands the URL.
#[cfg_attr(
    not(any(feature = "mysql", feature = "postgres", feature = "sqlite")),
    expect(unused_variables, reason = "no driver is built in")
)]
pub(super) fn understands(engine: Engine, url: &Url) -> bool {
    match engine {
        #[cfg(feature = "sqlite")]
        Engine::Sqlite => sqlite::are_understood(url),
        #[cfg(feature = "postgres")]
        Engine::Postgres => PostgresOptions::parse(url.as_str()).is_some(),
        #[cfg(feature = "mysql")]
        Engine::MariaDb | Engine::Glance => {
            <sqlx::mysql::MySqlConnectOptions as sqlx::ConnectOptions>::from_url(url).is_ok()
        }
        #[cfg(not(all(feature = "mysql", feature = "postgres", feature = "sqlite")))]
        _ => false,
    }
}

/// The host that the driver connects to over a network without verifying its identity.
///
/// `verify-ca` and `VERIFY_CA` do not verify the identity: the drivers trust the
/// system's certificates besides the given ones, and do not compare the host name.
#[cfg_attr(
    not(any(feature = "mysql", feature = "postgres")),
    expect(unused_variables, reason = "only servers have hosts")
)]
pub(super) fn unverified_host(engine: Engine, url: &Url) -> Option<String> {
    match engine {
        #[cfg(feature = "postgres")]
        Engine::Postgres => {
            let options = PostgresOptions::parse(url.as_str())?;
            options.unverified_host().map(str::to_owned)
        }
        #[cfg(feature = "mysql")]
        Engine::MariaDb | Engine::Glance => {
            use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
            let options = <MySqlConnectOptions as sqlx::ConnectOptions>::from_url(url).ok()?;
            let is_verified = matches!(options.get_ssl_mode(), MySqlSslMode::VerifyIdentity);
            let host = options.get_host();
            let is_local = options.get_socket().is_some() || crate::net::is_loopback(host);
            (!is_verified && !is_local).then(|| host.to_owned())
        }
        _ => None,
    }
}
