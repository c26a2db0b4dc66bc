//! Which texts are tags, and how a path carries them.

use axum::http::StatusCode;
use insta::assert_snapshot;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use crate::support::{DEBIAN, TestApp};

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
    let mut refusals = Vec::new();
    for (encoded, character) in [("a", "a"), ("%C3%A9", "é"), ("%F0%9F%98%80", "😀")] {
        let longest = app.member().put_tag(DEBIAN, &encoded.repeat(255)).await;
        assert_eq!(longest.status, StatusCode::NO_CONTENT);
        let too_long = app.member().put_tag(DEBIAN, &encoded.repeat(256)).await;
        let line = too_long.to_line();
        refusals.push(line.replace(&character.repeat(256), &format!("256 x {character}")));
        let deleted = app.member().delete_tag(DEBIAN, &encoded.repeat(256)).await;
        assert_eq!(deleted.status, StatusCode::NOT_FOUND);
    }
    assert_snapshot!(refusals.join("\n"), @"
    400 Provided object does not match schema 'image': '256 x a' is too long  Failed validating 'maxLength' in schema['properties']['tags']['items']:     {'type': 'string', 'maxLength': 255}  On instance['tags'][0]:     '256 x a'
    400 Provided object does not match schema 'image': '256 x é' is too long  Failed validating 'maxLength' in schema['properties']['tags']['items']:     {'type': 'string', 'maxLength': 255}  On instance['tags'][0]:     '256 x é'
    400 Provided object does not match schema 'image': '256 x 😀' is too long  Failed validating 'maxLength' in schema['properties']['tags']['items']:     {'type': 'string', 'maxLength': 255}  On instance['tags'][0]:     '256 x 😀'
    ");
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
    let put = app.member().put_tag(DEBIAN, "a%00b").await.to_text();
    let delete = app.member().delete_tag(DEBIAN, "a%00b").await.to_text();
    assert_eq!(put, delete);
    assert_snapshot!(put, @"
    400 Bad Request
    content-type: text/plain; charset=UTF-8

    400 Bad Request

    A tag cannot contain the NUL character.
    ");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_without_nul_percent_encoded_comes_back_as_the_tag(text in "[^\0]{1,255}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let app = TestApp::new();
            let encoded = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
            let added = app.member().put_tag(DEBIAN, &encoded).await;
            assert_eq!(added.status, StatusCode::NO_CONTENT);
            assert_eq!(app.member().tags(DEBIAN).await, std::slice::from_ref(&text));
            let deleted = app.member().delete_tag(DEBIAN, &encoded).await;
            assert_eq!(deleted.status, StatusCode::NO_CONTENT);
        });
    }
}
