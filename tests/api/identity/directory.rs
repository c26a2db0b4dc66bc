//! The catalog and the projects.

use axum::http::{Method, StatusCode};
use image_tags::config::Config;
use insta::assert_snapshot;
use serde_json::Value;

use super::calls::{TOKENS, demo, password, project, send, token};
use crate::support::{ADMIN, MEMBER, Response, TestApp};

async fn get(app: &TestApp, path: &str, token: &str) -> Response {
    let path = format!("/identity/v3/{path}");
    let headers = [("X-Auth-Token", token)];
    send(app, Method::GET, &path, &headers, &Value::Null).await
}

async fn admin(app: &TestApp) -> String {
    let body = password("admin", "admin-of-the-example", project("admin"));
    token(app, &body).await
}

#[tokio::test]
async fn the_catalog_has_two_services() {
    let app = TestApp::new();
    let catalog = get(&app, "auth/catalog", &demo(&app).await).await.json();
    assert_eq!(catalog["catalog"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn users_list_their_own_projects_and_an_admin_all() {
    let app = TestApp::new();
    let (demo, admin) = (demo(&app).await, admin(&app).await);
    let names = async |path: &str, token: &str| {
        let projects = get(&app, path, token).await.json()["projects"].clone();
        projects
            .as_array()
            .unwrap()
            .iter()
            .map(|project| project["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("auth/projects", &demo).await, ["demo"]);
    assert_eq!(names("auth/projects", &admin).await, ["admin", "demo"]);
    assert_eq!(names("projects", &admin).await, ["admin", "demo", "other"]);
    assert_eq!(names("projects?name=other", &admin).await, ["other"]);
    assert_snapshot!(get(&app, "projects", &demo).await.to_text(), @r#"
    403 Forbidden
    content-length: 134
    content-type: application/json

    {"error":{"code":403,"message":"You are not authorized to perform the requested action: identity:list_projects.","title":"Forbidden"}}
    "#);
}

#[tokio::test]
async fn users_see_their_own_project_and_an_admin_any() {
    let app = TestApp::new();
    let (demo, admin) = (demo(&app).await, admin(&app).await);
    let own = get(&app, "projects/5ef70662f8b34079a6eddb8da9d75fe8", &demo).await;
    assert_eq!(own.json()["project"]["name"], "demo");
    let other = get(&app, "projects/c27a8b5e60d14f3f9b1a7e4d2c6f8053", &demo).await;
    assert_snapshot!(other.to_text(), @r#"
    403 Forbidden
    content-length: 132
    content-type: application/json

    {"error":{"code":403,"message":"You are not authorized to perform the requested action: identity:get_project.","title":"Forbidden"}}
    "#);
    let unknown = get(&app, "projects/nothing", &admin).await;
    assert_snapshot!(unknown.to_text(), @r#"
    404 Not Found
    content-length: 87
    content-type: application/json

    {"error":{"code":404,"message":"Could not find project: nothing.","title":"Not Found"}}
    "#);
}

#[tokio::test]
async fn every_path_needs_a_valid_token_and_an_unknown_one_is_404() {
    let app = TestApp::new();
    for path in [
        "auth/catalog",
        "auth/projects",
        "auth/domains",
        "projects",
        "projects/x",
        "domains",
        "domains/default",
        "users/demo",
        "users/demo/projects",
    ] {
        let response = get(&app, path, "garbage").await;
        assert_eq!(response.status, StatusCode::UNAUTHORIZED);
    }
    let unknown = get(&app, "nothing", &demo(&app).await).await;
    assert_snapshot!(unknown.to_text(), @r#"
    404 Not Found
    content-length: 87
    content-type: application/json

    {"error":{"code":404,"message":"The resource could not be found.","title":"Not Found"}}
    "#);
    let patched = send(&app, Method::PATCH, TOKENS, &[], &Value::Null).await;
    assert_snapshot!(patched.to_text(), @r#"
    405 Method Not Allowed
    allow: POST,GET,HEAD,DELETE
    content-length: 114
    content-type: application/json

    {"error":{"code":405,"message":"The method PATCH is not allowed for this resource.","title":"Method Not Allowed"}}
    "#);
}

#[tokio::test]
async fn an_admin_role_without_a_project_has_no_rights() {
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
async fn an_id_in_a_link_is_encoded_and_found_by_its_encoded_form() {
    let text = "[identity]\nenabled = true\n[[identity.projects]]\nid = \"1\"\nname = \"p\"\n\
                [[identity.users]]\nname = \"ä/b c\"\npassword = \"secret\"\nprojects = { p = [\"reader\"] }";
    let config: Config = toml::from_str(text).unwrap();
    let app = TestApp::with(|example| example.identity = config.identity);
    let token = token(&app, &password("ä/b c", "secret", project("p"))).await;
    let user = get(&app, "users/%C3%A4%2Fb%20c", &token).await.json();
    assert_eq!(user["user"]["id"], "ä/b c");
    let link = "http://cloud.example.com/identity/v3/users/%C3%A4%2Fb%20c";
    assert_eq!(user["user"]["links"]["self"], link);
    let projects = get(&app, "users/%C3%A4%2Fb%20c/projects", &token).await;
    assert_eq!(projects.json()["projects"][0]["name"], "p");
    let malformed = get(&app, "users/%zz/projects", &token).await;
    assert_eq!(malformed.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_project_without_a_role_is_in_no_list() {
    let text = "[identity]\nenabled = true\n[[identity.projects]]\nid = \"1\"\nname = \"p\"\n\
                [[identity.users]]\nname = \"u\"\npassword = \"secret\"\nprojects = { p = [] }";
    let config: Config = toml::from_str(text).unwrap();
    let app = TestApp::with(|example| example.identity = config.identity);
    let token = token(&app, &password("u", "secret", None)).await;
    for path in ["auth/projects", "users/u/projects"] {
        let listed = get(&app, path, &token).await.json();
        assert_eq!(listed["projects"], serde_json::json!([]), "{path}");
    }
}
