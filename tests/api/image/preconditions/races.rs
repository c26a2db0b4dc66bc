//! Clients that have read the same state of an image.

use std::collections::BTreeMap;

use axum::http::Method;
use tokio::task::JoinSet;

use super::calls::{PATCH_TYPE, current, tag_of};
use crate::support::{Client, DEBIAN, MEMBER, Response, TestApp};

const CLIENTS: usize = 32;

/// Sends one request per client at once, all with the same `If-Match`, and returns the responses.
async fn race(
    app: &TestApp,
    method: &Method,
    path: &str,
    media_type: &'static str,
    body: impl Fn(usize) -> String,
) -> Vec<Response> {
    let tag = current(app, DEBIAN).await;
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let (api, method, path, tag) = (
            app.api.clone(),
            method.clone(),
            path.to_owned(),
            tag.clone(),
        );
        let body = body(number);
        clients.spawn(async move {
            let headers = [("If-Match", &*tag), ("Content-Type", media_type)];
            let client = Client::new(&api, Some(MEMBER));
            client.send_body(method, &path, &headers, body).await
        });
    }
    clients.join_all().await
}

/// How many responses have each status.
fn statuses(responses: &[Response]) -> BTreeMap<u16, usize> {
    let mut statuses = BTreeMap::new();
    for response in responses {
        *statuses.entry(response.status.as_u16()).or_default() += 1;
    }
    statuses
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_puts_for_the_same_state_one_is_made() {
    let app = TestApp::new();
    let path = format!("/v2/images/{DEBIAN}/tags");
    for round in 0..5 {
        let body = |client| format!("{{\"tags\": [\"{round}\", \"client-{client}\"]}}");
        let responses = race(&app, &Method::PUT, &path, "application/json", body).await;
        let expected = BTreeMap::from([(200, 1), (412, CLIENTS - 1)]);
        assert_eq!(statuses(&responses), expected, "round {round}");
        let made = responses
            .iter()
            .find(|response| response.status.is_success());
        let made = made.unwrap();
        assert_eq!(
            made.json()["tags"],
            app.member().image(DEBIAN).await["tags"]
        );
        assert_eq!(tag_of(made), current(&app, DEBIAN).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_patches_for_the_same_state_one_is_made() {
    let app = TestApp::new();
    let path = format!("/v2/images/{DEBIAN}");
    let body = |client| {
        format!("[{{\"op\": \"add\", \"path\": \"/tags/-\", \"value\": \"client-{client}\"}}]")
    };
    let responses = race(&app, &Method::PATCH, &path, PATCH_TYPE, body).await;
    let expected = BTreeMap::from([(200, 1), (412, CLIENTS - 1)]);
    assert_eq!(statuses(&responses), expected);
    assert_eq!(app.member().tags(DEBIAN).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_deletions_for_the_same_state_one_is_made() {
    let app = TestApp::new();
    let path = format!("/v2/images/{DEBIAN}");
    let body = |_| String::new();
    let responses = race(&app, &Method::DELETE, &path, "", body).await;
    let expected = BTreeMap::from([(204, 1), (404, CLIENTS - 1)]);
    assert_eq!(statuses(&responses), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_clients_that_set_a_tag_which_must_be_new_one_does() {
    let app = TestApp::new();
    let path = format!("/v2/images/{DEBIAN}/tags/mine");
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (api, path) = (app.api.clone(), path.clone());
        clients.spawn(async move {
            let client = Client::new(&api, Some(MEMBER));
            client
                .send(Method::PUT, &path, &[("If-None-Match", "*")])
                .await
        });
    }
    let responses = clients.join_all().await;
    let expected = BTreeMap::from([(204, 1), (412, CLIENTS - 1)]);
    assert_eq!(statuses(&responses), expected);
}
