//! What the cases share: short forms of the calls of a store, and calls at the same moment.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use image_tags::image::{
    Image, ImageId, ImportMethod, ImportTask, Quota, Tag, TaskStatus, UploadId, Viewer,
};
use image_tags::store::{Author, ImageQuery, ImageStore, StoredImage, WriteError};
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Handle;
use tokio::sync::Barrier;
use tokio::task::{JoinSet, block_in_place};

pub(crate) type Store = Arc<dyn ImageStore>;

/// What a store keeps of the images of the random tests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    /// The part of an image that it keeps.
    pub(crate) part: fn(Image) -> Image,
    /// Whether it still knows the members of an image that was deleted.
    pub(crate) former_members: bool,
}

impl Kept {
    /// All of it.
    pub(crate) const EVERYTHING: Self = Self {
        part: std::convert::identity,
        former_members: true,
    };
}

/// A quota without a limit.
pub(crate) const NO_QUOTA: i64 = -1;

pub(crate) fn author() -> Author<'static> {
    Author {
        user: "user",
        project: None,
        request_id: "req-1",
        reason: None,
    }
}

pub(crate) fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}

pub(crate) fn moment(second: i64) -> Timestamp {
    "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
}

pub(crate) async fn create(
    store: &dyn ImageStore,
    second: i64,
    edit: impl FnOnce(&mut Image),
) -> ImageId {
    let mut image = Image::new(ImageId::random(), moment(second));
    edit(&mut image);
    store
        .create(image.try_into().unwrap(), &author())
        .await
        .unwrap()
        .id()
}

pub(crate) async fn add(
    store: &dyn ImageStore,
    id: ImageId,
    tag: &Tag,
    quota: i64,
) -> Result<StoredImage, WriteError> {
    store
        .change(id, &author(), &|image| {
            image.add_tag(tag, Quota::new(quota))
        })
        .await
}

pub(crate) async fn remove(
    store: &dyn ImageStore,
    id: ImageId,
    tag: &Tag,
) -> Result<StoredImage, WriteError> {
    store
        .change(id, &author(), &|image| image.remove_tag(tag))
        .await
}

pub(crate) async fn image(store: &dyn ImageStore, id: ImageId) -> StoredImage {
    store.image(id).await.unwrap().unwrap()
}

pub(crate) async fn tags(store: &dyn ImageStore, id: ImageId) -> BTreeSet<String> {
    image(store, id)
        .await
        .tags
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// Runs `task` for each of `items` in a task of its own, all started at the same moment.
pub(crate) async fn at_once<T, F>(
    items: impl IntoIterator<Item = T>,
    task: impl Fn(T) -> F,
) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let items: Vec<_> = items.into_iter().collect();
    let barrier = Arc::new(Barrier::new(items.len()));
    let mut tasks = JoinSet::new();
    for item in items {
        let (barrier, future) = (Arc::clone(&barrier), task(item));
        tasks.spawn(async move {
            barrier.wait().await;
            future.await
        });
    }
    tasks.join_all().await
}

/// A closure whose first call deletes the image and creates another one with its id. It blocks the
/// thread meanwhile.
pub(crate) fn replacing(store: &Store, id: ImageId, edit: impl FnOnce(&mut Image)) -> impl Fn() {
    let mut new = Image::new(id, moment(1));
    edit(&mut new);
    let (store, new) = (Arc::clone(store), Mutex::new(Some(new)));
    move || {
        if let Some(new) = new.lock().unwrap().take() {
            let replace = async {
                store.delete(id, &author(), &|_| Ok(())).await.unwrap();
                store
                    .create(new.try_into().unwrap(), &author())
                    .await
                    .unwrap();
            };
            block_in_place(|| Handle::current().block_on(replace));
        }
    }
}

pub(crate) fn query(viewer: &Viewer, marker: Option<ImageId>, limit: usize) -> ImageQuery {
    ImageQuery {
        marker,
        ..ImageQuery::new(viewer.clone(), limit)
    }
}

pub(crate) async fn ids(store: &dyn ImageStore, viewer: &Viewer) -> Vec<ImageId> {
    let page = store.list(&query(viewer, None, 1000)).await.unwrap();
    assert!(!page.more);
    page.images.iter().map(|image| image.id()).collect()
}

pub(crate) async fn delete(store: &dyn ImageStore, id: ImageId) -> Result<(), WriteError> {
    store.delete(id, &author(), &|_| Ok(())).await
}

/// A task of an import with every value.
pub(crate) fn import_task(time: Timestamp) -> ImportTask {
    ImportTask {
        id: UploadId::random(),
        method: ImportMethod::WebDownload,
        uri: Some("https://example.org/é?".to_owned()),
        status: TaskStatus::Failed,
        message: "n'\"\\\u{10ffff}".to_owned(),
        owner: Some("owner".parse().unwrap()),
        user: "😀".to_owned(),
        request_id: "req-1".to_owned(),
        created_at: time,
        updated_at: time,
    }
}
