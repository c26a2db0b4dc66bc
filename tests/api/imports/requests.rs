//! The body of a request for an import, and the methods that are offered.

use axum::http::Method;
use serde_json::json;

use super::{import_with, stage};
use crate::image::uploads::with_formats;
use crate::support::TestApp;

#[tokio::test]
async fn a_body_that_names_no_offered_method_is_refused() {
    let app = TestApp::new();
    let member = app.member();
    let id = member.create(with_formats()).await;
    let direct = json!({"name": "glance-direct"});
    let staged = "409 Image needs to be staged before 'glance-direct' method can be used";
    for (body, line) in [
        (json!({}), "400 Import request requires a 'method' field."),
        (json!([]), "400 Import request requires a 'method' field."),
        (
            json!({"method": 5}),
            "400 Import request requires a 'name' field.",
        ),
        (
            json!({"method": {}}),
            "400 Import request requires a 'name' field.",
        ),
        (
            json!({"method": {"name": null}}),
            "400 Unknown import method name 'None'.",
        ),
        (
            json!({"method": {"name": "copy-image"}}),
            "400 Unknown import method name 'copy-image'.",
        ),
        (
            json!({"method": {"name": "web-download", "uri": "https://example.org/"}}),
            "400 Unknown import method name 'web-download'.",
        ),
        (
            json!({"method": direct, "all_stores": 5}),
            "400 'all_stores' must be boolean value only",
        ),
        (
            json!({"method": direct, "all_stores_must_succeed": "x"}),
            "400 'all_stores_must_succeed' must be boolean value only",
        ),
        (
            json!({"method": direct, "all_stores": true, "all_stores_must_succeed": false}),
            staged,
        ),
        (json!({"method": direct, "stores": ["default"]}), staged),
    ] {
        let response = import_with(member, &id, &body).await;
        assert_eq!(response.to_line(), line, "{body}");
    }
    let path = format!("/v2/images/{id}/import");
    let headers = [("Content-Type", "application/json")];
    let broken = member.send_body(Method::POST, &path, &headers, "{").await;
    assert_eq!(broken.to_line(), "400 Malformed JSON in request body.");
    assert_eq!(member.image(&id).await["status"], "queued");
}

#[tokio::test]
async fn the_methods_follow_from_the_configuration() {
    let allow = || vec!["https://example.org".parse().unwrap()];
    let both = TestApp::with(|config| config.import.allow = allow());
    let none = TestApp::with(|config| {
        config.import.allow = allow();
        config.store.url = String::from("sqlite:///nowhere/x.db").try_into().unwrap();
    });
    for (app, methods) in [
        (both, vec!["glance-direct", "web-download"]),
        (none, vec![]),
    ] {
        let info = app.reader().get("/v2/info/import").await.json();
        assert_eq!(info["import-methods"]["value"], json!(methods));
        let created = app.member().post(&json!({})).await;
        let header = created.header("openstack-image-import-methods");
        let expected = (!methods.is_empty()).then(|| methods.join(","));
        assert_eq!(header, expected.as_deref());
    }
}

#[tokio::test]
async fn there_is_one_store_to_import_to() {
    let app = TestApp::new();
    let stores = app.reader().get("/v2/info/stores").await.json();
    assert_eq!(
        stores,
        json!({"stores": [{"id": "default", "default": "true"}]})
    );
    let id = app.member().create(with_formats()).await;
    stage(app.member(), &id, "abc").await;
    for (stores, line) in [
        (json!(["nope"]), "409 Store for identifier nope not found"),
        (
            json!(["default", "nope"]),
            "409 Store for identifier nope not found",
        ),
        (json!("nope"), "409 Store for identifier nope not found"),
        (json!(["default"]), "202"),
    ] {
        let body = json!({"method": {"name": "glance-direct"}, "stores": stores});
        let response = import_with(app.member(), &id, &body).await;
        assert_eq!(response.to_line(), line);
    }
    let none = TestApp::with(|config| {
        config.store.url = String::from("sqlite:///nowhere/x.db").try_into().unwrap();
    });
    let response = none.reader().get("/v2/info/stores").await;
    assert_eq!(
        response.to_line(),
        "404 Multi backend is not supported at this site."
    );
}
