//! The database engines, and the SQL of their connections and transactions.

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
    /// `glance+mysql:` or `glance+mariadb:`, the database of a Glance, in MariaDB. The program
    /// reads the images as Glance keeps them, and writes their tags only.
    Glance,
}

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
            "glance+mysql" | "glance+mariadb" => Some(Self::Glance),
            _ => None,
        }
    }

    /// Whether the program was built with the driver of the engine.
    pub(super) fn is_built_in(self) -> bool {
        match self {
            Self::Sqlite => cfg!(feature = "sqlite"),
            Self::Postgres => cfg!(feature = "postgres"),
            Self::MariaDb | Self::Glance => cfg!(feature = "mysql"),
        }
    }

    /// The statements that set up a new connection, so that:
    ///
    /// - a text is stored byte for byte or the statement fails;
    /// - each statement reads the newest committed state;
    /// - every acknowledged commit is on disk;
    /// - every statement ends after `timeout`, and so does a transaction that its process
    ///   abandoned, which may hold locks.
    ///
    /// With `read_only`, the connection changes nothing, not even the journal mode of a file.
    pub(super) fn session_setup(self, timeout: Duration, read_only: bool) -> String {
        let setup = self.writing_session_setup(timeout);
        match self {
            _ if !read_only => setup,
            Self::Sqlite => format!(
                "PRAGMA busy_timeout = {}; PRAGMA query_only = ON",
                timeout.as_millis()
            ),
            Self::Postgres => format!("{setup}; SET default_transaction_read_only = on"),
            Self::MariaDb | Self::Glance => format!("{setup}; SET SESSION TRANSACTION READ ONLY"),
        }
    }

    fn writing_session_setup(self, timeout: Duration) -> String {
        let (seconds, milliseconds) = (timeout.as_secs().max(1), timeout.as_millis());
        match self {
            // SQLite itself waits for other processes only while it switches to write-ahead
            // logging, which they may be doing too. Later it would block a thread. With its default
            // of 2 MiB of pages, lists of 20,000 images took up to 1.8 times those of 1,000.
            Self::Sqlite => format!(
                "PRAGMA busy_timeout = {milliseconds}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA foreign_keys = ON; PRAGMA cache_size = -4096; PRAGMA busy_timeout = 0"
            ),
            Self::Postgres => format!(
                "SET default_transaction_isolation = 'read committed'; SET statement_timeout = {milliseconds}; \
                 SET idle_in_transaction_session_timeout = {milliseconds}; SET client_encoding = 'UTF8'; \
                 SET synchronous_commit = on; SET jit = off"
            ),
            // The subquery cache is a table on disk for each subquery, and no subquery here is
            // evaluated twice with the same values.
            // The guard in Glance's database leaves the changes of a session alone that says so.
            Self::Glance => format!(
                "{}; SET @image_tags_writer = 1",
                Self::MariaDb.writing_session_setup(timeout)
            ),
            Self::MariaDb => format!(
                "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SET SESSION \
                 sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT', max_statement_time = {seconds}, \
                 innodb_lock_wait_timeout = {seconds}, idle_transaction_timeout = {seconds}, max_sort_length = 2048, \
                 group_concat_max_len = 67108864, optimizer_switch = 'subquery_cache=off', foreign_key_checks = 1; {GALERA}"
            ),
        }
    }

    /// Whether the server is a MariaDB.
    pub(in crate::store::sql) fn is_mariadb(self) -> bool {
        matches!(self, Self::MariaDb | Self::Glance)
    }

    /// Whether the images belong to this program. Those of a Glance do not: only their tags do.
    pub(in crate::store::sql) fn owns_images(self) -> bool {
        self != Self::Glance
    }

    /// Whether the whole database has one writer at a time.
    pub(in crate::store::sql) fn is_single_writer(self) -> bool {
        self == Self::Sqlite
    }
}
