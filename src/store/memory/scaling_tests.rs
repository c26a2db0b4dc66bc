//! Tests that a page from a store with many images takes no longer than from one with few.

use super::store::Memory;
use crate::store::scaling::{FEW, MAX_IMAGES, Read, images, too_slow};

#[tokio::test]
#[ignore = "takes a minute: make stores"]
async fn memory_reads_pages_of_many_images_as_fast_as_of_few() {
    let [few, many] = [FEW, MAX_IMAGES].map(|count| Memory::with_images(images(count)));
    let reads: Vec<_> = Read::lists()
        .into_iter()
        .chain(Read::catalogues())
        .collect();
    let too_slow = too_slow([&few, &many], &reads).await;
    assert!(too_slow.is_empty(), "{}", too_slow.join("\n"));
}
