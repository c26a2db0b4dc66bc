//! What differs from engine to engine. Everything else is the same SQL for all of them.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::Duration;

use super::url::Engine;
use super::writer;

/// On a node of a cluster, a transaction waits for what other nodes have acknowledged before it reads: otherwise a tag that
/// was set through one of them is not there yet on another. A server that knows no clusters has no such variables.
const GALERA: &str = "SET @wait = (SELECT IF(COUNT(*) > 0, 'SET SESSION wsrep_sync_wait = 1', 'DO 0') \
                      FROM information_schema.session_variables \
                      WHERE variable_name = 'wsrep_on' AND variable_value = 'ON'); EXECUTE IMMEDIATE @wait";

impl Engine {
    /// Makes a new connection what the store needs: byte for byte what was sent or an error, each statement on the newest
    /// state, every acknowledged commit on the disk, and an end to every statement after `timeout`, and to a transaction whose
    /// process does not go on with it: it may hold locks.
    pub(super) fn setup(self, timeout: Duration) -> String {
        let (seconds, milliseconds) = (timeout.as_secs().max(1), timeout.as_millis());
        match self {
            // Only to switch to the log, which others may be doing too, has a connection to wait for long.
            Self::Sqlite => format!(
                "PRAGMA busy_timeout = {milliseconds}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA foreign_keys = ON; PRAGMA busy_timeout = {}",
                writer::BUSY.as_millis()
            ),
            Self::Postgres => format!(
                "SET default_transaction_isolation = 'read committed'; SET statement_timeout = {milliseconds}; \
                 SET idle_in_transaction_session_timeout = {milliseconds}; SET client_encoding = 'UTF8'; \
                 SET synchronous_commit = on; SET jit = off"
            ),
            // The cache of subqueries is a table on the disk for each of them, and we have none that comes twice.
            Self::MariaDb => format!(
                "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SET SESSION \
                 sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT', max_statement_time = {seconds}, \
                 innodb_lock_wait_timeout = {seconds}, idle_transaction_timeout = {seconds}, max_sort_length = 2048, \
                 group_concat_max_len = 67108864, optimizer_switch = 'subquery_cache=off', foreign_key_checks = 1; {GALERA}"
            ),
        }
    }

    /// Makes a new connection one that cannot change anything, not even the mode of a file.
    pub(super) fn setup_to_read(self, timeout: Duration) -> String {
        match self {
            Self::Sqlite => format!(
                "PRAGMA busy_timeout = {}; PRAGMA query_only = ON",
                timeout.as_millis()
            ),
            Self::Postgres => format!(
                "{}; SET default_transaction_read_only = on",
                self.setup(timeout)
            ),
            Self::MariaDb => format!("{}; SET SESSION TRANSACTION READ ONLY", self.setup(timeout)),
        }
    }

    /// Asks whether the table with the version of the schema is there: 1 or 0.
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

    /// Asks the database why it cannot hold every image that there may be; if it can, there is no row.
    pub(super) fn flaw(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(
                "SELECT 'its encoding is ' || current_setting('server_encoding') || ', and UTF8 is needed' \
                 WHERE current_setting('server_encoding') <> 'UTF8'",
            ),
            // With room for the largest image.
            Self::MariaDb => Some(
                "SELECT 'max_allowed_packet is ' || @@max_allowed_packet || ', and 16777216 is needed' FROM DUAL \
                 WHERE @@max_allowed_packet < 16777216",
            ),
        }
    }

    /// Begins a transaction that will write.
    pub(super) fn begin(self) -> &'static str {
        match self {
            // Otherwise it would be refused when it comes to write, if somebody else has written since its first read.
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres | Self::MariaDb => "BEGIN",
        }
    }

    /// Keeps other writers off the image until the transaction ends; `None` where a transaction keeps them off anyway.
    pub(super) fn lock(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres | Self::MariaDb => Some("SELECT id FROM images WHERE id = ? FOR UPDATE"),
        }
    }

    /// Whether there is one writer at a time for the whole database.
    pub(super) fn has_one_writer(self) -> bool {
        self == Self::Sqlite
    }

    /// What `text` is for each row, one behind the other.
    pub(super) fn concatenated(self, text: &str) -> String {
        match self {
            Self::Sqlite | Self::Postgres => format!("string_agg({text}, '')"),
            Self::MariaDb => format!("GROUP_CONCAT({text} SEPARATOR '')"),
        }
    }

    /// `text` with its `?` as the engine writes them. There is none in it but for values.
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
    fn placeholders_are_numbered_for_postgresql() {
        assert_eq!(
            Engine::Postgres.placeholders("a = ? AND b IN (?, ?)".into()),
            "a = $1 AND b IN ($2, $3)"
        );
        assert_eq!(Engine::Sqlite.placeholders("a = ?".into()), "a = ?");
    }
}
