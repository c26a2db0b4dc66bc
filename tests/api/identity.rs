//! The embedded identity: logins, tokens, the catalog.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use image_tags::config::Config;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::log::Log;
use crate::support::{ADMIN, Answer, DEBIAN, MEMBER, TestApp};

const TOKENS: &str = "/identity/v3/auth/tokens";

fn password(user: &str, password: &str, scope: impl Into<Option<Value>>) -> Value {
    let user = json!({"name": user, "domain": {"id": "default"}, "password": password});
    login_with(
        &json!({"methods": ["password"], "password": {"user": user}}),
        scope,
    )
}

fn login_with(identity: &Value, scope: impl Into<Option<Value>>) -> Value {
    let mut auth = json!({"identity": identity});
    if let Some(scope) = scope.into().filter(|scope| !scope.is_null()) {
        auth["scope"] = scope;
    }
    json!({"auth": auth})
}

fn project(name: &str) -> Value {
    json!({"project": {"name": name, "domain": {"id": "default"}}})
}

async fn send(
    app: &TestApp,
    method: Method,
    path: &str,
    tokens: &[(&str, &str)],
    body: &Value,
) -> Answer {
    let mut headers = vec![("Host", "cloud.example.com")];
    headers.extend(tokens);
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    app.anon().send_body(method, path, &headers, body).await
}

async fn login(app: &TestApp, body: &Value) -> Answer {
    send(app, Method::POST, TOKENS, &[], body).await
}

/// The token of a login that succeeds.
async fn token(app: &TestApp, body: &Value) -> String {
    let answer = login(app, body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.header("x-subject-token").unwrap().to_owned()
}

async fn demo(app: &TestApp) -> String {
    token(
        app,
        &password("demo", "demo-of-the-example", project("demo")),
    )
    .await
}

async fn tag(app: &TestApp, token: &str) -> StatusCode {
    let path = format!("/v2/images/{DEBIAN}/tags/x");
    send(
        app,
        Method::PUT,
        &path,
        &[("X-Auth-Token", token)],
        &Value::Null,
    )
    .await
    .status
}

#[tokio::test]
async fn a_login_gives_a_token_that_the_image_api_takes() {
    let app = TestApp::new();
    let answer = login(
        &app,
        &password("demo", "demo-of-the-example", project("demo")),
    )
    .await;
    let body = &answer.json()["token"];
    assert_eq!(body["user"]["name"], "demo");
    assert_eq!(body["methods"], json!(["password"]));
    assert_eq!(body["project"]["id"], "5ef70662f8b34079a6eddb8da9d75fe8");
    assert_eq!(
        body["project"]["domain"],
        json!({"id": "default", "name": "Default"})
    );
    assert_eq!(body["roles"], json!([{"id": "member", "name": "member"}]));
    for (service, url) in [
        ("image", "http://cloud.example.com"),
        ("identity", "http://cloud.example.com/identity"),
    ] {
        let catalog = body["catalog"].as_array().unwrap();
        let service = catalog
            .iter()
            .find(|entry| entry["type"] == service)
            .unwrap();
        assert!(
            service["endpoints"]
                .as_array()
                .unwrap()
                .iter()
                .all(|endpoint| endpoint["url"] == url),
            "{service}"
        );
    }
    assert_eq!(
        tag(&app, answer.header("x-subject-token").unwrap()).await,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn the_roles_of_the_project_count() {
    let app = TestApp::new();
    for (user, scope, status) in [
        (
            "demo",
            json!({"project": {"id": "5ef70662f8b34079a6eddb8da9d75fe8"}}),
            204,
        ),
        (
            "demo",
            json!({"project": {"name": "demo", "domain": {"name": "Default"}}}),
            204,
        ),
        ("reader", project("demo"), 403),
        ("other", project("other"), 404),
        ("admin", project("admin"), 204),
        ("admin", project("demo"), 204),
        ("demo", Value::Null, 404),
        ("demo", json!("unscoped"), 404),
    ] {
        let token = token(
            &app,
            &password(user, &format!("{user}-of-the-example"), scope.clone()),
        )
        .await;
        assert_eq!(tag(&app, &token).await.as_u16(), status, "{user} {scope}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_that_is_not_right_is_401_and_does_not_say_why() {
    let app = TestApp::new();
    let mut bodies = Vec::new();
    for body in [
        password("demo", "wrong", project("demo")),
        password("nobody", "demo-of-the-example", project("demo")),
        password("demo", "demo-of-the-example", project("other")),
        password("demo", "demo-of-the-example", project("nothing")),
        password(
            "demo",
            "demo-of-the-example",
            json!({"domain": {"id": "default"}}),
        ),
        password(
            "demo",
            "demo-of-the-example",
            json!({"system": {"all": true}}),
        ),
        password(
            "demo",
            "demo-of-the-example",
            json!({"project": {"name": "demo", "domain": {"id": "another"}}}),
        ),
        login_with(
            &json!({"methods": ["password"], "password": {"user": {"name": "demo", "domain": {"id": "another"}, "password": "demo-of-the-example"}}}),
            Value::Null,
        ),
        login_with(
            &json!({"methods": ["token"], "token": {"id": "garbage"}}),
            Value::Null,
        ),
        login_with(&json!({"methods": ["totp"]}), Value::Null),
    ] {
        let answer = login(&app, &body).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{body}");
        assert_eq!(answer.header("x-subject-token"), None);
        assert!(answer.header("x-openstack-request-id").is_some());
        bodies.push(answer.body);
    }
    bodies.dedup();
    assert_eq!(
        bodies,
        [
            r#"{"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}}"#
        ]
    );
}

#[tokio::test]
async fn a_login_that_cannot_be_read_is_400_and_shows_nothing_of_it() {
    let app = TestApp::new();
    for body in [
        json!({}),
        json!([]),
        json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "demo", "password": 12_345_678}}}}}),
        json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "demo", "password": "12345678"}}}}}),
        json!({"auth": {"identity": {"methods": ["password"], "password": "12345678"}}}),
        json!({"auth": {"identity": {"methods": ["password", "token"]}}}),
        password("demo", "12345678", json!({"project": {"name": "demo"}})),
        password("demo", "12345678", json!({"project": "12345678"})),
    ] {
        let answer = login(&app, &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer.json()["error"]["code"], 400);
        assert!(!answer.body.contains("12345678"), "{}", answer.body);
    }
    assert_eq!(
        app.anon()
            .send_body(Method::POST, TOKENS, &[], "x")
            .await
            .status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn a_token_gives_another_of_other_scope_that_ends_no_later() {
    let app = TestApp::new();
    let unscoped = login(
        &app,
        &password("admin", "admin-of-the-example", Value::Null),
    )
    .await;
    let first = unscoped.header("x-subject-token").unwrap();
    let again = login_with(
        &json!({"methods": ["token"], "token": {"id": first}}),
        project("demo"),
    );
    let scoped = login(&app, &again).await;
    assert_eq!(scoped.status, StatusCode::CREATED);
    let (before, after) = (unscoped.json(), scoped.json());
    assert_eq!(after["token"]["expires_at"], before["token"]["expires_at"]);
    assert_eq!(
        (
            &after["token"]["project"]["name"],
            before["token"].get("project")
        ),
        (&json!("demo"), None)
    );
    assert_eq!(before["token"].get("catalog"), None);
    assert_eq!(
        tag(&app, scoped.header("x-subject-token").unwrap()).await,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn a_revoked_token_and_one_that_has_ended_are_401() {
    let app = TestApp::new();
    let (kept, revoked) = (demo(&app).await, demo(&app).await);
    let own = [
        ("X-Auth-Token", revoked.as_str()),
        ("X-Subject-Token", revoked.as_str()),
    ];
    assert_eq!(
        send(&app, Method::DELETE, TOKENS, &own, &Value::Null)
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(tag(&app, &revoked).await, StatusCode::UNAUTHORIZED);
    assert_eq!(
        send(&app, Method::GET, TOKENS, &own, &Value::Null)
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(tag(&app, &kept).await, StatusCode::NO_CONTENT);

    let app = TestApp::with(|config| config.identity.token_lifetime = Duration::from_secs(2));
    let short = demo(&app).await;
    assert_eq!(tag(&app, &short).await, StatusCode::NO_CONTENT);
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert_eq!(tag(&app, &short).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn who_may_look_at_a_token() {
    let app = TestApp::new();
    let demo = demo(&app).await;
    let other = token(
        &app,
        &password("other", "other-of-the-example", project("other")),
    )
    .await;
    let admin = token(
        &app,
        &password("admin", "admin-of-the-example", project("admin")),
    )
    .await;
    for (caller, subject, status) in [
        (demo.as_str(), demo.as_str(), 200),
        (&admin, &demo, 200),
        (ADMIN, MEMBER, 200),
        (&other, &demo, 403),
        (&demo, "garbage", 404),
        ("garbage", &demo, 401),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let answer = send(
                &app,
                method,
                TOKENS,
                &[("X-Auth-Token", caller), ("X-Subject-Token", subject)],
                &Value::Null,
            )
            .await;
            assert_eq!(answer.status.as_u16(), status);
        }
    }
    let shown = send(
        &app,
        Method::GET,
        &format!("{TOKENS}?nocatalog"),
        &[("X-Auth-Token", &demo), ("X-Subject-Token", &demo)],
        &Value::Null,
    )
    .await;
    assert_eq!(
        (
            &shown.json()["token"]["user"]["name"],
            shown.json()["token"].get("catalog")
        ),
        (&json!("demo"), None)
    );
    assert_eq!(shown.header("x-subject-token"), Some(demo.as_str()));
}

#[tokio::test]
async fn catalog_and_projects_are_shown_to_those_they_concern() {
    let app = TestApp::new();
    let demo = demo(&app).await;
    let admin = token(
        &app,
        &password("admin", "admin-of-the-example", project("admin")),
    )
    .await;
    let get = async |path: &str, token: &str| {
        send(
            &app,
            Method::GET,
            &format!("/identity/v3/{path}"),
            &[("X-Auth-Token", token)],
            &Value::Null,
        )
        .await
    };
    assert_eq!(
        get("auth/catalog", &demo).await.json()["catalog"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let names = |answer: &Answer| {
        let projects = answer.json()["projects"].as_array().unwrap().clone();
        projects
            .iter()
            .map(|project| project["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&get("auth/projects", &demo).await), ["demo"]);
    assert_eq!(
        names(&get("auth/projects", &admin).await),
        ["admin", "demo"]
    );
    assert_eq!(
        names(&get("projects", &admin).await),
        ["admin", "demo", "other"]
    );
    assert_eq!(names(&get("projects?name=other", &admin).await), ["other"]);
    assert_eq!(get("projects", &demo).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        get("projects/5ef70662f8b34079a6eddb8da9d75fe8", &demo)
            .await
            .json()["project"]["name"],
        "demo"
    );
    assert_eq!(
        get("projects/c27a8b5e60d14f3f9b1a7e4d2c6f8053", &demo)
            .await
            .status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        get("projects/nothing", &admin).await.status,
        StatusCode::NOT_FOUND
    );
    for path in ["auth/catalog", "auth/projects", "projects", "projects/x"] {
        assert_eq!(get(path, "garbage").await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(get("nothing", &demo).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        send(&app, Method::PATCH, TOKENS, &[], &Value::Null)
            .await
            .status,
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn the_versions_are_found_from_the_root_of_the_identity() {
    let app = TestApp::with(|config| config.server.path_prefix = "/cloud".to_owned());
    for (path, status) in [
        ("/identity", 300),
        ("/identity/", 300),
        ("/cloud/identity", 300),
        ("/identity/v3", 200),
        ("/cloud/identity/v3/", 200),
    ] {
        let answer = send(&app, Method::GET, path, &[], &Value::Null).await;
        assert_eq!(answer.status.as_u16(), status);
        let body = answer.json();
        let version = body
            .get("version")
            .unwrap_or(&body["versions"]["values"][0]);
        assert_eq!(
            (&version["id"], &version["status"]),
            (&json!("v3.14"), &json!("stable"))
        );
        assert_eq!(
            version["links"][0]["href"],
            "http://cloud.example.com/cloud/identity/v3/"
        );
    }
}

#[tokio::test]
async fn it_is_not_there_unless_it_is_configured() {
    let app = TestApp::with(|config| config.identity.enabled = false);
    for path in ["/identity", "/identity/v3", TOKENS] {
        let answer = send(&app, Method::GET, path, &[], &Value::Null).await;
        assert_eq!(
            (answer.status, answer.json()["versions"][0]["id"].as_str()),
            (StatusCode::MULTIPLE_CHOICES, Some("v2.7"))
        );
    }
    let answer = login(
        &app,
        &password("demo", "demo-of-the-example", project("demo")),
    )
    .await;
    assert_eq!(
        (answer.status, answer.header("x-subject-token")),
        (StatusCode::MULTIPLE_CHOICES, None)
    );
}

#[tokio::test]
async fn a_static_token_is_no_login() {
    // Its user may have more rights in the directory than the token was given.
    let app = TestApp::with(|config| {
        let user = config.identity.users()[0].id.clone();
        config.auth.tokens[1].identity.user = user;
    });
    let body = login_with(
        &json!({"methods": ["token"], "token": {"id": MEMBER}}),
        project("admin"),
    );
    assert_eq!(login(&app, &body).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn faults_of_a_request_are_told_in_the_form_of_keystone() {
    let app = TestApp::with(|config| config.limits.body_bytes = 100);
    let long = json!({"auth": "x".repeat(200)});
    let admin = [("X-Auth-Token", ADMIN)];
    for (method, path, tokens, body, status) in [
        (Method::POST, TOKENS, &[][..], &long, 413),
        (Method::POST, TOKENS, &[], &json!([]), 400),
        (
            Method::GET,
            "/identity/v3/projects/x%FF",
            &admin,
            &Value::Null,
            400,
        ),
        (
            Method::GET,
            "/identity/v3/projects/x%20y",
            &admin,
            &Value::Null,
            404,
        ),
        (Method::GET, "/identity/v3/projects", &[], &Value::Null, 401),
    ] {
        let answer = send(&app, method, path, tokens, body).await;
        assert_eq!(answer.status.as_u16(), status, "{path} {}", answer.body);
        assert_eq!(answer.json()["error"]["code"], status);
        assert_eq!(answer.header("www-authenticate").is_some(), status == 401);
    }
}

#[tokio::test]
async fn a_static_token_is_not_ended_by_a_call() {
    let app = TestApp::new();
    let tokens = [("X-Auth-Token", ADMIN), ("X-Subject-Token", MEMBER)];
    let answer = send(&app, Method::DELETE, TOKENS, &tokens, &Value::Null).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(tag(&app, MEMBER).await, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn an_admin_of_no_project_is_none() {
    let app = TestApp::with(|config| config.auth.tokens[0].identity.project = None);
    let tokens = [("X-Auth-Token", ADMIN), ("X-Subject-Token", MEMBER)];
    for path in ["/identity/v3/projects", TOKENS] {
        assert_eq!(
            send(&app, Method::GET, path, &tokens, &Value::Null)
                .await
                .status,
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_project_without_a_role_is_none() {
    let text = "[identity]\nenabled = true\n[[identity.projects]]\nid = \"1\"\nname = \"p\"\n\
                [[identity.users]]\nname = \"u\"\npassword = \"secret\"\nprojects = { p = [] }";
    let app =
        TestApp::with(|config| config.identity = toml::from_str::<Config>(text).unwrap().identity);
    assert_eq!(
        login(&app, &password("u", "secret", project("p")))
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        login(&app, &password("u", "secret", None)).await.status,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn an_empty_id_beside_a_name_is_none() {
    let app = TestApp::new();
    let domain = json!({"id": "", "name": "Default"});
    let user =
        json!({"id": "", "name": "demo", "domain": domain, "password": "demo-of-the-example"});
    let identity = json!({"methods": ["password"], "password": {"user": user}});
    let body = login_with(
        &identity,
        json!({"project": {"id": "", "name": "demo", "domain": domain}}),
    );
    assert_eq!(
        tag(&app, &token(&app, &body).await).await,
        StatusCode::NO_CONTENT
    );
    // Without a name it is the id of nobody.
    for user in [
        json!({"id": "", "password": "demo-of-the-example"}),
        json!({"id": "nobody", "name": "demo", "domain": domain, "password": "demo-of-the-example"}),
    ] {
        let identity = json!({"methods": ["password"], "password": {"user": user}});
        assert_eq!(
            login(&app, &login_with(&identity, None)).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
}

#[tokio::test]
async fn a_slash_at_the_end_of_a_path_is_ignored_but_not_in_the_image_api() {
    let app = TestApp::new();
    let tokens = [("X-Auth-Token", ADMIN), ("X-Subject-Token", MEMBER)];
    for path in [
        "",
        "/v3",
        "/v3/auth/tokens",
        "/v3/auth/catalog",
        "/v3/auth/projects",
        "/v3/projects",
        "/v3/nope",
    ] {
        let path = format!("/identity{path}");
        let plain = send(&app, Method::GET, &path, &tokens, &Value::Null).await;
        let slashed = send(
            &app,
            Method::GET,
            &format!("{path}/"),
            &tokens,
            &Value::Null,
        )
        .await;
        assert_eq!(
            (plain.status, plain.body),
            (slashed.status, slashed.body),
            "{path}"
        );
    }
    let body = password("demo", "demo-of-the-example", None);
    assert_eq!(
        send(&app, Method::POST, &format!("{TOKENS}/"), &[], &body)
            .await
            .status,
        StatusCode::CREATED
    );
    let image = format!("/v2/images/{DEBIAN}/");
    assert_eq!(
        send(&app, Method::DELETE, &image, &tokens[..1], &Value::Null)
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        app.member()
            .get(&format!("/v2/images/{DEBIAN}"))
            .await
            .status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn the_log_has_the_cause_of_a_503() {
    let log = Log::start();
    let app = TestApp::new();
    let wrong = password("demo", "wrong", None);
    let answers = at_once(&app, &wrong, 9).await;
    assert_eq!(
        answers
            .iter()
            .filter(|status| **status == StatusCode::SERVICE_UNAVAILABLE)
            .count(),
        1
    );
    let (failed, others): (Vec<_>, Vec<_>) = log
        .requests()
        .into_iter()
        .partition(|line| line["status"] == 503);
    assert_eq!((failed.len(), others.len()), (1, 8));
    assert_eq!(
        failed[0]["cause"],
        "Too many logins at once. Please try again at a later time.: too many logins at once"
    );
    assert!(others.iter().all(|line| line["cause"].is_null()));
}

/// So many of the same login at once.
async fn at_once(app: &TestApp, body: &Value, count: usize) -> Vec<StatusCode> {
    let login = |_| {
        let (api, body) = (app.api.clone(), body.to_string());
        async move {
            api.answer(Request::post(TOKENS).body(Body::from(body)).unwrap())
                .await
                .status()
        }
    };
    (0..count)
        .map(login)
        .collect::<JoinSet<_>>()
        .join_all()
        .await
}
