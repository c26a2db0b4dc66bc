//! The thread on which downloads run.
//!
//! A server that is never done with the head of its answer keeps the HTTP client busy for as long
//! as bytes come, without a pause in which anything else could run. On a thread of their own,
//! downloads can only keep each other waiting.

use std::io;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::AbortHandle;

/// A runtime with one thread. Dropped, it ends without waiting for its tasks.
#[derive(Debug)]
pub(super) struct DownloadThread {
    handle: Handle,
    /// Taken when it is dropped.
    runtime: Option<Runtime>,
}

impl DownloadThread {
    pub(super) fn start() -> io::Result<Self> {
        let mut builder = Builder::new_multi_thread();
        let builder = builder.worker_threads(1).thread_name("downloads");
        let runtime = builder.enable_all().build()?;
        Ok(Self {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }

    /// Runs `download` on the thread.
    pub(super) fn spawn(&self, download: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        self.handle.spawn(download).abort_handle()
    }
}

impl Drop for DownloadThread {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
