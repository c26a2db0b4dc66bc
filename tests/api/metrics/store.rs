//! The store, and what writes do to tags.

use std::time::{Duration, Instant};

use serde_json::json;

use super::scrape::{Scrape, with_metrics};
use crate::support::stores::Fault;
use crate::support::{DEBIAN, TestApp, UBUNTU};

#[tokio::test]
async fn operations_of_the_store_are_measured_and_their_errors_counted() {
    let app = TestApp::with(with_metrics);
    app.member().image(DEBIAN).await;
    app.member().get("/v2/images").await;
    app.member().put_tag(DEBIAN, "a").await;
    let scrape = Scrape::of(&app);
    let count =
        |operation| format!("store_operation_duration_seconds_count{{operation={operation:?}}}");
    scrape.assert(&[
        (&count("image"), 1.0),
        (&count("list"), 1.0),
        (&count("write"), 1.0),
        (&count("prune_history"), 0.0),
        ("store_accepts_changes", 1.0),
        (
            "store_errors_total{operation=\"write\",kind=\"unavailable\"}",
            0.0,
        ),
    ]);
    for (fault, kind) in [
        (Fault::Unavailable, "unavailable"),
        (Fault::Internal, "internal"),
        (Fault::Panic, "internal"),
        (Fault::Overloaded, "overloaded"),
    ] {
        let app = TestApp::faulty(fault, with_metrics);
        app.member().put_tag(DEBIAN, "a").await;
        app.member().get("/v2/images").await;
        for operation in ["write", "list"] {
            let series = format!("store_errors_total{{operation={operation:?},kind={kind:?}}}");
            Scrape::of(&app).assert(&[(&series, 1.0)]);
        }
    }
}

/// The value of a series once it is at least `least`.
async fn at_least(least: f64, series: &str, app: &TestApp) -> f64 {
    let started = Instant::now();
    loop {
        let value = Scrape::of(app).value(series);
        if value >= least {
            return value;
        }
        assert!(started.elapsed() < Duration::from_mins(1), "no {series}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_call_that_is_cancelled_is_measured_too() {
    let app = TestApp::faulty(Fault::Slow(Duration::from_hours(1)), |config| {
        with_metrics(config);
        config.server.request_timeout = Duration::from_millis(50);
    });
    assert_eq!(app.member().get("/v2/images").await.status, 503);
    let series = "store_errors_total{operation=\"list\",kind=\"cancelled\"}";
    at_least(1.0, series, &app).await;
    let series = "store_operation_duration_seconds_sum{operation=\"list\"}";
    assert!(Scrape::of(&app).value(series) >= 0.05);
}

#[tokio::test]
async fn a_database_that_hangs_shows_in_the_pings_of_health_checks() {
    let app = TestApp::faulty(Fault::Slow(Duration::from_hours(1)), with_metrics);
    assert_eq!(app.anon().get("/readyz").await.status, 503);
    Scrape::of(&app).assert(&[
        (
            "store_errors_total{operation=\"ping\",kind=\"unavailable\"}",
            1.0,
        ),
        (
            "store_errors_total{operation=\"ping\",kind=\"cancelled\"}",
            0.0,
        ),
        (
            "store_operation_duration_seconds_count{operation=\"ping\"}",
            1.0,
        ),
    ]);
}

#[tokio::test]
async fn changes_moves_and_refusals_of_tags_are_counted() {
    let app = TestApp::with(with_metrics);
    let member = app.member();
    member.put_tag(DEBIAN, "a").await;
    member.put_tag(DEBIAN, "a").await;
    member.delete_tag(DEBIAN, "a").await;
    // The example has a rule: production is exclusive within a project.
    member.put_tag(DEBIAN, "production").await;
    member.put_tag(UBUNTU, "production").await;
    let body = json!({ "image": DEBIAN }).to_string();
    let headers = [("Content-Type", "application/json")];
    let path = "/v2/tags/production/image";
    let moved = member.send_body("PUT".parse().unwrap(), path, &headers, body);
    assert!(moved.await.status.is_success());
    // Another tag has no rule.
    let body = json!({ "image": DEBIAN }).to_string();
    let path = "/v2/tags/other/image";
    let refused = member.send_body("PUT".parse().unwrap(), path, &headers, body);
    assert_eq!(refused.await.status, 409);
    let absent = [("If-None-Match", "*")];
    let path = format!("/v2/images/{DEBIAN}/tags/production");
    let refused = member.send("PUT".parse().unwrap(), &path, &absent).await;
    assert_eq!(refused.status, 412);
    Scrape::of(&app).assert(&[
        ("tag_changes_total{action=\"added\"}", 4.0),
        ("tag_changes_total{action=\"removed\"}", 3.0),
        ("tag_moves_total", 2.0),
        ("tag_refusals_total{reason=\"not_exclusive\"}", 1.0),
        ("tag_refusals_total{reason=\"precondition\"}", 1.0),
        ("tag_refusals_total{reason=\"taken\"}", 0.0),
    ]);
}

#[tokio::test]
async fn tags_that_an_image_takes_to_another_owner_do_not_count_as_moves() {
    let app = TestApp::with(with_metrics);
    app.member().put_tag(DEBIAN, "a").await;
    let owner = "c27a8b5e60d14f3f9b1a7e4d2c6f8053";
    let patch = json!([{"op": "replace", "path": "/owner", "value": owner}]);
    let patched = app.admin().patch(DEBIAN, &patch).await;
    assert_eq!(patched.status, 200, "{}", patched.body);
    Scrape::of(&app).assert(&[("tag_moves_total", 0.0)]);
}

#[tokio::test]
async fn the_memory_budget_shows_what_is_reserved() {
    let app = TestApp::with(with_metrics);
    let limit = app.config.limits.memory_bytes;
    let limit = f64::from(u32::try_from(limit).unwrap());
    Scrape::of(&app).assert(&[
        ("memory_budget_limit_bytes", limit),
        ("memory_budget_used_bytes", 0.0),
        ("memory_budget_refusals_total", 0.0),
    ]);
}
