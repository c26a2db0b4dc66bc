//! SQLite, which needs no server: what the servers are tested for, and a full disk.

use image_tags::store::{ImageStore, StoreError, WriteError};

use super::deletion::deletion_of_a_replaced_image;
use super::opening::{
    concurrent_starts, migration_from_version_1, newer_database, read_only_store,
};
use super::outages::exhausted_pool;
use super::support::{an_image, sql};
use super::versions::{
    imported_again, imported_again_during_a_change, written_by_an_older_program,
};
use crate::backend::Database;
use crate::support::author;

#[tokio::test]
async fn processes_may_start_at_the_same_time() {
    concurrent_starts(Database::Sqlite).await;
}

#[tokio::test]
async fn a_migration_computes_the_sizes_of_images() {
    migration_from_version_1(Database::Sqlite).await;
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    newer_database(Database::Sqlite).await;
}

#[tokio::test]
async fn a_read_only_store_changes_nothing() {
    read_only_store(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_does_not_mistake_a_new_image_for_the_old_one_with_its_id() {
    deletion_of_a_replaced_image(Database::Sqlite).await;
}

#[tokio::test]
async fn an_image_that_was_imported_again_is_read_as_it_is_now() {
    imported_again(Database::Sqlite).await;
}

#[tokio::test]
async fn a_change_of_an_image_that_was_imported_again_meanwhile_is_decided_again() {
    imported_again_during_a_change(Database::Sqlite).await;
}

#[tokio::test]
async fn an_image_that_an_older_program_wrote_is_read_as_it_is_now() {
    written_by_an_older_program(Database::Sqlite).await;
}

#[tokio::test]
async fn a_long_write_of_another_process_is_reported_in_time() {
    exhausted_pool(Database::Sqlite, "BEGIN IMMEDIATE").await;
}

/// A mounted file system of 1 MiB, unmounted on drop.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new() -> Self {
        let disk = Self(tempfile::TempDir::new().unwrap());
        let mut mount = std::process::Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(disk.0.path());
        assert!(mount.status().unwrap().success());
        disk
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount")
            .arg("--lazy")
            .arg(self.0.path())
            .status();
    }
}

#[tokio::test]
#[ignore = "mounts a small file system, which only root can: make stores"]
async fn a_full_disk_makes_the_store_unavailable_and_loses_no_image() {
    let disk = SmallDisk::new();
    let url = format!("sqlite://{}/images.db", disk.0.path().display());
    let store = sql(&url, 4);
    store.open(&[]).await.unwrap();
    let mut kept = Vec::new();
    let error = loop {
        let mut image = an_image();
        image.properties.insert(
            "filling".parse().unwrap(),
            "x".repeat(20_000).parse().unwrap(),
        );
        match store.create(image.try_into().unwrap(), &author()).await {
            Ok(image) => kept.push(image),
            Err(error) => break error,
        }
    };
    assert!(
        matches!(error, WriteError::Store(StoreError::Unavailable(_))),
        "{error:?}"
    );
    assert!(kept.len() > 10);
    let reopened = sql(&url, 4);
    // Opening an up-to-date database writes nothing.
    reopened.open(&[]).await.unwrap();
    for image in kept {
        for store in [&store, &reopened] {
            assert_eq!(
                store.image(image.id()).await.unwrap().as_ref(),
                Some(&image)
            );
        }
    }
}
