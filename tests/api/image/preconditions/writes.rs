//! Writes that are meant for one state of an image.

use axum::http::{Method, StatusCode};
use image_tags::image::Image;
use insta::assert_snapshot;
use serde_json::json;

use super::calls::{WRITES, current};
use crate::support::{DEBIAN, TestApp, UBUNTU};

async fn stored(app: &TestApp, id: &str) -> Option<Image> {
    let image = app.store.image(id.parse().unwrap()).await.unwrap();
    image.map(|image| (*image).clone())
}

#[tokio::test]
async fn a_write_for_another_state_is_412_and_changes_nothing() {
    for write in WRITES {
        let app = TestApp::new();
        let stale = current(&app, UBUNTU).await;
        app.member().put_tag(UBUNTU, "other").await;
        let fresh = current(&app, UBUNTU).await;
        let (before, weak) = (stored(&app, UBUNTU).await, format!("W/{fresh}"));
        for header in [
            ("If-Match", &*stale),
            ("If-Match", "\"x\", W/\"y\""),
            ("If-None-Match", &*fresh),
            ("If-None-Match", &*weak),
        ] {
            for client in [app.member(), app.admin()] {
                let response = write.send(client, UBUNTU, &[header]).await;
                assert_eq!(response.status.as_u16(), 412, "{write:?} {header:?}");
            }
            assert_eq!(stored(&app, UBUNTU).await, before, "{write:?} {header:?}");
        }
    }
}

#[tokio::test]
async fn a_write_for_the_state_of_the_image_is_made() {
    for write in WRITES {
        for weak in ["", "W/"] {
            let app = TestApp::new();
            let stale = current(&app, UBUNTU).await;
            app.member().put_tag(UBUNTU, "other").await;
            let fresh = current(&app, UBUNTU).await;
            let before = stored(&app, UBUNTU).await;
            let one_of = format!("{weak}{stale}, {weak}{fresh}");
            let headers = [("If-Match", &*one_of), ("If-None-Match", &*stale)];
            let response = write.send(app.member(), UBUNTU, &headers).await;
            assert_eq!(response.status.as_u16(), write.success(), "{write:?}");
            assert_ne!(stored(&app, UBUNTU).await, before, "{write:?}");
        }
    }
}

#[tokio::test]
async fn a_star_names_what_exists() {
    for write in WRITES {
        // A PUT of a tag is for the tag, which the image does not have yet.
        let is_new = (write.method, write.below) == ("PUT", "/tags/new");
        for (name, is_met) in [("If-Match", !is_new), ("If-None-Match", is_new)] {
            let app = TestApp::new();
            let response = write.send(app.member(), UBUNTU, &[(name, "*")]).await;
            let expected = if is_met { write.success() } else { 412 };
            assert_eq!(response.status.as_u16(), expected, "{write:?} {name}");
        }
    }
    let app = TestApp::new();
    let path = format!("/v2/images/{UBUNTU}/tags/lts");
    for (name, status) in [("If-Match", 204), ("If-None-Match", 412)] {
        let again = app.member().send(Method::PUT, &path, &[(name, "*")]).await;
        assert_eq!(again.status.as_u16(), status);
    }
}

#[tokio::test]
async fn what_the_caller_may_not_do_is_refused_before_the_preconditions() {
    let app = TestApp::new();
    let fresh = current(&app, UBUNTU).await;
    for write in WRITES {
        for header in [
            ("If-Match", "\"x\""),
            ("If-Match", &*fresh),
            ("If-None-Match", "*"),
            ("If-None-Match", &*fresh),
        ] {
            let status = async |client, image| {
                let response = write.send(client, image, &[header]).await;
                response.status.as_u16()
            };
            assert_eq!(status(app.anon(), UBUNTU).await, 401, "{write:?}");
            assert_eq!(status(app.reader(), UBUNTU).await, 403, "{write:?}");
            assert_eq!(status(app.stranger(), UBUNTU).await, 403, "{write:?}");
            assert_eq!(status(app.stranger(), DEBIAN).await, 404, "{write:?}");
            assert_eq!(status(app.member(), "no-id").await, 404, "{write:?}");
        }
    }
    assert_eq!(current(&app, UBUNTU).await, fresh);
}

#[tokio::test]
async fn what_a_rule_of_tags_forbids_is_refused_before_the_preconditions() {
    let rules = r#"
        [[rules]]
        pattern = "new"
        add_roles = ["admin"]
        [[rules]]
        pattern = "lts"
        immutable = true
    "#;
    let app = TestApp::with(|config| config.tags = toml::from_str(rules).unwrap());
    for write in WRITES {
        for header in [("If-Match", "\"x\""), ("If-None-Match", "*")] {
            let by_member = write.send(app.member(), UBUNTU, &[header]).await;
            assert_eq!(by_member.status, StatusCode::FORBIDDEN, "{write:?}");
        }
        let by_admin = write
            .send(app.admin(), UBUNTU, &[("If-Match", "\"x\"")])
            .await;
        assert_eq!(
            by_admin.status,
            StatusCode::PRECONDITION_FAILED,
            "{write:?}"
        );
    }
    assert_eq!(app.member().tags(UBUNTU).await, ["lts"]);
}

#[tokio::test]
async fn a_refusal_that_every_state_has_comes_first_and_one_of_the_content_last() {
    let app = TestApp::with(|config| config.limits.tags_per_image = 1);
    let stale = [("If-Match", "\"x\"")];
    let protected = app.member().create(json!({"protected": true})).await;
    let mut lines = Vec::new();
    for (method, path, body) in [
        (Method::DELETE, "/tags/absent", ""),
        (Method::DELETE, "", ""),
        (Method::PUT, "/tags", r#"{"tags": ["a", "b"]}"#),
        (
            Method::PATCH,
            "",
            r#"[{"op": "replace", "path": "/visibility", "value": "public"}]"#,
        ),
        (Method::PATCH, "", r#"[{"op": "remove", "path": "/x"}]"#),
        (Method::PATCH, "", "[]"),
    ] {
        let headers = [stale[0], ("Content-Type", super::calls::PATCH_TYPE)];
        let headers = if method == Method::PATCH {
            &headers[..]
        } else {
            &stale
        };
        let path = format!("/v2/images/{protected}{path}");
        let response = app
            .member()
            .send_body(method.clone(), &path, headers, body)
            .await;
        lines.push(format!("{method} {body} → {}", response.to_line()).replace(&protected, "ID"));
    }
    assert_snapshot!(lines.join("\n"), @r#"
    DELETE  → 404 The resource could not be found.
    DELETE  → 403 Image ID is protected and cannot be deleted.
    PUT {"tags": ["a", "b"]} → 412 A precondition of the request does not hold: If-Match or If-None-Match.
    PATCH [{"op": "replace", "path": "/visibility", "value": "public"}] → 403 You are not authorized to complete publicize_image action.
    PATCH [{"op": "remove", "path": "/x"}] → 412 A precondition of the request does not hold: If-Match or If-None-Match.
    PATCH [] → 412 A precondition of the request does not hold: If-Match or If-None-Match.
    "#);
}

#[tokio::test]
async fn a_412_has_the_body_that_the_client_accepts() {
    let app = TestApp::new();
    let path = format!("/v2/images/{DEBIAN}/tags/x");
    let put = async |accept: &str| {
        let headers = [("If-Match", "\"x\""), ("Accept", accept)];
        app.member().send(Method::PUT, &path, &headers).await
    };
    assert_snapshot!(put("application/json").await.to_text(), @r#"
    412 Precondition Failed
    content-type: application/json

    {"message":"A precondition of the request does not hold: If-Match or If-None-Match.","code":"412 Precondition Failed","title":"Precondition Failed"}
    "#);
    assert_snapshot!(put("text/plain").await.to_text(), @"
    412 Precondition Failed
    content-type: text/plain; charset=UTF-8

    412 Precondition Failed

    A precondition of the request does not hold: If-Match or If-None-Match.
    ");
    let html = put("*/*").await;
    assert_eq!(
        html.header("content-type"),
        Some("text/html; charset=UTF-8")
    );
    assert_eq!(html.status, StatusCode::PRECONDITION_FAILED);
}
