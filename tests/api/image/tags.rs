//! Setting and removing tags.

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;

use crate::support::{DEBIAN, TestApp, UBUNTU};

#[tokio::test]
async fn putting_a_tag_twice_sets_it_once() {
    let app = TestApp::new();
    let mut texts = Vec::new();
    for _ in 0..2 {
        let response = app.member().put_tag(DEBIAN, "tag1-1").await;
        texts.push(response.to_text());
    }
    assert_eq!(texts[0], texts[1]);
    assert_snapshot!(texts[0], @"
    204 No Content
    content-length: 0
    content-type: text/html; charset=UTF-8
    ");
    assert_eq!(app.member().tags(DEBIAN).await, ["tag1-1"]);
}

#[tokio::test]
async fn removing_a_tag_twice_is_404() {
    let app = TestApp::new();
    app.member().put_tag(UBUNTU, "miracle").await;
    assert_eq!(
        app.member().delete_tag(UBUNTU, "miracle").await.status,
        StatusCode::NO_CONTENT
    );
    let again = app.member().delete_tag(UBUNTU, "miracle").await;
    assert_snapshot!(again.to_text(), @"
    404 Not Found
    content-type: text/plain; charset=UTF-8

    404 Not Found

    The resource could not be found.
    ");
    assert_eq!(app.member().tags(UBUNTU).await, ["lts"]);
}

#[tokio::test]
async fn tags_are_sorted_by_code_point() {
    let app = TestApp::new();
    for tag in ["b", "é", "B", "%F0%9F%98%80", "a%20", "a", "%EF%BF%BD", "A"] {
        assert_eq!(
            app.member().put_tag(DEBIAN, tag).await.status,
            StatusCode::NO_CONTENT
        );
    }
    assert_eq!(
        app.member().tags(DEBIAN).await,
        ["A", "B", "a", "a ", "b", "é", "\u{fffd}", "😀"]
    );
}

#[tokio::test]
async fn the_quota_limits_new_tags_only() {
    let app = TestApp::with(|config| config.limits.tags_per_image = 2);
    for tag in ["a", "b"] {
        assert_eq!(
            app.member().put_tag(DEBIAN, tag).await.status,
            StatusCode::NO_CONTENT
        );
    }
    let member = app.member().put_tag(DEBIAN, "c").await.to_text();
    let admin = app.admin().put_tag(DEBIAN, "c").await.to_text();
    assert_eq!(member, admin);
    assert_snapshot!(member, @"
    413 Request Entity Too Large
    content-type: text/plain; charset=UTF-8

    413 Request Entity Too Large

    Image tag limit exceeded for image 82c96579-ba53-4a84-a69a-716382fe0293: The limit has been exceeded on the number of allowed image tags. Attempted: 3, Maximum: 2:
    ");
    assert_eq!(
        app.member().put_tag(DEBIAN, "a").await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        app.member().delete_tag(DEBIAN, "a").await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        app.member().put_tag(DEBIAN, "c").await.status,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn a_negative_quota_is_no_limit() {
    let app = TestApp::with(|config| config.limits.tags_per_image = -1);
    for number in 0..200 {
        assert_eq!(
            app.member()
                .put_tag(DEBIAN, &format!("t{number}"))
                .await
                .status,
            StatusCode::NO_CONTENT
        );
    }
}

#[tokio::test]
async fn only_a_change_updates_updated_at() {
    let app = TestApp::new();
    let updated_at = async || {
        app.store
            .image(DEBIAN.parse().unwrap())
            .await
            .unwrap()
            .unwrap()
            .updated_at()
    };
    let before = updated_at().await;
    app.member().put_tag(DEBIAN, "x").await;
    let set = updated_at().await;
    assert!(set > before);
    app.member().put_tag(DEBIAN, "x").await;
    app.member().delete_tag(DEBIAN, "absent").await;
    assert_eq!(updated_at().await, set);
    app.member().delete_tag(DEBIAN, "x").await;
    assert!(updated_at().await > set);
}

#[tokio::test]
async fn a_tag_that_the_image_has_is_204_and_another_404() {
    let app = TestApp::new();
    app.member().put_tag(DEBIAN, "a%2Fb").await;
    let show = async |method: Method, tag: &str| {
        let path = format!("/v2/images/{DEBIAN}/tags/{tag}");
        app.reader().send(method, &path, &[]).await
    };
    for method in [Method::GET, Method::HEAD] {
        let present = show(method.clone(), "a%2fb").await;
        assert_eq!(
            (present.status, &*present.body),
            (StatusCode::NO_CONTENT, "")
        );
        for absent in ["a", "A%2FB", &"x".repeat(256)] {
            let response = show(method.clone(), absent).await;
            assert_eq!(response.status, StatusCode::NOT_FOUND, "{absent}");
        }
        assert_eq!(show(method, "a%00b").await.status, StatusCode::BAD_REQUEST);
    }
    assert_snapshot!(show(Method::GET, "a").await.to_text(), @"
    404 Not Found
    content-type: text/plain; charset=UTF-8

    404 Not Found

    The resource could not be found.
    ");
    assert_snapshot!(show(Method::HEAD, "a").await.to_text(), @"
    404 Not Found
    content-length: 0
    content-type: text/html; charset=UTF-8
    ");
}

#[tokio::test]
async fn other_methods_are_405_with_the_allowed_ones() {
    let app = TestApp::new();
    let path = format!("/v2/images/{DEBIAN}/tags/x");
    for method in ["POST", "PATCH", "TRACE", "FOO", "put", "get"] {
        let response = app.member().send(method.parse().unwrap(), &path, &[]).await;
        assert_eq!(response.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        let allowed = response.header("allow");
        assert_eq!(allowed, Some("GET, HEAD, PUT, DELETE"), "{method}");
    }
    let options = app.anon().send(Method::OPTIONS, &path, &[]).await;
    assert_snapshot!(options.to_text(), @"
    200 OK
    content-length: 0
    ");
}
