//! Tests that a page from a store with many images takes no longer than from one with few.

use super::store::Memory;
use crate::store::ImageStore as _;
use crate::store::scaling::{FEW, events, images, many, too_slow};

async fn store(count: usize) -> Memory {
    let images = images(count);
    let events = events(&images);
    let store = Memory::with_images(images);
    store.import_events(&events).await.unwrap();
    store
}

#[tokio::test]
#[ignore = "takes half a minute: make stores"]
async fn memory_reads_pages_of_many_images_as_fast_as_of_few() {
    let (few, larger) = (store(FEW).await, store(many()).await);
    let too_slow = too_slow([&few, &larger]).await;
    assert!(too_slow.is_empty(), "{}", too_slow.join("\n"));
}
