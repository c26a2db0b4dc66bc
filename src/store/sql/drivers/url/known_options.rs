//! The options that each driver knows. Those of MariaDB are sqlx's, those of PostgreSQL are read by
//! `postgres/options.rs`, and those of SQLite by SQLite itself.

use crate::store::sql::drivers::engine::Engine;

/// An option that a driver knows.
#[derive(Debug)]
pub(super) struct KnownOption {
    /// Its names, the primary one first.
    pub(super) names: &'static [&'static str],
    /// The values that it accepts, in words, if they are few; empty otherwise.
    pub(super) values: &'static str,
}

/// An option whose values are not listed.
const fn any(names: &'static [&'static str]) -> KnownOption {
    KnownOption { names, values: "" }
}

const POSTGRES: &[KnownOption] = &[
    KnownOption {
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

const MARIADB: &[KnownOption] = &[
    KnownOption {
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

const SQLITE: &[KnownOption] = &[
    KnownOption {
        names: &["mode"],
        values: "ro, rw or rwc",
    },
    KnownOption {
        names: &["cache"],
        values: "private or shared",
    },
    KnownOption {
        names: &["immutable"],
        values: "true or false",
    },
    any(&["vfs"]),
];

impl Engine {
    /// The options that the engine's driver knows.
    pub(super) fn options(self) -> &'static [KnownOption] {
        match self {
            Self::Sqlite => SQLITE,
            Self::Postgres => POSTGRES,
            Self::MariaDb | Self::Glance => MARIADB,
        }
    }
}

impl KnownOption {
    /// Whether `name` is one of the option's names. Settings of a PostgreSQL session have a name
    /// each: `options[search_path]`.
    pub(super) fn has(&self, engine: Engine, name: &str) -> bool {
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
