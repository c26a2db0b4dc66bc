//! Nothing that a client sends becomes a label.

use std::collections::BTreeSet;

use axum::http::Method;

use super::scrape::{Scrape, with_metrics};
use crate::support::TestApp;

/// What the parameters of paths, tokens and methods of clients begin with in these tests.
const SENT: &str = "XSENTBYCLIENTX";

/// More than all series together can be: a counter for each method, route and status that occurs,
/// and a histogram for each method and route.
const MAX_SERIES: usize = 9_000;

/// Everything that looks like a path in the route tables, and paths outside of them.
fn templates() -> Vec<String> {
    let sources = [
        include_str!("../../../src/image_api/router.rs"),
        include_str!("../../../src/image_api/routes/definitions.rs"),
        include_str!("../../../src/image_api/routes/imports.rs"),
        include_str!("../../../src/identity_api/router.rs"),
    ];
    let literals = sources.iter().flat_map(|source| source.split('"'));
    let is_path =
        |literal: &&str| literal.starts_with('/') && !literal.contains(char::is_whitespace);
    let others = [
        "/",
        "/versions",
        "/healthcheck",
        "/{a}",
        "/{a}/{b}",
        "/v2/{a}/{b}/{c}/{d}/{e}",
    ];
    literals
        .filter(is_path)
        .chain(others)
        .map(str::to_owned)
        .collect()
}

/// A text that no other request has sent.
fn sent() -> String {
    format!("{SENT}{:X}", fastrand::u64(..))
}

/// `template` with something else for each parameter.
fn path(template: &str) -> String {
    let segments = template.split('/').map(|segment| {
        if segment.starts_with('{') {
            sent()
        } else {
            segment.to_owned()
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Sends every method to every path, with and without a token.
async fn send_everything(app: &TestApp, templates: &[String]) {
    let known = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE",
    ];
    let methods = || known.map(str::to_owned).into_iter().chain([sent()]);
    let unknown = sent();
    for template in templates {
        for method in methods() {
            for client in [app.member(), app.anon(), app.with_token(&unknown)] {
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                client.send(method, &path(template), &[]).await;
            }
        }
    }
}

#[tokio::test]
async fn the_number_of_series_stays_whatever_clients_send() {
    let app = TestApp::with(with_metrics);
    let templates = templates();
    assert!(templates.len() > 40);
    send_everything(&app, &templates).await;
    let before = Scrape::of(&app);
    send_everything(&app, &templates).await;
    for _ in 0..2000 {
        let length = fastrand::usize(1..9);
        let path = (0..length).fold(String::new(), |path, _| path + "/" + &sent());
        let method = Method::from_bytes(sent().as_bytes()).unwrap();
        app.member().send(method, &path, &[]).await;
    }
    let after = Scrape::of(&app);
    let names = |scrape: &Scrape| scrape.0.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&before), names(&after));
    let of_clients = after.0.keys().find(|series| series.contains(SENT));
    assert_eq!(of_clients, None);
    assert!(after.0.len() < MAX_SERIES, "{}", after.0.len());
}
