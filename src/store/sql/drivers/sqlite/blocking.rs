//! Work that keeps its thread busy.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Runs work that takes long on this thread, while another thread takes over the tasks that this
/// one serves.
pub(super) fn blocking<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
