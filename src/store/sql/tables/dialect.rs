//! The SQL of the tables that differs between the engines. All other SQL is the same for all.

use crate::store::sql::drivers::Engine;

impl Engine {
    /// A query for whether the table with the schema's version exists: 1 or 0.
    pub(super) fn has_schema(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'"
            }
            Self::Postgres => {
                "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass('schema_version')"
            }
            Self::MariaDb | Self::Glance => {
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
            Self::MariaDb | Self::Glance => Some(
                "SELECT 'max_allowed_packet is ' || @@max_allowed_packet || ', and 16777216 is needed' FROM DUAL \
                 WHERE @@max_allowed_packet < 16777216",
            ),
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
            Self::MariaDb | Self::Glance => Some(
                "INSERT INTO tag_locks (scope, tag, writes) VALUES (?, ?, 1) \
                 ON DUPLICATE KEY UPDATE writes = writes + 1",
            ),
        }
    }

    /// An aggregate that concatenates the values of `expression` of all rows.
    pub(super) fn aggregate_concat(self, expression: &str) -> String {
        match self {
            Self::Sqlite | Self::Postgres => format!("string_agg({expression}, '')"),
            Self::MariaDb | Self::Glance => format!("GROUP_CONCAT({expression} SEPARATOR '')"),
        }
    }
}
