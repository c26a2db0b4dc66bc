//! Moves at the same time.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::fixture::{
    MEMBER, app, etag, holders, id, image, number, promote, promote_if, revert, send,
};
use crate::support::{Client, Response, TestApp};

const CLIENTS: u32 = 32;

/// The number of the image that no client promotes.
const LAST: u32 = CLIENTS + 1;

/// The service over an image for each client, and one more.
fn crowd() -> TestApp {
    let images = (1..=LAST).map(|number| image(number, "demo", &[]));
    app(images.collect())
}

/// How many responses have each status.
fn statuses(responses: &[Response]) -> BTreeMap<u16, usize> {
    let mut statuses = BTreeMap::new();
    for response in responses {
        *statuses.entry(response.status.as_u16()).or_default() += 1;
    }
    statuses
}

/// Promotes each image at once, all with this header.
async fn promote_all(app: &TestApp, name: &'static str, value: &str) -> Vec<Response> {
    let mut clients = JoinSet::new();
    for number in 1..=CLIENTS {
        let (api, value) = (app.api.clone(), value.to_owned());
        clients.spawn(async move {
            let client = Client::new(&api, Some(MEMBER));
            promote_if(client, "production", number, &[(name, &value)]).await
        });
    }
    clients.join_all().await
}

/// The images that had the tag one after the other, as the history tells it. Panics if the tag was
/// ever on two images.
async fn line_of_moves(app: &TestApp) -> Vec<u32> {
    let client = app.with_token(MEMBER);
    let mut path = "/v2/tags/production/history?limit=1000".to_owned();
    let mut events = Vec::new();
    loop {
        let mut page = client.get(&path).await.json();
        let Value::Array(newer) = page["events"].take() else {
            panic!("{page}");
        };
        events.extend(newer);
        match &page["next"] {
            Value::String(next) => path.clone_from(next),
            _ => break,
        }
    }
    let (mut holder, mut line) = (None, Vec::new());
    for event in events.iter().rev() {
        let image = number(&event["image"]);
        if event["action"] == json!("added") {
            assert_eq!(holder, None, "{event}");
            holder = Some(image);
            line.push(image);
        } else {
            assert_eq!(holder, Some(image), "{event}");
            holder = None;
        }
    }
    line
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_promotions_from_the_same_state_one_is_made() {
    let app = crowd();
    let expected = BTreeMap::from([(200, 1), (412, CLIENTS as usize - 1)]);
    let first = promote_all(&app, "If-None-Match", "*").await;
    assert_eq!(statuses(&first), expected);
    for round in 0..5 {
        let before = promote(app.with_token(MEMBER), "production", LAST).await;
        let responses = promote_all(&app, "If-Match", etag(&before)).await;
        assert_eq!(statuses(&responses), expected, "round {round}");
        let made = responses
            .iter()
            .find(|response| response.status.is_success());
        let made = made.unwrap().json();
        assert_eq!(made["taken_from"], json!([id(LAST)]));
        assert_eq!(holders(&app, "production").await, [number(&made["image"])]);
    }
    let line = line_of_moves(&app).await;
    assert_eq!(line.last(), holders(&app, "production").await.first());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn promotions_at_the_same_time_are_one_line_of_moves() {
    let app = crowd();
    let mut clients = JoinSet::new();
    for number in 1..=CLIENTS {
        let api = app.api.clone();
        clients.spawn(async move {
            let client = Client::new(&api, Some(MEMBER));
            if number % 4 == 0 {
                client.put_tag(&id(number), "production").await
            } else {
                promote(client, "production", number).await
            }
        });
    }
    for response in clients.join_all().await {
        assert!(response.status.is_success(), "{}", response.body);
    }
    let mut line = line_of_moves(&app).await;
    assert_eq!(line.last(), holders(&app, "production").await.first());
    line.sort_unstable();
    assert_eq!(line, (1..=CLIENTS).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reversions_at_the_same_time_go_to_and_fro() {
    let app = crowd();
    for number in [1, 2] {
        promote(app.with_token(MEMBER), "production", number).await;
    }
    let mut clients = JoinSet::new();
    for _ in 0..8 {
        let api = app.api.clone();
        clients.spawn(async move {
            let client = Client::new(&api, Some(MEMBER));
            revert(client, "production", json!({})).await
        });
    }
    let responses = clients.join_all().await;
    let made = statuses(&responses).remove(&200).unwrap();
    for response in responses {
        let status = response.status.as_u16();
        assert!([200, 503].contains(&status), "{}", response.body);
    }
    let line = line_of_moves(&app).await;
    let expected: Vec<_> = [1, 2].into_iter().cycle().take(2 + made).collect();
    assert_eq!(line, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_assignment_sees_the_other_tag_at_the_instant_of_the_move() {
    let app = crowd();
    promote(app.with_token(MEMBER), "staging", 1).await;
    let mut clients = JoinSet::new();
    for number in 1..=CLIENTS {
        let api = app.api.clone();
        clients.spawn(async move {
            let client = Client::new(&api, Some(MEMBER));
            if number % 2 == 0 {
                return promote(client, "staging", number).await;
            }
            let path = "/v2/tags/production/assign";
            send(
                client,
                Method::POST,
                path,
                &[],
                json!({"from_tag": "staging"}),
            )
            .await
        });
    }
    for response in clients.join_all().await {
        assert_eq!(response.status, StatusCode::OK, "{}", response.body);
    }
    let line = line_of_moves(&app).await;
    assert!(
        line.iter().all(|image| image % 2 == 0 || *image == 1),
        "{line:?}"
    );
    assert_eq!(holders(&app, "staging").await.len(), 1);
}
