//! Error bodies: plain text, HTML or JSON, as the client accepts.

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;
use serde_json::json;

use crate::support::{DEBIAN, TestApp};

#[tokio::test]
async fn an_error_has_the_media_type_that_the_client_accepts() {
    let app = TestApp::new();
    let path = format!("/v2/images/{DEBIAN}/tags/absent");
    let delete = async |accept: &str| {
        app.member()
            .send(Method::DELETE, &path, &[("Accept", accept)])
            .await
    };
    assert_snapshot!(delete("application/json").await.to_text(), @r#"
    404 Not Found
    content-type: application/json

    {"message":"The resource could not be found.","code":"404 Not Found","title":"Not Found"}
    "#);
    assert_snapshot!(delete("").await.to_text(), @"
    404 Not Found
    content-type: text/plain; charset=UTF-8

    404 Not Found

    The resource could not be found.
    ");
    assert_eq!(
        delete("").await.body,
        "404 Not Found\n\nThe resource could not be found.\n\n   "
    );
    assert_snapshot!(delete("*/*").await.to_text(), @"
    404 Not Found
    content-type: text/html; charset=UTF-8

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
async fn an_error_to_head_has_the_type_of_html_and_no_body() {
    let path = format!("/v2/images/{DEBIAN}");
    let headers = [("Accept", "application/json")];
    let response = TestApp::new()
        .member()
        .send(Method::HEAD, &path, &headers)
        .await;
    assert_snapshot!(response.to_text(), @"
    405 Method Not Allowed
    allow: GET, PATCH, DELETE
    content-length: 0
    content-type: text/html; charset=UTF-8
    ");
}

#[tokio::test]
async fn a_401_has_the_text_of_glance_and_names_keystone() {
    let response = TestApp::new().anon().get("/v2/images").await;
    assert_snapshot!(response.to_text(), @r#"
    401 Unauthorized
    content-type: text/plain; charset=UTF-8
    www-authenticate: Keystone uri="http://127.0.0.1:9292/identity"

    401 Unauthorized

    This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.
    "#);
}

#[tokio::test]
async fn the_html_of_a_404_is_that_of_the_api_document() {
    let app = TestApp::new();
    let response = app
        .member()
        .send(
            Method::PUT,
            &format!("/v2/images/{DEBIAN}/tags/"),
            &[("Accept", "*/*")],
        )
        .await;
    assert_eq!(response.body.len(), 154);
    assert_snapshot!(response.to_text(), @"
    404 Not Found
    content-type: text/html; charset=UTF-8

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
async fn html_escapes_what_the_client_sent() {
    let app = TestApp::new();
    let path = format!(
        "/v2/images/{}/tags/x",
        "%3Cscript%3Ealert(%22%27%26%29%3C%2Fscript%3E%C3%A9"
    );
    let response = app
        .member()
        .send(Method::PUT, &path, &[("Accept", "text/html")])
        .await;
    assert_snapshot!(response.body.lines().nth(6).unwrap(), @"  Image &lt;script&gt;alert(&quot;&#x27;&amp;)&lt;/script&gt;&#233; not found.<br /><br />");
}

#[tokio::test]
async fn an_error_quotes_only_a_part_of_a_long_text() {
    let app = TestApp::new();
    let headers = [
        ("Accept", "text/html"),
        ("Content-Type", "application/json"),
    ];
    let body = json!({"name": "'".repeat(500_000)}).to_string();
    let response = app
        .member()
        .send_body(Method::POST, "/v2/images", &headers, body)
        .await;
    assert_eq!(response.status, StatusCode::BAD_REQUEST);
    assert!(
        response.body.contains("&#x27;&#x27;") && response.body.len() < 50_000,
        "{}",
        response.body.len()
    );
}
