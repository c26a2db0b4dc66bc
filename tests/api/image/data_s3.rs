//! Data in a bucket: `make s3` starts a server for it.

use axum::body::Body;
use axum::http::Method;
use image_tags::config::Config;
use image_tags::data::{DataKey, DataOptions, DataStore, DataUrl};
use image_tags::doctor::{find_data, repair_data};
use image_tags::image::{ImageId, UploadId};
use image_tags::store::ImageStore;

use super::downloads::long_text;
use super::uploads::{half_sent, queued, upload, with_formats};
use crate::support::TestApp;

/// A configuration with a prefix of its own in the bucket `images`.
fn in_bucket(endpoint: &str) -> impl FnOnce(&mut Config) {
    let endpoint = endpoint.to_owned();
    |config| {
        let prefix = ImageId::random();
        let url = format!("s3://images/tests/{prefix}");
        config.data.url = Some(DataUrl::try_from(url.as_str()).unwrap());
        config.data.endpoint = endpoint;
        config.data.region = String::from("us-east-1");
        config.data.access_key_id = String::from("key");
        config.data.secret_access_key = "secret".into();
    }
}

fn endpoint() -> String {
    std::env::var("IMAGE_TAGS_TEST_S3").expect("tests/s3/with sets it")
}

/// The data store of `app` again.
fn data_store(app: &TestApp) -> DataStore {
    let s3 = app.config.data.s3_options().unwrap();
    let options = DataOptions {
        url: app.config.data.url.clone(),
        memory_bytes: 0,
        s3,
    };
    DataStore::open(&options).unwrap()
}

async fn until_nothing_is_stored(app: &TestApp) {
    let data = data_store(app);
    for _ in 0..100 {
        if data.stored().await.unwrap().is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{:?}", data.stored().await);
}

#[tokio::test]
#[ignore = "needs an S3 server: make s3"]
async fn short_and_long_data_comes_back_from_a_bucket_and_goes_with_its_image() {
    let app = TestApp::with(in_bucket(&endpoint()));
    let member = app.member();
    // The second one takes three parts.
    for length in [0, 5, 20 << 20] {
        let id = member.create(with_formats()).await;
        let text = long_text(length);
        let uploaded = upload(member, &id, text.clone()).await;
        assert_eq!(uploaded.to_line(), "204", "{length}");
        assert_eq!(member.image(&id).await["size"], length);
        let path = format!("/v2/images/{id}/file");
        assert!(member.get(&path).await.body == text, "{length}");
        if length > 10 {
            let range = [("Range", "bytes=8388600-9500000")];
            let part = member.send(Method::GET, &path, &range).await;
            assert_eq!(part.status.as_u16(), 206);
            assert!(part.body == text[8_388_600..=9_500_000]);
        }
        let path = format!("/v2/images/{id}");
        assert_eq!(
            member
                .send(Method::DELETE, &path, &[])
                .await
                .status
                .as_u16(),
            204
        );
        until_nothing_is_stored(&app).await;
    }
    assert_eq!(data_store(&app).expired_uploads().await.unwrap(), []);
}

#[tokio::test]
#[ignore = "needs an S3 server: make s3"]
async fn an_upload_to_a_bucket_that_breaks_off_leaves_nothing() {
    let server = TestApp::with(in_bucket(&endpoint())).listen().await;
    let member = server.app.member();
    let id = member.create(with_formats()).await;
    drop(half_sent(&server, &id).await);
    queued(member, &id).await;
    until_nothing_is_stored(&server.app).await;
    // In process, a body that fails after two parts.
    let pieces = (0..20)
        .map(|_| Ok(vec![b'a'; 1 << 20]))
        .chain([Err("broken off")]);
    let body = Body::from_stream(futures_util::stream::iter(pieces));
    assert_eq!(upload(member, &id, body).await.status.as_u16(), 400);
    assert_eq!(member.image(&id).await["status"], "queued");
    until_nothing_is_stored(&server.app).await;
    let key = |id: &str| DataKey {
        image: id.parse().unwrap(),
        upload: UploadId::random(),
    };
    assert!(!data_store(&server.app).has(key(&id)).await.unwrap());
}

#[tokio::test]
#[ignore = "needs an S3 server: make s3"]
async fn the_doctor_finds_an_image_whose_data_is_missing_in_a_bucket() {
    let app = TestApp::with(in_bucket(&endpoint()));
    let id = app.member().create(with_formats()).await;
    upload(app.member(), &id, "abc").await;
    let (store, data) = (&*app.store as &dyn ImageStore, data_store(&app));
    assert_eq!(find_data(store, &data).await.unwrap().missing, []);
    let image = store.image(id.parse().unwrap()).await.unwrap().unwrap();
    let key = DataKey {
        image: image.id(),
        upload: image.upload.unwrap(),
    };
    data.remove(key).await.unwrap();
    let findings = find_data(store, &data).await.unwrap();
    assert_eq!(
        (&findings.missing[..], findings.repairable()),
        (&[image.id()][..], 0)
    );
    repair_data(store, &data, &findings).await.unwrap();
}

#[tokio::test]
async fn without_the_s3_service_uploads_and_downloads_are_503_and_the_image_stays_queued() {
    // Nobody listens on port 9, discard.
    let app = TestApp::with(in_bucket("http://127.0.0.1:9"));
    let id = app.member().create(with_formats()).await;
    assert_eq!(upload(app.member(), &id, "abc").await.status.as_u16(), 503);
    assert_eq!(app.member().image(&id).await["status"], "queued");
    assert_eq!(app.member().put_tag(&id, "a").await.status.as_u16(), 204);
}
