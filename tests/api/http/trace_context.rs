//! `traceparent` and `tracestate`: in the log, and in the requests that a request causes.

use axum::http::{Method, StatusCode};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::keystone::{MockKeystone, VALID, valid};
use crate::support::log::Log;
use crate::support::{DEBIAN, TestApp};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const STATE: &str = "rojo=1f2e3d4c,congo=t61";

/// A Glance that answers everything, and the service in front of it.
async fn beside_glance() -> (MockServer, TestApp) {
    let glance = MockServer::start().await;
    let answer = Mock::given(any()).respond_with(ResponseTemplate::new(204));
    answer.mount(&glance).await;
    let url = glance.uri();
    let app = TestApp::with(|config| config.glance.upstream = url);
    (glance, app)
}

fn sent<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let value = request.headers.get(name)?;
    Some(value.to_str().unwrap())
}

#[tokio::test]
async fn a_trace_is_in_the_log_and_goes_on_to_glance() {
    let log = Log::start();
    let (glance, app) = beside_glance().await;
    let path = format!("/v2/images/{DEBIAN}");
    let headers = [("traceparent", PARENT), ("tracestate", STATE)];
    app.member().send(Method::DELETE, &path, &headers).await;
    let line = &log.requests()[0];
    assert_eq!(line["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(line["parent_id"], "b7ad6b7169203331");
    let request = &glance.received_requests().await.unwrap()[0];
    assert_eq!(sent(request, "traceparent"), Some(PARENT));
    assert_eq!(sent(request, "tracestate"), Some(STATE));
}

#[tokio::test]
async fn an_invalid_trace_is_neither_in_the_log_nor_passed_on() {
    let log = Log::start();
    let (glance, app) = beside_glance().await;
    let path = format!("/v2/images/{DEBIAN}");
    let upper_case = PARENT.to_uppercase();
    for headers in [
        &[("tracestate", STATE)][..],
        &[("traceparent", upper_case.as_str()), ("tracestate", STATE)],
        &[("traceparent", PARENT), ("traceparent", PARENT)],
    ] {
        let response = app.member().send(Method::DELETE, &path, headers).await;
        assert_eq!(response.status, StatusCode::NO_CONTENT);
    }
    let lines = log.requests();
    assert!(lines.len() == 3 && lines.iter().all(|line| line.get("trace_id").is_none()));
    for request in glance.received_requests().await.unwrap() {
        assert_eq!(sent(&request, "traceparent"), None);
        assert_eq!(sent(&request, "tracestate"), None);
    }
}

#[tokio::test]
async fn keystone_is_asked_within_the_trace_of_the_request() {
    let keystone = MockKeystone::start().await;
    keystone.respond_to(VALID, valid(VALID), 1).await;
    let app = keystone.app(|_| {});
    let headers = [("traceparent", PARENT)];
    let client = app.with_token(VALID);
    let response = client.send(Method::GET, "/v2/images", &headers).await;
    assert_eq!(response.status, StatusCode::OK);
    let requests = keystone.server.received_requests().await.unwrap();
    let validation = requests
        .iter()
        .find(|request| request.method == "GET")
        .unwrap();
    assert_eq!(sent(validation, "traceparent"), Some(PARENT));
}
