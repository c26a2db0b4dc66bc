//! Versions, health, and what lies outside of the API.

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;

use crate::support::{Answer, DEBIAN, TestApp};

fn href(answer: &Answer) -> String {
    answer.json()["versions"][0]["links"][0]["href"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn the_versions_need_no_token() {
    let app = TestApp::new();
    for (path, status) in [
        ("/", 300),
        ("/v1", 300),
        ("/v3/images", 300),
        ("/favicon.ico", 300),
        ("/versions", 200),
        ("/versions/x", 200),
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let answer = app.anon().send(method, path, &[]).await;
            assert_eq!(answer.status.as_u16(), status, "{path}");
            assert_eq!(answer.header("content-type"), Some("application/json"));
            assert!(
                answer
                    .header("x-openstack-request-id")
                    .unwrap()
                    .starts_with("req-")
            );
        }
    }
    let versions = app
        .anon()
        .send(Method::GET, "/", &[("Host", "image.example.com")])
        .await;
    assert_snapshot!(versions.body, @r#"{"versions":[{"id":"v2.7","status":"CURRENT","links":[{"rel":"self","href":"http://image.example.com/v2/"}]},{"id":"v2.5","status":"SUPPORTED","links":[{"rel":"self","href":"http://image.example.com/v2/"}]},{"id":"v2.4","status":"SUPPORTED","links":[{"rel":"self","href":"http://image.example.com/v2/"}]},{"id":"v2.3","status":"SUPPORTED","links":[{"rel":"self","href":"http://image.example.com/v2/"}]},{"id":"v2.2","status":"SUPPORTED","links":[{"rel":"self","href":"http://image.example.com/v2/"}]},{"id":"v2.1","status":"SUPPORTED","links":[{"rel":"self","href":"http://image.example.com/v2/"}]},{"id":"v2.0","status":"SUPPORTED","links":[{"rel":"self","href":"http://image.example.com/v2/"}]}]}"#);
}

#[tokio::test]
async fn links_lead_where_the_client_came_from_if_that_is_a_host() {
    let app = TestApp::new();
    for (host, expected) in [
        (
            "image.example.com:8080",
            "http://image.example.com:8080/v2/",
        ),
        ("[::1]:9292", "http://[::1]:9292/v2/"),
        ("", "http://127.0.0.1:9292/v2/"),
    ] {
        assert_eq!(
            href(&app.anon().send(Method::GET, "/", &[("Host", host)]).await),
            expected
        );
    }
    for host in ["user@image.example.com", "a b", "x/../y"] {
        assert_eq!(
            app.anon()
                .send(Method::GET, "/", &[("Host", host)])
                .await
                .status,
            StatusCode::BAD_REQUEST
        );
    }
}

#[tokio::test]
async fn the_public_endpoint_comes_before_what_the_client_says() {
    let app = TestApp::with(|config| {
        config.server.public_endpoint = "https://cloud.example.com/image/".to_owned()
    });
    let answer = app
        .anon()
        .send(Method::GET, "/", &[("Host", "evil.example.com")])
        .await;
    assert_eq!(href(&answer), "https://cloud.example.com/image/v2/");
}

#[tokio::test]
async fn an_endpoint_with_its_version_answers_the_versions_to_a_token() {
    let app = TestApp::new();
    for path in ["/v2", "/v2/", "/v2.5", "//v2//"] {
        assert_eq!(app.anon().get(path).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(app.member().get(path).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn every_served_version_is_the_same_api() {
    let app = TestApp::new();
    for version in ["v2.0", "v2.7", "v2.13", "v2.15", "v2.17"] {
        let answer = app
            .member()
            .send(
                Method::PUT,
                &format!("/{version}/images/{DEBIAN}/tags/{version}"),
                &[],
            )
            .await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(
        app.member().tags(DEBIAN).await,
        ["v2.0", "v2.13", "v2.15", "v2.17", "v2.7"]
    );
}

#[tokio::test]
async fn runs_of_slashes_count_as_one() {
    let app = TestApp::new();
    let answer = app
        .member()
        .send(
            Method::PUT,
            &format!("//v2///images//{DEBIAN}//tags//x"),
            &[],
        )
        .await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn an_unknown_route_is_404_and_an_unknown_method_there_501() {
    let app = TestApp::new();
    for path in [
        "/v2/nope",
        "/v2/images/",
        "/v2/images/x/tags",
        "/v2/images/x/tags/",
        "/v2/images/x/tags/a/b",
    ] {
        for method in ["GET", "PUT", "DELETE", "POST", "PATCH", "HEAD"] {
            let answer = app.member().send(method.parse().unwrap(), path, &[]).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {path}");
        }
        let answer = app
            .member()
            .send("PROPFIND".parse().unwrap(), path, &[])
            .await;
        assert_eq!(answer.status, StatusCode::NOT_IMPLEMENTED);
        assert_eq!(
            answer.explanation(),
            " The request method PROPFIND is not implemented for this server."
        );
    }
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_a_clients_own_is_taken_over() {
    let app = TestApp::new();
    for (sent, got) in [("abc", "req-abc"), ("req-abc", "req-abc")] {
        for path in ["/", "/healthcheck", "/v2/images", "/v2/nope"] {
            let answer = app
                .member()
                .send(Method::GET, path, &[("X-Openstack-Request-Id", sent)])
                .await;
            assert_eq!(answer.header("x-openstack-request-id"), Some(got));
        }
    }
    let unauthorized = app
        .anon()
        .send(
            Method::GET,
            "/v2/images",
            &[("X-Openstack-Request-Id", "abc")],
        )
        .await;
    assert_eq!(
        unauthorized.header("x-openstack-request-id"),
        Some("req-abc")
    );
}

#[tokio::test]
async fn a_request_id_that_cannot_be_taken_over_is_400_under_a_fresh_one_after_the_token() {
    let app = TestApp::new();
    let long = "r".repeat(65);
    for id in [long.as_str(), "a b", "é"] {
        let headers = [("X-Openstack-Request-Id", id)];
        let answer = app
            .member()
            .send(
                Method::PUT,
                &format!("/v2/images/{DEBIAN}/tags/x"),
                &headers,
            )
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.header("x-openstack-request-id").unwrap().len(), 40);
        assert_eq!(
            app.anon().send(Method::GET, "/v2", &headers).await.status,
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(
            app.anon().send(Method::GET, "/", &headers).await.status,
            StatusCode::MULTIPLE_CHOICES
        );
    }
    assert_eq!(app.member().tags(DEBIAN).await, [""; 0]);
}
