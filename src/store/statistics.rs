//! What a store in a database counts.

/// The connections of a store in a database, and what it has counted since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreStatistics {
    /// The connections of the pool.
    pub pool: PoolStatistics,
    /// Attempts that were made again.
    pub retries: RetryCounts,
}

/// The connections of a pool. Those that one operation does not have for itself are not among them:
/// the ones that readers of PostgreSQL share, the one that writes on SQLite, and that of health
/// checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolStatistics {
    /// Connections in use.
    pub in_use: usize,
    /// Open connections that are not in use.
    pub idle: usize,
    /// The maximum number of connections.
    pub limit: usize,
    /// Operations that had to wait for a connection.
    pub waits: u64,
}

/// Attempts that were made again, by what the attempt before met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetryCounts {
    /// Another write came first, or held a lock.
    pub conflicts: u64,
    /// The connection broke, or could not be used.
    pub connections: u64,
}
