//! Tagging and untagging.

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use crate::support::{DEBIAN, TestApp, UBUNTU};

#[tokio::test]
async fn a_tag_is_set_once_however_often_it_is_put() {
    let app = TestApp::new();
    for _ in 0..2 {
        let answer = app.member().put_tag(DEBIAN, "tag1-1").await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=UTF-8")
        );
        assert_eq!(answer.body, "");
    }
    assert_eq!(app.member().tags(DEBIAN).await, ["tag1-1"]);
}

#[tokio::test]
async fn a_tag_is_removed_once() {
    let app = TestApp::new();
    app.member().put_tag(UBUNTU, "miracle").await;
    assert_eq!(
        app.member().delete_tag(UBUNTU, "miracle").await.status,
        StatusCode::NO_CONTENT
    );
    let again = app.member().delete_tag(UBUNTU, "miracle").await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    assert_eq!(again.explanation(), "The resource could not be found.");
    assert_eq!(app.member().tags(UBUNTU).await, ["lts"]);
}

#[tokio::test]
async fn the_page_of_the_404_is_the_one_of_the_api_document() {
    let app = TestApp::new();
    let answer = app
        .member()
        .send(
            Method::PUT,
            &format!("/v2/images/{DEBIAN}/tags/"),
            &[("Accept", "*/*")],
        )
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=UTF-8")
    );
    assert_eq!(answer.body.len(), 154);
    assert_snapshot!(answer.body, @r"
    <html>
     <head>
      <title>404 Not Found</title>
     </head>
     <body>
      <h1>404 Not Found</h1>
      The resource could not be found.<br /><br />



     </body>
    </html>
    ");
}

#[tokio::test]
async fn tags_are_shown_in_the_order_of_their_code_points() {
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
async fn a_slash_in_a_tag_is_part_of_it() {
    let app = TestApp::new();
    assert_eq!(
        app.member()
            .put_tag(DEBIAN, "sys.cidr=10.0.0.0%2F18")
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(app.member().tags(DEBIAN).await, ["sys.cidr=10.0.0.0/18"]);
    assert_eq!(
        app.member()
            .delete_tag(DEBIAN, "sys.cidr=10.0.0.0%2f18")
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        app.member().put_tag(DEBIAN, "a/b").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_tag_of_255_characters_is_set_and_one_of_256_is_not() {
    let app = TestApp::new();
    for character in ["a", "%C3%A9", "%F0%9F%98%80"] {
        assert_eq!(
            app.member()
                .put_tag(DEBIAN, &character.repeat(255))
                .await
                .status,
            StatusCode::NO_CONTENT
        );
        let too_long = app.member().put_tag(DEBIAN, &character.repeat(256)).await;
        assert_eq!(too_long.status, StatusCode::BAD_REQUEST);
        assert!(too_long.explanation().contains("is too long"));
        assert_eq!(
            app.member()
                .delete_tag(DEBIAN, &character.repeat(256))
                .await
                .status,
            StatusCode::NOT_FOUND
        );
    }
    assert_eq!(app.member().tags(DEBIAN).await.len(), 3);
}

#[tokio::test]
async fn a_path_that_cannot_be_decoded_is_400_and_changes_nothing() {
    let app = TestApp::new();
    for tag in ["%", "a%2", "a%zz", "%FF", "%C0%AF", "%ED%A0%80"] {
        assert_eq!(
            app.member().put_tag(DEBIAN, tag).await.status,
            StatusCode::BAD_REQUEST,
            "{tag}"
        );
        assert_eq!(
            app.member().delete_tag(DEBIAN, tag).await.status,
            StatusCode::BAD_REQUEST,
            "{tag}"
        );
        assert_eq!(
            app.member().put_tag(tag, "x").await.status,
            StatusCode::BAD_REQUEST,
            "{tag}"
        );
    }
    assert_eq!(app.member().tags(DEBIAN).await, [""; 0]);
}

#[tokio::test]
async fn a_nul_is_400_on_put_and_delete() {
    let app = TestApp::new();
    for answer in [
        app.member().put_tag(DEBIAN, "a%00b").await,
        app.member().delete_tag(DEBIAN, "a%00b").await,
    ] {
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(
            answer.explanation(),
            "A tag cannot contain the NUL character."
        );
    }
}

#[tokio::test]
async fn the_quota_holds_for_new_tags_only() {
    let app = TestApp::with(|config| config.limits.tags_per_image = 2);
    for tag in ["a", "b"] {
        assert_eq!(
            app.member().put_tag(DEBIAN, tag).await.status,
            StatusCode::NO_CONTENT
        );
    }
    for client in [app.member(), app.admin()] {
        let answer = client.put_tag(DEBIAN, "c").await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(
            answer.explanation(),
            format!(
                "Image tag limit exceeded for image {DEBIAN}: The limit has been exceeded on the number of allowed \
                 image tags. Attempted: 3, Maximum: 2:"
            )
        );
    }
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
async fn a_negative_quota_is_none() {
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
async fn only_a_change_moves_updated_at() {
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
async fn what_a_client_sent_is_escaped_in_html() {
    let app = TestApp::new();
    let path = format!(
        "/v2/images/{}/tags/x",
        "%3Cscript%3Ealert(%22%27%26%29%3C%2Fscript%3E%C3%A9"
    );
    let answer = app
        .member()
        .send(Method::PUT, &path, &[("Accept", "text/html")])
        .await;
    assert_snapshot!(answer.body.lines().nth(6).unwrap(), @"  Image &lt;script&gt;alert(&quot;&#x27;&amp;)&lt;/script&gt;&#233; not found.<br /><br />");
}

#[tokio::test]
async fn other_methods_are_405_with_what_is_allowed() {
    let app = TestApp::new();
    let path = format!("/v2/images/{DEBIAN}/tags/x");
    for method in ["GET", "POST", "PATCH", "HEAD", "TRACE", "FOO", "put"] {
        let answer = app.member().send(method.parse().unwrap(), &path, &[]).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(answer.header("allow"), Some("PUT, DELETE"), "{method}");
    }
    let options = app.anon().send(Method::OPTIONS, &path, &[]).await;
    assert_eq!(
        (options.status, options.header("content-length")),
        (StatusCode::OK, Some("0"))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_without_nul_percent_encoded_comes_back_as_the_tag(text in "[^\0]{1,255}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let app = TestApp::new();
            let encoded = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
            assert_eq!(app.member().put_tag(DEBIAN, &encoded).await.status, StatusCode::NO_CONTENT);
            assert_eq!(app.member().tags(DEBIAN).await, std::slice::from_ref(&text));
            assert_eq!(app.member().delete_tag(DEBIAN, &encoded).await.status, StatusCode::NO_CONTENT);
        });
    }
}
