//! The limit on open files of the process.

use tracing::warn;

use super::admission::MAX_REJECTED_CONNECTIONS;
use crate::config::Config;

/// Open files besides the connections of clients and of the store: connections to Keystone, the
/// log, the runtime's own.
const OTHER_FILES: usize = 128;

/// Raises the soft limit on open files to what `config` needs, or as far as the hard limit allows.
/// Logs a warning if that is too low.
pub fn raise_file_limit(config: &Config) {
    let clients = config.limits.connections + MAX_REJECTED_CONNECTIONS;
    // A connection to SQLite has two files open: the database and its write-ahead log.
    let needed = (clients + 2 * config.store.connections + OTHER_FILES) as u64;
    match rlimit::increase_nofile_limit(needed) {
        Ok(limit) if limit >= needed => {}
        Ok(limit) => warn!(
            limit,
            needed,
            "the limit on open files is too low for limits.connections and store.connections: connections will have to wait"
        ),
        Err(error) => warn!(%error, "the limit on open files cannot be read"),
    }
}
