//! The URL of a database, as PostgreSQL's own clients read it
//! (<https://www.postgresql.org/docs/current/libpq-connect.html>).

use std::env;
use std::net::IpAddr;
use std::path::Path;

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use url::Url;

use super::tls::{SslMode, TlsOptions};

const DEFAULT_PORT: u16 = 5432;

/// How many statements a connection keeps prepared, unless the URL says it.
const DEFAULT_MAX_STATEMENTS: usize = 32;

/// Where the socket of a server on this machine may be.
const SOCKET_DIRECTORIES: [&str; 3] = ["/var/run/postgresql", "/run/postgresql", "/tmp"];

/// The options of a database.
#[derive(Debug)]
pub(in crate::store::sql::drivers) struct PostgresOptions {
    pub(super) config: Config,
    pub(super) tls: TlsOptions,
    /// How many statements a connection keeps prepared.
    pub(super) max_statements: usize,
    host: String,
}

impl PostgresOptions {
    /// Reads a URL. What it leaves open comes from the variables of the environment that libpq
    /// knows. `None` if it has a value that makes no sense.
    pub(in crate::store::sql::drivers) fn parse(url: &str) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        let option = |names: &[&str], variable: &str| {
            let given = url
                .query_pairs()
                .find(|(name, _)| names.contains(&&**name))
                .map(|(_, value)| value.into_owned());
            let usual = || env::var(variable).ok().filter(|value| !value.is_empty());
            given.or_else(usual)
        };
        let decoded = |part: &str| {
            let decoded = percent_decode_str(part).decode_utf8().ok()?;
            (!decoded.is_empty()).then(|| decoded.into_owned())
        };

        let port = match url.port() {
            Some(port) => port,
            None => option(&["port"], "PGPORT").map_or(Some(DEFAULT_PORT), |p| p.parse().ok())?,
        };
        let address = option(&["hostaddr"], "PGHOSTADDR");
        if let Some(address) = &address {
            address.parse::<IpAddr>().ok()?;
        }
        let host = url.host_str().and_then(decoded);
        let host = host.or(address).or_else(|| option(&["host"], "PGHOST"));
        // An address of version 6 is in brackets in a URL.
        let host = host.map(|host| host.trim_matches(['[', ']']).to_owned());
        let host = host.unwrap_or_else(|| default_host(port));
        let mut config = Config::new();
        config.host(&host).port(port);
        if let Some(user) = decoded(url.username()).or_else(|| option(&["user"], "PGUSER")) {
            config.user(user);
        }
        let password = url.password().and_then(decoded);
        if let Some(password) = password.or_else(|| option(&["password"], "PGPASSWORD")) {
            config.password(password);
        }
        let database = decoded(url.path().trim_start_matches('/'));
        if let Some(database) = database.or_else(|| option(&["dbname"], "PGDATABASE")) {
            config.dbname(database);
        }
        if let Some(name) = option(&["application_name"], "PGAPPNAME") {
            config.application_name(name);
        }
        if let Some(settings) = session_settings(&url) {
            config.options(settings);
        }

        let mode = option(&["sslmode", "ssl-mode"], "PGSSLMODE");
        let mode = mode.map_or(Some(SslMode::default()), |mode| mode.parse().ok())?;
        config.ssl_mode(match mode {
            SslMode::Disable => tokio_postgres::config::SslMode::Disable,
            SslMode::Allow | SslMode::Prefer => tokio_postgres::config::SslMode::Prefer,
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => {
                tokio_postgres::config::SslMode::Require
            }
        });
        let file = |names: &[&str], variable| option(names, variable).map(Into::into);
        let max_statements = option(&["statement-cache-capacity"], "");
        Some(Self {
            config,
            tls: TlsOptions {
                mode,
                root: file(&["sslrootcert", "ssl-root-cert", "ssl-ca"], "PGSSLROOTCERT"),
                certificate: file(&["sslcert", "ssl-cert"], "PGSSLCERT"),
                key: file(&["sslkey", "ssl-key"], "PGSSLKEY"),
            },
            max_statements: max_statements
                .map_or(Some(DEFAULT_MAX_STATEMENTS), |number| number.parse().ok())?
                .max(1),
            host,
        })
    }

    /// The host, if it is another machine whose identity is not verified.
    pub(in crate::store::sql::drivers) fn unverified_host(&self) -> Option<&str> {
        let is_local = self.host.starts_with('/') || crate::net::is_loopback(&self.host);
        let is_verified = self.tls.mode == SslMode::VerifyFull;
        (!is_verified && !is_local).then_some(&*self.host)
    }
}

/// The settings that each session begins with: `options` as it is, and `options[…]`.
fn session_settings(url: &Url) -> Option<String> {
    let settings = url.query_pairs().filter_map(|(name, value)| {
        if name == "options" {
            return Some(value.into_owned());
        }
        let setting = name.strip_prefix("options[")?.strip_suffix(']')?;
        Some(format!("-c {setting}={value}"))
    });
    let settings: Vec<_> = settings.collect();
    let settings = settings.join(" ");
    let usual = || env::var("PGOPTIONS").ok();
    Some(settings)
        .filter(|settings| !settings.is_empty())
        .or_else(usual)
}

/// The directory of the socket of a server on this machine, otherwise its name.
fn default_host(port: u16) -> String {
    let has_socket = |directory: &&&str| {
        Path::new(directory)
            .join(format!(".s.PGSQL.{port}"))
            .exists()
    };
    let directory = SOCKET_DIRECTORIES.iter().find(has_socket);
    (*directory.unwrap_or(&"localhost")).to_owned()
}
