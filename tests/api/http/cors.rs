//! Pages of other origins, as with the CORS filter of oslo.middleware.

use axum::http::Method;
use insta::assert_snapshot;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{DEBIAN, Response, TestApp};

const ORIGIN: (&str, &str) = ("Origin", "https://horizon.example.com");

/// The service that allows pages of these origins.
fn allowing(origins: &[&str]) -> TestApp {
    TestApp::with(|config| {
        config.cors.allowed_origins = origins.iter().map(ToString::to_string).collect();
    })
}

/// What a response says of the origin of its request.
fn said(response: &Response) -> Vec<String> {
    let names = ["vary", "access-control-"];
    let is_about_origin = |name: &str| names.iter().any(|start| name.starts_with(start));
    let headers = response.headers.iter();
    let mut said: Vec<_> = headers
        .filter(|(name, _)| is_about_origin(name.as_str()))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    said.sort();
    said
}

async fn preflight(app: &TestApp, origin: &str) -> Response {
    let path = format!("/v2/images/{DEBIAN}/tags/x");
    let headers = [
        ("Origin", origin),
        ("Access-Control-Request-Method", "PUT"),
        ("Access-Control-Request-Headers", "x-auth-token"),
    ];
    app.anon().send(Method::OPTIONS, &path, &headers).await
}

#[tokio::test]
async fn a_preflight_of_an_allowed_origin_needs_no_token() {
    let app = allowing(&["https://other.example.com", ORIGIN.1]);
    assert_snapshot!(preflight(&app, ORIGIN.1).await.to_text(), @"
    200 OK
    access-control-allow-headers: Accept,Accept-Language,Content-Type,Cache-Control,Content-Language,Expires,Last-Modified,Pragma,Content-MD5,X-Image-Meta-Checksum,X-Storage-Token,Accept-Encoding,X-Auth-Token,X-Identity-Status,X-Roles,X-Service-Catalog,X-User-Id,X-Tenant-Id,X-OpenStack-Request-ID,If-Match,If-None-Match,Range,X-Subject-Token
    access-control-allow-methods: GET,PUT,POST,DELETE,PATCH,HEAD
    access-control-allow-origin: https://horizon.example.com
    access-control-max-age: 3600
    content-length: 0
    vary: Origin
    ");
}

#[tokio::test]
async fn every_response_to_an_allowed_origin_says_so() {
    let app = allowing(&[ORIGIN.1]);
    let image = format!("/v2/images/{DEBIAN}");
    let shown = app.member().send(Method::GET, &image, &[ORIGIN]).await;
    assert_snapshot!(said(&shown).join("\n"), @"
    access-control-allow-origin: https://horizon.example.com
    access-control-expose-headers: X-Image-Meta-Checksum,X-Auth-Token,X-Subject-Token,X-Service-Token,X-OpenStack-Request-ID,ETag,Location,Content-Location,Content-Range,Content-MD5,Retry-After,OpenStack-image-import-methods
    vary: Origin
    ");
    let expected = said(&shown);
    for (response, status) in [
        (app.anon().send(Method::GET, &image, &[ORIGIN]).await, 401),
        (
            app.member().send(Method::GET, "/v2/nope", &[ORIGIN]).await,
            404,
        ),
        (app.anon().send(Method::GET, "/livez", &[ORIGIN]).await, 200),
        (
            app.anon().send(Method::GET, "/versions", &[ORIGIN]).await,
            200,
        ),
        (
            app.anon().send(Method::OPTIONS, &image, &[ORIGIN]).await,
            200,
        ),
    ] {
        assert_eq!(response.status, status);
        assert_eq!(said(&response), expected);
    }
}

#[tokio::test]
async fn other_origins_and_requests_without_one_are_told_nothing_but_that_it_varies() {
    let app = allowing(&[ORIGIN.1]);
    let vary = ["vary: Origin"];
    for origin in [
        "http://horizon.example.com",
        "https://horizon.example.com.evil.example",
        "null",
        "*",
    ] {
        assert_eq!(said(&preflight(&app, origin).await), vary, "{origin}");
        let headers = [("Origin", origin)];
        let response = app.member().send(Method::GET, "/v2/images", &headers).await;
        assert_eq!(
            (response.status.as_u16(), said(&response)),
            (200, vary.map(Into::into).into())
        );
    }
    assert_eq!(said(&app.member().get("/v2/images").await), vary);
}

#[tokio::test]
async fn any_origin_may_be_allowed_and_credentials_too() {
    let app = allowing(&["*"]);
    let response = preflight(&app, "null").await;
    let allowed = "access-control-allow-origin";
    assert_eq!(response.header(allowed), Some("*"));
    assert_eq!(response.header("access-control-allow-credentials"), None);

    let app = TestApp::with(|config| {
        config.cors.allowed_origins = vec![ORIGIN.1.to_owned()];
        config.cors.allow_credentials = true;
        config.cors.max_age = std::time::Duration::from_mins(1);
    });
    let response = preflight(&app, ORIGIN.1).await;
    assert_eq!(response.header(allowed), Some(ORIGIN.1));
    assert_eq!(
        response.header("access-control-allow-credentials"),
        Some("true")
    );
    assert_eq!(response.header("access-control-max-age"), Some("60"));
}

#[tokio::test]
async fn without_configuration_no_response_knows_of_origins() {
    let app = TestApp::new();
    assert_eq!(said(&preflight(&app, ORIGIN.1).await), Vec::<String>::new());
    let response = app
        .member()
        .send(Method::GET, "/v2/images", &[ORIGIN])
        .await;
    assert_eq!(said(&response), Vec::<String>::new());
}

#[tokio::test]
async fn before_a_glance_the_service_answers_preflights_and_leaves_what_glance_says() {
    let glance = MockServer::start().await;
    let answer = ResponseTemplate::new(200).insert_header("Access-Control-Allow-Origin", "*");
    Mock::given(method("GET"))
        .respond_with(answer)
        .mount(&glance)
        .await;
    let app = TestApp::with(|config| {
        config.cors.allowed_origins = vec![ORIGIN.1.to_owned()];
        config.glance.upstream = glance.uri();
    });
    let path = format!("/v2/images/{DEBIAN}");
    let headers = [ORIGIN, ("Access-Control-Request-Method", "GET")];
    let response = app.anon().send(Method::OPTIONS, &path, &headers).await;
    let allowed = "access-control-allow-origin";
    assert_eq!(
        (response.status.as_u16(), response.header(allowed)),
        (200, Some(ORIGIN.1))
    );
    let response = app.member().send(Method::GET, &path, &[ORIGIN]).await;
    assert_eq!(said(&response), ["access-control-allow-origin: *"]);
    // Other requests of this method are Glance's.
    let response = app.anon().send(Method::OPTIONS, &path, &[ORIGIN]).await;
    assert_eq!(response.status, 404);
}
