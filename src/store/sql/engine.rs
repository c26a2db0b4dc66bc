//! The database engines, and the SQL that differs between them. All other SQL is the same for all.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::Duration;

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// `sqlite:`, a file of this machine.
    Sqlite,
    /// `postgres:` or `postgresql:`.
    Postgres,
    /// `mysql:` or `mariadb:`; both mean MariaDB.
    MariaDb,
}

/// How long SQLite itself waits for the lock of the database before it reports `BUSY`.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_millis(250);

/// Makes a transaction on a cluster node wait, before it reads, for what other nodes have
/// acknowledged. Otherwise a tag that was set through one node would be missing on another for a
/// moment. A server without cluster support has no such variables, so the statement tests for them.
const GALERA: &str = "SET @wait = (SELECT IF(COUNT(*) > 0, 'SET SESSION wsrep_sync_wait = 1', 'DO 0') \
                      FROM information_schema.session_variables \
                      WHERE variable_name = 'wsrep_on' AND variable_value = 'ON'); EXECUTE IMMEDIATE @wait";

impl Engine {
    /// The engine that the scheme of a URL names.
    pub(super) fn from_scheme(scheme: &str) -> Option<Self> {
        match scheme {
            "sqlite" => Some(Self::Sqlite),
            "postgres" | "postgresql" => Some(Self::Postgres),
            "mysql" | "mariadb" => Some(Self::MariaDb),
            _ => None,
        }
    }

    /// Whether the program was built with the driver of the engine.
    pub(super) fn is_built_in(self) -> bool {
        match self {
            Self::Sqlite => cfg!(feature = "sqlite"),
            Self::Postgres => cfg!(feature = "postgres"),
            Self::MariaDb => cfg!(feature = "mysql"),
        }
    }

    /// The statements that set up a new connection, so that:
    ///
    /// - a text is stored byte for byte or the statement fails;
    /// - each statement reads the newest committed state;
    /// - every acknowledged commit is on disk;
    /// - every statement ends after `timeout`, and so does a transaction that its process
    ///   abandoned, which may hold locks.
    pub(super) fn session_setup(self, timeout: Duration) -> String {
        let (seconds, milliseconds) = (timeout.as_secs().max(1), timeout.as_millis());
        match self {
            // A connection waits for long only while it switches to write-ahead logging, which
            // other connections may be doing too.
            Self::Sqlite => format!(
                "PRAGMA busy_timeout = {milliseconds}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA foreign_keys = ON; PRAGMA busy_timeout = {}",
                SQLITE_BUSY_TIMEOUT.as_millis()
            ),
            Self::Postgres => format!(
                "SET default_transaction_isolation = 'read committed'; SET statement_timeout = {milliseconds}; \
                 SET idle_in_transaction_session_timeout = {milliseconds}; SET client_encoding = 'UTF8'; \
                 SET synchronous_commit = on; SET jit = off"
            ),
            // The subquery cache is a table on disk for each subquery, and no subquery here is
            // evaluated twice with the same values.
            Self::MariaDb => format!(
                "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SET SESSION \
                 sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT', max_statement_time = {seconds}, \
                 innodb_lock_wait_timeout = {seconds}, idle_transaction_timeout = {seconds}, max_sort_length = 2048, \
                 group_concat_max_len = 67108864, optimizer_switch = 'subquery_cache=off', foreign_key_checks = 1; {GALERA}"
            ),
        }
    }

    /// The statements that set up a new connection that cannot change anything, not even the
    /// journal mode of a file.
    pub(super) fn read_only_session_setup(self, timeout: Duration) -> String {
        match self {
            Self::Sqlite => format!(
                "PRAGMA busy_timeout = {}; PRAGMA query_only = ON",
                timeout.as_millis()
            ),
            Self::Postgres => format!(
                "{}; SET default_transaction_read_only = on",
                self.session_setup(timeout)
            ),
            Self::MariaDb => format!(
                "{}; SET SESSION TRANSACTION READ ONLY",
                self.session_setup(timeout)
            ),
        }
    }

    /// A query for whether the table with the schema's version exists: 1 or 0.
    pub(super) fn has_schema(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'"
            }
            Self::Postgres => {
                "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass('schema_version')"
            }
            Self::MariaDb => {
                "SELECT COUNT(*) FROM information_schema.tables \
                 WHERE table_schema = DATABASE() AND table_name = 'schema_version'"
            }
        }
    }

    /// A query for a setting with which the database cannot hold every image: one row with a
    /// message for the operator, or no row.
    pub(super) fn unsupported_setting(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(
                "SELECT 'its encoding is ' || current_setting('server_encoding') || ', and UTF8 is needed' \
                 WHERE current_setting('server_encoding') <> 'UTF8'",
            ),
            // 16 MiB hold the largest image, which has 12 MiB.
            Self::MariaDb => Some(
                "SELECT 'max_allowed_packet is ' || @@max_allowed_packet || ', and 16777216 is needed' FROM DUAL \
                 WHERE @@max_allowed_packet < 16777216",
            ),
        }
    }

    /// The statement that begins a transaction that writes.
    pub(super) fn begin(self) -> &'static str {
        match self {
            // A plain BEGIN reads first and acquires the lock with the first write. SQLite refuses
            // that write if another connection has written since the read.
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres | Self::MariaDb => "BEGIN",
        }
    }

    /// The end of a query that locks its rows against other writers until the transaction ends;
    /// `None` if the transaction itself excludes them.
    pub(super) fn row_lock(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres | Self::MariaDb => Some("FOR UPDATE"),
        }
    }

    /// The statement that locks a tag in a scope until the transaction ends; `None` if the
    /// transaction itself excludes other writers. On a cluster, it conflicts with the same
    /// statement on another node.
    pub(super) fn lock_tag(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(
                "INSERT INTO tag_locks (scope, tag, writes) VALUES (?, ?, 1) \
                 ON CONFLICT (scope, tag) DO UPDATE SET writes = tag_locks.writes + 1",
            ),
            Self::MariaDb => Some(
                "INSERT INTO tag_locks (scope, tag, writes) VALUES (?, ?, 1) \
                 ON DUPLICATE KEY UPDATE writes = writes + 1",
            ),
        }
    }

    /// Whether the whole database has one writer at a time.
    pub(super) fn is_single_writer(self) -> bool {
        self == Self::Sqlite
    }

    /// An aggregate that concatenates the values of `expression` of all rows.
    pub(super) fn aggregate_concat(self, expression: &str) -> String {
        match self {
            Self::Sqlite | Self::Postgres => format!("string_agg({expression}, '')"),
            Self::MariaDb => format!("GROUP_CONCAT({expression} SEPARATOR '')"),
        }
    }

    /// Writes the placeholders of `text` the way the engine does. Every `?` in `text` must be a
    /// placeholder.
    pub(super) fn placeholders(self, text: Cow<'static, str>) -> Cow<'static, str> {
        if self != Self::Postgres || !text.contains('?') {
            return text;
        }
        let mut parts = text.split('?');
        let mut numbered = parts.next().unwrap_or_default().to_owned();
        for (index, part) in parts.enumerate() {
            let _ = write!(numbered, "${}{part}", index + 1);
        }
        numbered.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgresql_gets_numbered_placeholders() {
        assert_eq!(
            Engine::Postgres.placeholders("a = ? AND b IN (?, ?)".into()),
            "a = $1 AND b IN ($2, $3)"
        );
        assert_eq!(Engine::Sqlite.placeholders("a = ?".into()), "a = ?");
    }
}
