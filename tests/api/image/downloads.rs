//! Who may download the data of an image. No data is kept, so a download is empty.

use insta::assert_snapshot;

use super::actions::act;
use crate::support::{Client, DEBIAN, TestApp, UBUNTU};

async fn download(client: Client<'_>, image: &str) -> String {
    let path = format!("/v2/images/{image}/file");
    client.get(&path).await.to_line()
}

#[tokio::test]
async fn a_reader_cannot_download_an_image_but_members_can() {
    let app = TestApp::new();
    assert_snapshot!(download(app.member(), UBUNTU).await, @"204");
    assert_snapshot!(download(app.stranger(), UBUNTU).await, @"204");
    assert_snapshot!(download(app.reader(), UBUNTU).await, @"403 You are not authorized to complete download_image action.");
}

#[tokio::test]
async fn only_an_admin_downloads_a_deactivated_image() {
    let app = TestApp::new();
    act(app.member(), DEBIAN, "deactivate").await;
    assert_snapshot!(download(app.member(), DEBIAN).await, @"403 The requested image has been deactivated. Image data download is forbidden.");
    // The check of the status precedes the check of the role, as in Glance.
    assert_snapshot!(download(app.reader(), DEBIAN).await, @"403 The requested image has been deactivated. Image data download is forbidden.");
    assert_snapshot!(download(app.admin(), DEBIAN).await, @"204");
    assert_snapshot!(download(app.stranger(), DEBIAN).await, @"404 No image found with ID 82c96579-ba53-4a84-a69a-716382fe0293");
}
