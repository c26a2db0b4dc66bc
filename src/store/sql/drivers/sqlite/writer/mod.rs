//! The connection of all writers of the process, and the groups in which their changes are
//! committed.
//!
//! `write_queue` is the queue for the connection, `turn` one writer's time at it, `group` the
//! changes that are committed together, and `committer` the thread that does so. `begin` waits for
//! other processes.
//!
//! Start reading at `shared_connection`, then `turn`.

mod begin;
mod committer;
mod group;
mod shared_connection;
#[cfg(test)]
mod tests;
mod turn;
mod write_queue;

pub(in crate::store::sql::drivers) use self::shared_connection::Writer;
pub(in crate::store::sql::drivers) use self::turn::Turn;
