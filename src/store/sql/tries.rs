//! How often an operation is tried before its caller is told that it did not work out.

use std::time::Duration;

use super::fault::Fault;
use super::pool::Pool;
use crate::store::StoreError;

/// After so many tries, others are kept waiting for the next one.
const MANY: u32 = 3;

/// After so many, it is for the caller to try again.
const MOST: u32 = 10;

/// The tries of one operation.
#[derive(Debug)]
pub(super) struct Tries<'a> {
    pool: &'a Pool,
    done: u32,
}

impl<'a> Tries<'a> {
    pub(super) fn new(pool: &'a Pool) -> Self {
        Self { pool, done: 0 }
    }

    /// Whether it is time to keep others waiting.
    pub(super) fn are_many(&self) -> bool {
        self.done >= MANY
    }

    /// Waits a little before the next try, or says that there is none.
    pub(super) async fn after(&mut self, fault: Fault) -> Result<(), StoreError> {
        self.done += 1;
        match fault {
            Fault::Conflict(_) | Fault::Lost(_) if self.done < MOST => {
                if fault.broke_the_connection() {
                    // The idle ones come from the same server.
                    self.pool.forget_idle();
                }
                tokio::time::sleep(pause(self.done)).await;
                Ok(())
            }
            fault => Err(fault.into()),
        }
    }
}

/// A random time, longer after more tries, so that those who met do not meet again.
fn pause(tries: u32) -> Duration {
    let longest = 1_000_u32 << tries.min(6);
    Duration::from_micros(u64::from(getrandom::u32().unwrap_or_default() % longest))
}
