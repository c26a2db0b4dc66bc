//! Logins.

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::calls::{login, login_with, password, project, tag, token};
use crate::support::TestApp;

#[tokio::test]
async fn a_login_returns_a_token_that_the_image_api_accepts() {
    let app = TestApp::new();
    let body = password("demo", "demo-of-the-example", project("demo"));
    let response = login(&app, &body).await;
    assert_eq!(response.status, StatusCode::CREATED);
    let mut token = response.json()["token"].clone();
    token.as_object_mut().unwrap().remove("catalog");
    for own in ["issued_at", "expires_at", "audit_ids"] {
        token[own] = "masked".into();
    }
    assert_snapshot!(serde_json::to_string_pretty(&token).unwrap(), @r#"
    {
      "methods": [
        "password"
      ],
      "user": {
        "id": "demo",
        "name": "demo",
        "domain": {
          "id": "default",
          "name": "Default"
        },
        "password_expires_at": null
      },
      "audit_ids": "masked",
      "issued_at": "masked",
      "expires_at": "masked",
      "project": {
        "id": "5ef70662f8b34079a6eddb8da9d75fe8",
        "name": "demo",
        "domain": {
          "id": "default",
          "name": "Default"
        }
      },
      "is_domain": false,
      "roles": [
        {
          "id": "member",
          "name": "member"
        },
        {
          "id": "reader",
          "name": "reader"
        }
      ]
    }
    "#);
    let token = response.header("x-subject-token").unwrap();
    assert_eq!(tag(&app, token).await, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_login_returns_the_catalog_with_the_host_of_the_request() {
    let app = TestApp::new();
    let body = password("demo", "demo-of-the-example", project("demo"));
    let catalog = login(&app, &body).await.json()["token"]["catalog"].clone();
    assert_snapshot!(serde_json::to_string_pretty(&catalog).unwrap(), @r#"
    [
      {
        "id": "image",
        "type": "image",
        "name": "glance",
        "endpoints": [
          {
            "id": "image-public",
            "interface": "public",
            "region": "RegionOne",
            "region_id": "RegionOne",
            "url": "http://cloud.example.com"
          },
          {
            "id": "image-internal",
            "interface": "internal",
            "region": "RegionOne",
            "region_id": "RegionOne",
            "url": "http://cloud.example.com"
          },
          {
            "id": "image-admin",
            "interface": "admin",
            "region": "RegionOne",
            "region_id": "RegionOne",
            "url": "http://cloud.example.com"
          }
        ]
      },
      {
        "id": "identity",
        "type": "identity",
        "name": "keystone",
        "endpoints": [
          {
            "id": "identity-public",
            "interface": "public",
            "region": "RegionOne",
            "region_id": "RegionOne",
            "url": "http://cloud.example.com/identity"
          },
          {
            "id": "identity-internal",
            "interface": "internal",
            "region": "RegionOne",
            "region_id": "RegionOne",
            "url": "http://cloud.example.com/identity"
          },
          {
            "id": "identity-admin",
            "interface": "admin",
            "region": "RegionOne",
            "region_id": "RegionOne",
            "url": "http://cloud.example.com/identity"
          }
        ]
      }
    ]
    "#);
}

#[tokio::test]
async fn the_roles_in_the_project_decide() {
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

#[tokio::test]
async fn an_empty_id_beside_a_name_is_ignored() {
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
    // Without a name, an empty id is an unknown one.
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
