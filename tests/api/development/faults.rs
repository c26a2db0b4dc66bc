//! Which requests fail or wait on purpose, and how.

use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{FAULTS, add, app, app_with, everything, outcome, post};
use crate::support::log::Log;
use crate::support::{DEBIAN, UBUNTU};

#[tokio::test]
async fn the_error_has_the_form_that_the_client_prefers_and_a_mark() {
    let app = app();
    let id = add(&app, &json!({"status": 409, "method": "PUT"})).await;
    let path = format!("/v2/images/{DEBIAN}/tags/x");
    let headers = [("Accept", "application/json")];
    let response = app.member().send(Method::PUT, &path, &headers).await;
    assert_eq!(response.status, StatusCode::CONFLICT);
    assert_eq!(
        response.json(),
        json!({
            "message": format!("This error was injected by the fault {id}."),
            "code": "409 Conflict",
            "title": "Conflict",
        })
    );
    assert_eq!(
        response.header("x-image-tags-fault"),
        Some(&*id.to_string())
    );
    assert!(response.header("x-openstack-request-id").is_some());
    let page = app
        .member()
        .send(Method::PUT, &path, &[("Accept", "*/*")])
        .await;
    assert!(
        page.body
            .starts_with("<html>\n <head>\n  <title>409 Conflict</title>")
    );
    // Nothing was done, and another method is not chosen.
    assert_eq!(app.member().tags(DEBIAN).await, [""; 0]);
}

#[tokio::test]
async fn an_injected_5xx_is_logged_as_one() {
    let app = app();
    add(&app, &everything()).await;
    let log = Log::start();
    outcome(&app, "/v2/images").await;
    let line = &log.requests()[0];
    assert_eq!(
        (&line["status"], &line["level"]),
        (&503.into(), &"ERROR".into())
    );
    assert_eq!(line["cause"], "the error was injected by the fault 1");
}

#[tokio::test]
async fn a_path_is_a_glob_below_the_version() {
    let app = app_with(|config| config.server.path_prefix = "/image".to_owned());
    let path = format!("/v2/images/{DEBIAN}*");
    let id = add(&app, &json!({"status": 500, "path": path})).await;
    for path in [
        format!("/v2/images/{DEBIAN}"),
        format!("/v2.7/images/{DEBIAN}/tags"),
        format!("//images/{DEBIAN}/file"),
        format!("/image/v2/images/{DEBIAN}"),
    ] {
        assert_eq!(outcome(&app, &path).await, (500, Some(id)), "{path}");
    }
    let other = format!("/v2/images/{UBUNTU}");
    assert_eq!(outcome(&app, &other).await, (200, None));
    let versions = add(&app, &json!({"status": 500, "path": "/versions"})).await;
    let choice = add(&app, &json!({"status": 500, "path": "/"})).await;
    for (path, id) in [
        ("/versions", versions),
        ("//image//versions", versions),
        ("/", choice),
        ("/image", choice),
        ("/image/", choice),
    ] {
        assert_eq!(outcome(&app, path).await, (500, Some(id)), "{path}");
    }
}

#[tokio::test]
async fn the_wait_takes_nothing_of_the_time_that_a_request_has() {
    let app = app_with(|config| config.server.request_timeout = Duration::from_millis(500));
    let id = add(&app, &json!({"latency_ms": 1000, "method": "put"})).await;
    let response = app.member().put_tag(DEBIAN, "x").await;
    assert_eq!(response.status, StatusCode::NO_CONTENT);
    assert_eq!(
        response.header("x-image-tags-fault"),
        Some(&*id.to_string())
    );
}

#[tokio::test]
async fn an_error_has_the_headers_that_its_status_requires() {
    let app = app();
    for (fault, name, value) in [
        (json!({"status": 429}), "retry-after", "1"),
        (json!({"status": 503}), "retry-after", "1"),
        (json!({"status": 429, "retry_after": 7}), "retry-after", "7"),
        (json!({"status": 503, "retry_after": 0}), "retry-after", "0"),
        (
            json!({"status": 401}),
            "www-authenticate",
            "Keystone uri=\"http://127.0.0.1:9292/identity\"",
        ),
        (
            json!({"status": 405}),
            "allow",
            "HEAD, PUT, POST, PATCH, DELETE",
        ),
    ] {
        add(&app, &fault).await;
        let response = app.member().get("/v2/images").await;
        assert_eq!(response.status.as_u16(), fault["status"], "{fault}");
        assert_eq!(response.header(name), Some(value), "{fault}");
        app.admin().send(Method::DELETE, FAULTS, &[]).await;
    }
}

#[tokio::test]
async fn a_page_may_read_the_mark_and_its_preflights_are_answered() {
    let app = app_with(|config| config.cors.allowed_origins = vec!["*".to_owned()]);
    add(&app, &everything()).await;
    let origin = ("Origin", "https://horizon.example.com");
    let asks = ("Access-Control-Request-Method", "GET");
    let preflight = [origin, asks];
    let client = app.member();
    let response = client.send(Method::OPTIONS, "/v2/images", &preflight).await;
    assert_eq!(response.status, StatusCode::OK);
    let response = client.send(Method::GET, "/v2/images", &[origin]).await;
    assert_eq!(response.status, StatusCode::SERVICE_UNAVAILABLE);
    let exposed = response.header("access-control-expose-headers").unwrap();
    assert!(exposed.ends_with(",x-image-tags-fault"), "{exposed}");
}

#[tokio::test]
async fn a_request_that_only_waits_is_answered_as_ever() {
    let app = app();
    let wait = json!({"latency_ms": 150, "path": "/v2/images/*"});
    let id = add(&app, &wait).await;
    let start = Instant::now();
    let path = format!("/v2/images/{DEBIAN}");
    assert_eq!(outcome(&app, &path).await, (200, Some(id)));
    assert_eq!(outcome(&app, "/v2/images/nope").await, (404, Some(id)));
    assert!(start.elapsed() >= Duration::from_millis(300));
    let both = json!({"latency_ms": 150, "status": 504, "path": "/v2/schemas/*"});
    let id = add(&app, &both).await;
    let start = Instant::now();
    assert_eq!(outcome(&app, "/v2/schemas/image").await, (504, Some(id)));
    assert!(start.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn after_so_many_times_a_fault_is_over_and_the_list_counts_them() {
    let app = app();
    let first = add(&app, &json!({"status": 503, "times": 2})).await;
    let second = add(&app, &json!({"status": 429, "times": 1, "seed": 7})).await;
    let outcomes = [
        outcome(&app, "/v2/images").await,
        outcome(&app, "/v2/images").await,
        outcome(&app, "/v2/images").await,
        outcome(&app, "/v2/images").await,
    ];
    let expected = [
        (503, Some(first)),
        (503, Some(first)),
        (429, Some(second)),
        (200, None),
    ];
    assert_eq!(outcomes, expected);
    let fault = |id, injected, status, times, seed| {
        json!({
            "id": id, "injected": injected, "status": status, "latency_ms": 0,
            "probability": 1.0, "times": times, "seed": seed,
        })
    };
    let list = app.admin().get(FAULTS).await.json();
    assert_eq!(
        list,
        json!({"faults": [fault(first, 2, 503, 2, 0), fault(second, 1, 429, 1, 7)]})
    );
    let one = format!("{FAULTS}/{first}");
    let gone = app.admin().send(Method::DELETE, &one, &[]).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let list = app.admin().get(FAULTS).await.json();
    assert_eq!(list, json!({"faults": [fault(second, 1, 429, 1, 7)]}));
}

#[tokio::test]
async fn a_probability_repeats_with_its_seed() {
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let app = app();
        add(
            &app,
            &json!({"status": 500, "probability": 0.5, "seed": seed}),
        )
        .await;
        let mut run = Vec::new();
        for _ in 0..40 {
            run.push(outcome(&app, "/v2/schemas/image").await.0);
        }
        assert!(run.contains(&200) && run.contains(&500), "{run:?}");
        runs.push(run);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}

#[tokio::test]
async fn an_invalid_fault_is_400_and_a_101st_is_409() {
    let app = app();
    for body in [
        json!({}),
        json!([]),
        json!({"status": 200}),
        json!({"status": 600}),
        json!({"status": "503"}),
        json!({"latency_ms": 60001}),
        json!({"latency_ms": -1}),
        json!({"status": 500, "probability": 0}),
        json!({"status": 500, "probability": 1.5}),
        json!({"status": 500, "times": 0}),
        json!({"status": 500, "path": ""}),
        json!({"status": 500, "path": "/v2/["}),
        json!({"status": 500, "path": "x".repeat(256)}),
        json!({"status": 500, "method": "A B"}),
        json!({"status": 500, "duration": 1}),
        json!({"status": 500, "retry_after": 1}),
        json!({"status": 503, "retry_after": -1}),
    ] {
        let response = post(&app, FAULTS, &body).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST, "{body}");
    }
    for _ in 0..100 {
        add(&app, &json!({"status": 500, "path": "/nowhere"})).await;
    }
    let response = post(&app, FAULTS, &everything()).await;
    assert_eq!(response.status, StatusCode::CONFLICT);
}
