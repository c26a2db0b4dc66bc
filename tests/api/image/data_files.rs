//! Data in a directory: what is written there, and what is removed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use axum::http::{Method, StatusCode};
use image_tags::config::Config;
use image_tags::data::{DataKey, DataOptions, DataStore, DataUrl, S3Options};
use image_tags::doctor::{DataFindings, find_data, repair_data};
use image_tags::image::{Image, ImageData, ImageId, Status, UploadId};
use image_tags::recovery::{end_expired, requeue_abandoned};
use image_tags::store::{ImageStore, Memory};
use jiff::Timestamp;

use super::uploads::{half_sent, queued, upload, with_formats};
use crate::imports::web_server::{WebServer, ok};
use crate::imports::{ended_task, import_web, stage};
use crate::support::TestApp;

fn in_directory(directory: &Path) -> impl FnOnce(&mut Config) {
    let url = DataUrl::File(directory.to_owned());
    |config| config.data.url = Some(url)
}

fn data_store(directory: &Path) -> DataStore {
    let options = DataOptions {
        url: Some(DataUrl::File(directory.to_owned())),
        memory_bytes: 0,
        s3: S3Options::default(),
    };
    DataStore::open(&options).unwrap()
}

/// The files below `directory`, but for the clock.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if !path.ends_with("clock") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn the_data_of_an_image_is_one_file_and_goes_with_the_image() {
    let directory = tempfile::tempdir().unwrap();
    let app = TestApp::with(in_directory(directory.path()));
    let (member, id) = (app.member(), app.member().create(with_formats()).await);
    let text = "0123456789".repeat(100_000);
    assert_eq!(upload(member, &id, text.clone()).await.status.as_u16(), 204);
    let found = files(directory.path());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with(directory.path().join(&id)));
    assert!(fs::read(&found[0]).unwrap() == text.as_bytes());
    let path = format!("/v2/images/{id}");
    let deleted = member.send(Method::DELETE, &path, &[]).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    // The directory of the image goes right after its last file.
    let of_image = directory.path().join(&id);
    for _ in 0..200 {
        if !of_image.exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{:?}", files(directory.path()));
}

async fn until_empty(directory: &Path) {
    for _ in 0..200 {
        if files(directory).is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{:?}", files(directory));
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let server = TestApp::with(in_directory(directory.path())).listen().await;
    let id = server.app.member().create(with_formats()).await;
    let client = half_sent(&server, &id).await;
    assert_eq!(files(directory.path()).len(), 1, "the lease");
    drop(client);
    queued(server.app.member(), &id).await;
    until_empty(directory.path()).await;
}

#[tokio::test]
async fn an_upload_to_an_image_that_is_deleted_meanwhile_leaves_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let server = TestApp::with(in_directory(directory.path())).listen().await;
    let id = server.app.member().create(with_formats()).await;
    let mut client = half_sent(&server, &id).await;
    let path = format!("/v2/images/{id}");
    server.app.member().send(Method::DELETE, &path, &[]).await;
    client.send("b").await;
    assert_eq!(client.response().await.unwrap().status, 410);
    until_empty(directory.path()).await;
}

#[tokio::test]
async fn an_upload_to_a_directory_that_cannot_be_written_to_is_503_and_leaves_the_image_queued() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let app = TestApp::with(in_directory(&data));
    let id = app.member().create(with_formats()).await;
    fs::remove_dir_all(&data).unwrap();
    fs::write(&data, "a file in its place").unwrap();
    assert_eq!(upload(app.member(), &id, "abc").await.status.as_u16(), 503);
    assert_eq!(app.member().image(&id).await["status"], "queued");
    fs::remove_file(&data).unwrap();
    assert_eq!(upload(app.member(), &id, "abc").await.status.as_u16(), 204);
}

/// An image that waits for an upload of a process that is gone, and the name of its data.
fn saving() -> (Image, DataKey) {
    let mut image = Image::new(ImageId::random(), Timestamp::now());
    let upload = UploadId::random();
    image.status = Status::Saving;
    image.upload = Some(upload);
    let key = DataKey {
        image: image.id(),
        upload,
    };
    (image, key)
}

fn write(path: &Path, age: Duration) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "").unwrap();
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
}

#[tokio::test]
async fn only_an_upload_whose_lease_has_expired_is_ended_by_others() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let (running, gone, complete) = (saving(), saving(), saving());
    let mut active = complete.0.clone();
    active.status = Status::Active;
    active.data = Some(ImageData::new(0, "a", "b").unwrap());
    let store = Memory::with_images([running.0.clone(), gone.0.clone(), active]);
    let data = data_store(root);
    for (key, age) in [(running.1, 1), (gone.1, 60), (complete.1, 60)] {
        write(
            &root.join(format!("uploads/{key}")),
            Duration::from_secs(age),
        );
    }
    write(&root.join(format!("{}#1", running.1)), Duration::ZERO);
    write(&root.join(format!("{}#1", gone.1)), Duration::ZERO);
    write(&root.join(gone.1.to_string()), Duration::ZERO);
    write(&root.join(complete.1.to_string()), Duration::ZERO);

    assert_eq!(end_expired(&store, &data).await.unwrap(), 2);
    assert_eq!(requeue_abandoned(&store, &data).await.unwrap(), 0);
    let status = async |id| store.image(id).await.unwrap().unwrap().status;
    assert_eq!(status(running.1.image).await, Status::Saving);
    assert_eq!(status(gone.1.image).await, Status::Queued);
    assert_eq!(status(complete.1.image).await, Status::Active);
    let mut left = [
        root.join(format!("uploads/{}", running.1)),
        root.join(format!("{}#1", running.1)),
        root.join(complete.1.to_string()),
    ];
    left.sort();
    assert_eq!(files(root), left);
    assert_eq!(end_expired(&store, &data).await.unwrap(), 0);
}

#[tokio::test]
async fn an_image_that_waits_for_an_upload_without_a_lease_is_queued_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let images: Vec<_> = (0..3).map(|_| saving()).collect();
    let store = Memory::with_images(images.iter().map(|(image, _)| image.clone()));
    let data = data_store(directory.path());
    write(
        &directory.path().join(format!("uploads/{}", images[1].1)),
        Duration::ZERO,
    );
    // Another store may have an image that names this data.
    let whole = directory.path().join(images[0].1.to_string());
    write(&whole, Duration::ZERO);
    assert_eq!(requeue_abandoned(&store, &data).await.unwrap(), 2);
    assert!(whole.exists());
    for (index, (image, _)) in images.iter().enumerate() {
        let image = store.image(image.id()).await.unwrap().unwrap();
        let expected = [Status::Queued, Status::Saving, Status::Queued][index];
        assert_eq!(
            (image.status, image.upload.is_some()),
            (expected, index == 1)
        );
    }
}

#[tokio::test]
async fn the_doctor_removes_what_no_image_names_and_lists_images_without_data() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let active = || {
        let (mut image, key) = saving();
        image.status = Status::Active;
        image.data = Some(ImageData::new(0, "a", "b").unwrap());
        (image, key)
    };
    let (kept, lost, running) = (active(), active(), saving());
    let images = [&kept, &lost, &running].map(|(image, _)| image.clone());
    let store = Memory::with_images(images);
    let (old, orphan, young) = (Duration::from_mins(1), saving().1, saving().1);
    write(&root.join(kept.1.to_string()), old);
    write(&root.join(orphan.to_string()), old);
    write(&root.join(young.to_string()), Duration::ZERO);
    write(&root.join(running.1.to_string()), old);
    write(&root.join(format!("uploads/{}", running.1)), Duration::ZERO);
    let staged = root.join(format!("{}#1", saving().1));
    write(&staged, old);
    // A slow upload has a lease, and writes rarely.
    write(&root.join(format!("{}#1", running.1)), old);
    write(&root.join("lost+found/x"), old);

    let data = data_store(root);
    let findings = find_data(&store, &data).await.unwrap();
    let expected = DataFindings {
        unnamed: vec![orphan],
        expired: Vec::new(),
        left: vec![staged],
        missing: vec![lost.0.id()],
    };
    assert_eq!(findings, expected);
    let before = files(root).len();
    repair_data(&store, &data, &findings).await.unwrap();
    assert_eq!(files(root).len(), before - 2);
    let findings = find_data(&store, &data).await.unwrap();
    assert_eq!((findings.repairable(), findings.missing.len()), (0, 1));
}

/// A file system of 8 MiB.
struct Disk(PathBuf);

impl Disk {
    fn mount(directory: &Path) -> Self {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"])
            .arg(directory)
            .status();
        assert!(mounted.unwrap().success());
        Self(directory.to_owned())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test]
#[ignore = "needs root, to mount a small disk: make s3"]
async fn a_full_disk_is_413_and_leaves_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let disk = Disk::mount(directory.path());
    let large = "a".repeat(20 << 20);
    let web = WebServer::answering(ok(&large)).await;
    let app = TestApp::with(|config| {
        web.allow(config);
        in_directory(&directory.path().join("data"))(config);
    });
    let (member, id) = (app.member(), app.member().create(with_formats()).await);
    let message = "Image storage media is full: There is not enough disk space on the image \
                   storage media.";
    for call in [
        upload(member, &id, large.clone()).await,
        stage(member, &id, large).await,
    ] {
        assert_eq!(call.to_line(), format!("413 {message}"));
        assert_eq!(member.image(&id).await["status"], "queued");
        until_empty(directory.path()).await;
    }
    assert_eq!(import_web(member, &id, &web.url()).await.to_line(), "202");
    assert_eq!(ended_task(member, &id).await["message"], message);
    assert_eq!(member.image(&id).await["status"], "queued");
    until_empty(directory.path()).await;
    let text = "b".repeat(3 << 20);
    assert_eq!(upload(member, &id, text.clone()).await.to_line(), "204");
    let file = member.get(&format!("/v2/images/{id}/file")).await;
    assert!(file.body == text);
    drop(disk);
}
