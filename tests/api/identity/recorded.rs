//! Recorded answers of Keystone 30, compared with those of the embedded identity.
//!
//! `keystone.jsonl` has a request and an answer in each line. Ids are names, `{base}` is where the
//! Identity API is. Logins are recorded without times and catalog, with the number of audit ids,
//! and with methods and roles sorted. Keystone had been bootstrapped: its admin is one of the whole
//! system too, which is not recorded.

use axum::http::{Method, StatusCode};
use image_tags::config::Config;
use serde::Deserialize;
use serde_json::{Value, json};

use super::calls::{TOKENS, login, login_with, password, project, send};
use crate::support::TestApp;

/// The cloud of the recording.
const CLOUD: &str = r#"
[identity]
enabled = true
projects = [
    { id = "admin", name = "admin" },
    { id = "alpha", name = "alpha" },
    { id = "beta", name = "beta" },
    { id = "service", name = "service" },
]
users = [
    { name = "admin", password = "password", projects = { admin = ["admin"] } },
    { name = "alpha-member", password = "password", projects = { alpha = ["member"] } },
    { name = "alpha-reader", password = "password", projects = { alpha = ["reader"] } },
    { name = "with-default", password = "password", projects = { alpha = ["manager"] }, default_project = "alpha" },
]
"#;

#[derive(Debug, Deserialize)]
struct Recorded {
    /// Who reads the path; nobody without a token.
    #[serde(rename = "as")]
    reader: Option<String>,
    path: Option<String>,
    /// Who logs in.
    login: Option<String>,
    by: Option<String>,
    #[serde(default)]
    scope: Value,
    status: u16,
    body: Value,
}

fn recorded() -> Vec<Recorded> {
    include_str!("keystone.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn cloud() -> TestApp {
    let config: Config = toml::from_str(CLOUD).unwrap();
    TestApp::with(|example| example.identity = config.identity)
}

/// The text of the token of a login that must succeed.
async fn token(app: &TestApp, body: &Value) -> String {
    let response = login(app, body).await;
    assert_eq!(response.status, StatusCode::CREATED, "{body}");
    response.header("x-subject-token").unwrap().to_owned()
}

fn by_token(token: &str, scope: Value) -> Value {
    login_with(
        &json!({"methods": ["token"], "token": {"id": token}}),
        scope,
    )
}

/// The answer to a recorded request.
async fn answer(app: &TestApp, case: &Recorded) -> (u16, Value) {
    if let Some(user) = &case.login {
        let mut body = password(user, "password", case.scope.clone());
        let tokens = match case.by.as_deref().unwrap() {
            "password" => 0,
            "token" => 1,
            "token of a token" => 2,
            other => panic!("{other}"),
        };
        let unscoped = json!("unscoped");
        let mut last = password(user, "password", unscoped.clone());
        for _ in 0..tokens {
            let text = token(app, &last).await;
            body = by_token(&text, case.scope.clone());
            last = by_token(&text, unscoped.clone());
        }
        let response = login(app, &body).await;
        return (response.status.as_u16(), as_recorded(response.json()));
    }
    let token = match case.reader.as_deref() {
        None => None,
        Some("unscoped") => Some(
            token(
                app,
                &password("alpha-member", "password", json!("unscoped")),
            )
            .await,
        ),
        Some(user) => {
            let scope = project(user.split('-').next().unwrap());
            Some(token(app, &password(user, "password", scope)).await)
        }
    };
    let headers: Vec<_> = token
        .iter()
        .map(|token| ("X-Auth-Token", &**token))
        .collect();
    let path = format!("/identity{}", case.path.as_ref().unwrap());
    let response = send(app, Method::GET, &path, &headers, &Value::Null).await;
    let body = response
        .body
        .replace("http://cloud.example.com/identity", "{base}");
    (
        response.status.as_u16(),
        sorted(serde_json::from_str(&body).unwrap()),
    )
}

/// A token as it is recorded.
fn as_recorded(mut body: Value) -> Value {
    let Some(token) = body.get_mut("token").and_then(Value::as_object_mut) else {
        return body;
    };
    for own in ["catalog", "issued_at", "expires_at"] {
        token.remove(own);
    }
    let sort = |list: &mut Value| {
        let mut texts: Vec<_> = list.as_array().unwrap().clone();
        texts.sort_by_key(|text| text.as_str().unwrap().to_owned());
        *list = texts.into();
    };
    sort(&mut token["methods"]);
    token["audit_ids"] = token["audit_ids"].as_array().unwrap().len().into();
    if let Some(roles) = token.get_mut("roles") {
        let names = roles.as_array().unwrap().iter().map(|role| &role["name"]);
        *roles = names.cloned().collect();
        sort(roles);
    }
    body
}

/// A list of projects in the order of their ids: Keystone's is arbitrary.
fn sorted(mut body: Value) -> Value {
    if let Some(projects) = body.get_mut("projects").and_then(Value::as_array_mut) {
        projects.sort_by_key(|project| project["id"].to_string());
    }
    body
}

#[tokio::test]
async fn every_answer_equals_the_recorded_one_of_keystone() {
    let app = cloud();
    let mut mismatches = Vec::new();
    for case in recorded() {
        let (status, body) = answer(&app, &case).await;
        let mut expected = sorted(case.body.clone());
        // Keystone's texts of a 400 go on with the schema that a value violates.
        if let (400, Some(text)) = (status, body["error"]["message"].as_str())
            && expected["error"]["message"]
                .as_str()
                .is_some_and(|recorded| recorded.starts_with(text))
        {
            expected["error"]["message"] = text.into();
        }
        if (status, &body) != (case.status, &expected) {
            mismatches.push(format!(
                "{case:?}:\n{status} {body}, but {expected} expected"
            ));
        }
    }
    assert!(mismatches.is_empty(), "{}", mismatches.join("\n"));
}

#[tokio::test]
async fn the_service_applies_the_roles_that_the_token_lists() {
    let app = cloud();
    let body = password("with-default", "password", None);
    let manager = token(&app, &body).await;
    let image = json!({"name": "of a manager"}).to_string();
    let headers = [("X-Auth-Token", &*manager)];
    let anon = app.anon();
    let created = anon.send_body(Method::POST, "/v2/images", &headers, image);
    assert_eq!(created.await.status, StatusCode::CREATED);
    let tokens = [("X-Auth-Token", &*manager), ("X-Subject-Token", &manager)];
    let shown = send(&app, Method::GET, TOKENS, &tokens, &Value::Null).await;
    let roles = shown.json()["token"]["roles"].clone();
    let names: Vec<_> = roles.as_array().unwrap().iter().collect();
    assert_eq!(names.len(), 3, "{names:?}");
}
