//! Work that goes on without its request.

use std::future::poll_fn;
use std::task::Poll;

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::http::HttpError;
use crate::telemetry::RequestContext;

/// Background work, which survives reloads. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Background {
    /// Cancelled when imports have to end, because the service stops.
    pub(super) stopping: CancellationToken,
    /// The writes and imports in progress, which a shutdown waits for.
    writes: TaskTracker,
}

impl Background {
    /// Ends the imports: the service is about to stop.
    pub(crate) fn stop(&self) {
        self.stopping.cancel();
    }

    /// Waits until no write is in progress.
    pub(crate) async fn wait_for_writes(&self) {
        self.writes.close();
        self.writes.wait().await;
    }

    /// Runs a write to completion, even if the client disconnects or the request times out.
    ///
    /// A write that never waits, as in memory, completes in place. Only the rest of another write
    /// is worth a task.
    pub(super) async fn run_to_completion<T: Send + 'static>(
        &self,
        write: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, HttpError> {
        let mut write = Box::pin(write);
        match poll_fn(|task| Poll::Ready(write.as_mut().poll(task))).await {
            Poll::Ready(outcome) => Ok(outcome),
            Poll::Pending => {
                let outcome = self.writes.spawn(RequestContext::keep(write)).await;
                outcome.map_err(|panic| HttpError::Internal(panic.into()))
            }
        }
    }

    /// Runs `work`, and lets go on without the caller what does not complete at once.
    pub(super) async fn run_without_waiting(
        &self,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        let mut work = Box::pin(work);
        let is_done = poll_fn(|task| Poll::Ready(work.as_mut().poll(task).is_ready())).await;
        if !is_done {
            self.run_in_background(&Handle::current(), work);
        }
    }

    /// Runs `work` on `runtime`. A shutdown waits for it.
    pub(super) fn run_in_background(
        &self,
        runtime: &Handle,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        self.writes.spawn_on(RequestContext::keep(work), runtime);
    }
}
