//! The media types of a patch, and the older form of its operations.

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{DEBIAN, Response, TestApp};

async fn patch(app: &TestApp, content_type: &str, operations: &Value) -> Response {
    let headers = [("Content-Type", content_type)];
    app.member()
        .send_body(
            Method::PATCH,
            &format!("/v2/images/{DEBIAN}"),
            &headers,
            operations.to_string(),
        )
        .await
}

#[tokio::test]
async fn the_older_form_of_an_operation_is_accepted() {
    let app = TestApp::new();
    let send = async |operations: Value| {
        let content_type = "application/openstack-images-v2.0-json-patch";
        patch(&app, content_type, &operations).await.to_line()
    };
    let operations = json!([{"replace": "/name", "value": "new"}, {"add": "/x", "value": "1"}, {"remove": "/os_distro"}]);
    assert_snapshot!(send(operations).await, @"200");
    assert_snapshot!(send(json!([{"add": "/x", "value": "1"}])).await, @r"409 There was a conflict when trying to complete your request.\n\n Property x already present.");
    assert_snapshot!(send(json!([{"add": "/name", "value": "1"}])).await, @r"409 There was a conflict when trying to complete your request.\n\n Property name already present.");
    assert_snapshot!(send(json!([{"add": "/x", "replace": "/y", "value": "1"}])).await, @r#"400 Operation objects must contain only one member named "add", "remove", or "replace"."#);
    assert_snapshot!(send(json!([{"value": "1"}])).await, @r#"400 Operation objects must contain exactly one member named "add", "remove", or "replace"."#);
    let image = app.member().image(DEBIAN).await;
    assert_eq!(
        (&image["name"], &image["x"], image.get("os_distro")),
        (&json!("new"), &json!("1"), None)
    );
}

#[tokio::test]
async fn another_media_type_is_415_with_accept_patch() {
    let app = TestApp::new();
    let send = async |content_type: &str| patch(&app, content_type, &json!([])).await;
    let accepted = send("application/json-patch+json; charset=utf-8").await;
    assert_eq!(accepted.status.as_u16(), 200);
    assert_snapshot!(send("application/json").await.to_text(), @"
    415 Unsupported Media Type
    accept-patch: application/json-patch+json, application/openstack-images-v2.0-json-patch, application/openstack-images-v2.1-json-patch
    content-type: text/plain; charset=UTF-8

    415 Unsupported Media Type

    The request media type application/json is not supported by this server. 

     Send one of: application/json-patch+json, application/openstack-images-v2.0-json-patch, application/openstack-images-v2.1-json-patch
    ");
    assert_snapshot!(send("").await.to_text(), @"
    415 Unsupported Media Type
    accept-patch: application/json-patch+json, application/openstack-images-v2.0-json-patch, application/openstack-images-v2.1-json-patch
    content-type: text/plain; charset=UTF-8

    415 Unsupported Media Type

    The request media type  is not supported by this server. 

     Send one of: application/json-patch+json, application/openstack-images-v2.0-json-patch, application/openstack-images-v2.1-json-patch
    ");
}
