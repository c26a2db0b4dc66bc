//! What the service does beside answering requests: it reports at its start which exclusive tags
//! several images carry, removes old events from the history of tags, and ends the uploads of
//! processes that are gone.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};

use crate::config::TagsConfig;
use crate::data::DataStore;
use crate::doctor::{self, Finding};
use crate::image::TagRules;
use crate::recovery;
use crate::store::{ImageStore, StoreError};

/// The time between two attempts while the store is not available.
const RETRY_INTERVAL: Duration = Duration::from_secs(10);

/// The time between two looks for uploads of processes that are gone.
const UPLOADS_INTERVAL: Duration = Duration::from_secs(5);

/// How many looks at the leases come before the next search for images without one.
const LEASES_PER_SEARCH: usize = 12;

/// How many findings the log names one by one.
const MAX_LOGGED_FINDINGS: usize = 20;

/// The time before the first pass over the history, so that a service that starts often still makes
/// passes, and the time between two of them. A pass reads the whole history, and with several
/// replicas each of them makes passes.
const FIRST_PRUNE_DELAY: Duration = Duration::from_hours(1);
const PRUNE_INTERVAL: Duration = Duration::from_hours(24);

/// How many events a pass looks at in one step, and the pause after a step, in which other writes
/// come first.
const PRUNE_STEP: usize = 500;
const PRUNE_PAUSE: Duration = Duration::from_millis(50);

/// Starts the maintenance of `store`, which goes on in the background.
pub(super) fn start(store: &Arc<dyn ImageStore>, data: &DataStore, tags: &TagsConfig) {
    // A process that keeps no data does not know whether others do.
    if !data.refuses() {
        let (store, data) = (Arc::clone(store), data.clone());
        tokio::spawn(async move { end_uploads(&*store, &data).await });
    }
    let (checked, rules) = (Arc::clone(store), tags.rules.clone());
    tokio::spawn(async move { report_findings(&*checked, &rules).await });
    if let Some(retention) = tags.history_retention() {
        let store = Arc::clone(store);
        tokio::spawn(async move { prune_history(&*store, retention).await });
    }
}

/// Ends the uploads of processes that are gone, again and again: those whose leases have expired,
/// and more rarely those without a lease, which only the images tell of.
async fn end_uploads(store: &dyn ImageStore, data: &DataStore) {
    loop {
        match recovery::requeue_abandoned(store, data).await {
            Ok(0) => {}
            Ok(requeued) => info!(
                requeued,
                "images that waited for an upload are queued again"
            ),
            Err(error) => {
                warn!(
                    error = &error as &dyn Error,
                    "images that wait for an upload were not looked for yet"
                );
                tokio::time::sleep(RETRY_INTERVAL).await;
                continue;
            }
        }
        if data.discards() {
            return;
        }
        for _ in 0..LEASES_PER_SEARCH {
            end_expired(store, data).await;
            tokio::time::sleep(UPLOADS_INTERVAL).await;
        }
    }
}

async fn end_expired(store: &dyn ImageStore, data: &DataStore) {
    match recovery::end_expired(store, data).await {
        Ok(0) => {}
        Ok(ended) => info!(ended, "uploads whose processes are gone were ended"),
        Err(error) => {
            warn!(
                error = &error as &dyn Error,
                "uploads whose processes are gone were not ended yet"
            );
            tokio::time::sleep(RETRY_INTERVAL).await;
        }
    }
}

/// Removes the events that are older than `retention`, again and again.
async fn prune_history(store: &dyn ImageStore, retention: SignedDuration) {
    tokio::time::sleep(FIRST_PRUNE_DELAY).await;
    loop {
        match prune_once(store, retention).await {
            Ok(0) => {}
            Ok(removed) => info!(removed, "old events were removed from the history of tags"),
            Err(error) => warn!(
                error = &error as &dyn Error,
                "old events were not removed from the history of tags"
            ),
        }
        tokio::time::sleep(PRUNE_INTERVAL).await;
    }
}

/// One pass over the history. Returns the number of events that were removed.
async fn prune_once(
    store: &dyn ImageStore,
    retention: SignedDuration,
) -> Result<usize, StoreError> {
    // A time before the calendar is before every event.
    let oldest = Timestamp::now().checked_sub(retention);
    let oldest = oldest.unwrap_or(Timestamp::MIN);
    let (mut removed, mut after) = (0, 0);
    loop {
        let step = store.prune_history(oldest, after, PRUNE_STEP).await?;
        removed += step.removed;
        match step.next {
            Some(next) => after = next,
            None => return Ok(removed),
        }
        tokio::time::sleep(PRUNE_PAUSE).await;
    }
}

/// Logs the exclusive tags that several images carry, once the store is available.
async fn report_findings(store: &dyn ImageStore, rules: &TagRules) {
    loop {
        match doctor::find(store, rules).await {
            Ok(findings) => return log(&findings),
            Err(error) => {
                warn!(
                    error = &error as &dyn Error,
                    "the rules of tags could not be checked yet"
                );
                tokio::time::sleep(RETRY_INTERVAL).await;
            }
        }
    }
}

fn log(findings: &[Finding]) {
    for Finding {
        tag,
        newest,
        others,
    } in findings.iter().take(MAX_LOGGED_FINDINGS)
    {
        let (tag, scope) = (tag.tag.as_str(), &tag.scope);
        warn!(
            tag,
            ?scope,
            %newest,
            others = others.len(),
            "several images carry an exclusive tag: image-tags doctor"
        );
    }
    if findings.len() > MAX_LOGGED_FINDINGS {
        let findings = findings.len();
        warn!(
            findings,
            "more exclusive tags are on several images: image-tags doctor lists all"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{DataOptions, DataUrl, S3Options};
    use crate::image::{Image, ImageId, Status, TagAction, TagEvent, UploadId, Visibility};
    use crate::store::{Author, Memory};

    fn event(days: i64) -> TagEvent {
        TagEvent {
            id: 0,
            time: Timestamp::now() - SignedDuration::from_hours(24 * days),
            image: ImageId::random(),
            tag: "build-1".parse().unwrap(),
            action: TagAction::Added,
            owner: None,
            visibility: Visibility::Private,
            user: "user".to_owned(),
            project: None,
            request_id: String::new(),
            reason: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn old_events_are_removed_an_hour_after_the_start_and_then_once_a_day() {
        let store = Arc::new(Memory::new());
        let pruned = Arc::clone(&store);
        let retention = SignedDuration::from_hours(24 * 30);
        let pruning = tokio::spawn(async move { prune_history(&*pruned, retention).await });
        let hours = async |hours| tokio::time::sleep(Duration::from_hours(hours)).await;
        let minute = Duration::from_mins(1);
        tokio::time::sleep(minute).await;
        let mut numbers = Vec::new();
        for pause in [0, 1, 23, 1, 23, 1] {
            store.import_events(&[event(29), event(31)]).await.unwrap();
            hours(pause).await;
            numbers.push(store.events_after(0, 100).await.unwrap().events.len());
        }
        // At 0:01, 1:01, 24:01, 25:01, 48:01 and 49:01.
        assert_eq!(numbers, [2, 2, 4, 4, 6, 6]);
        pruning.abort();
    }

    /// A data store, in this directory if there is one.
    fn data(directory: Option<&tempfile::TempDir>) -> DataStore {
        let url = directory.map(|directory| DataUrl::File(directory.path().to_owned()));
        let options = DataOptions {
            url,
            memory_bytes: 0,
            s3: S3Options::default(),
        };
        DataStore::open(&options).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn images_that_wait_without_a_lease_are_looked_for_every_minute_by_who_keeps_data() {
        let directory = tempfile::tempdir().unwrap();
        for (keeps_data, status) in [(false, Status::Saving), (true, Status::Queued)] {
            let store: Arc<dyn ImageStore> = Arc::new(Memory::new());
            let data = data(keeps_data.then_some(&directory));
            start(&store, &data, &TagsConfig::default());
            tokio::time::sleep(Duration::from_secs(30)).await;
            let mut image = Image::new(ImageId::random(), Timestamp::now());
            (image.status, image.upload) = (Status::Saving, Some(UploadId::random()));
            let author = Author::without_request("user");
            let id = image.id();
            let image = image.try_into().unwrap();
            store.create(image, &author).await.unwrap();
            tokio::time::sleep(Duration::from_secs(90)).await;
            assert_eq!(store.image(id).await.unwrap().unwrap().status, status);
        }
    }
}
