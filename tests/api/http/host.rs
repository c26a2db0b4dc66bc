//! `Host` and the authority in the request line (RFC 9112, 3.2).

use crate::support::raw::{Raw, RawResponse};
use crate::support::{MEMBER, TestApp};

/// Sends a request with this head, which has no empty line at its end, and returns the response.
pub async fn sent(address: &str, head: &str) -> RawResponse {
    let mut client = Raw::connect(address).await;
    client.send(format!("{head}\r\n")).await;
    client.response().await.unwrap()
}

pub fn first_link(response: &RawResponse) -> String {
    let versions: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
    versions["versions"][0]["links"][0]["href"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// RFC 9112, 3.2. Glance accepts a request without `Host` (recorded as `root_no_host`), and so does
/// this service.
#[tokio::test]
async fn two_hosts_or_a_malformed_one_are_400_on_every_route() {
    let server = TestApp::new().listen().await;
    for hosts in [
        "Host: a\r\nHost: a\r\n",
        "Host: a\r\nHost:\r\n",
        "Host: u@a\r\n",
        "Host: a/b\r\n",
        "Host: a:b\r\n",
    ] {
        for target in [
            "GET /",
            "PUT /v2/images/x/tags/y",
            "GET /healthcheck",
            "OPTIONS /v2",
            "GET http://b/identity/v3",
        ] {
            let head = format!("{target} HTTP/1.1\r\nAccept: application/json\r\n{hosts}");
            let response = sent(&server.address, &head).await;
            assert_eq!(response.status, 400, "{head}");
            assert!(response.header("x-openstack-request-id").is_some());
            let error: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
            assert_eq!(error["code"], "400 Bad Request", "{head}");
        }
    }
    for hosts in [
        "",
        "Host:\r\n",
        "Host: [::1]:9292\r\n",
        "Host: under_score\r\n",
    ] {
        assert_eq!(
            sent(&server.address, &format!("GET / HTTP/1.1\r\n{hosts}"))
                .await
                .status,
            300,
            "{hosts}"
        );
    }
}

/// RFC 9112, 3.2.2.
#[tokio::test]
async fn the_host_in_the_request_line_overrides_the_host_header_in_every_link() {
    let server = TestApp::with(|config| config.server.path_prefix = "/image".to_owned())
        .listen()
        .await;
    let get = async |method: &str, target: &str, rest: &str| {
        let head =
            format!("{method} http://outside:8080{target} HTTP/1.1\r\nHost: inside\r\n{rest}");
        sent(&server.address, &head).await
    };
    for target in ["/", "/image", "/versions", "//image//v2.3/", "/v2"] {
        let response = get("GET", target, &format!("X-Auth-Token: {MEMBER}\r\n")).await;
        assert_eq!(
            first_link(&response),
            "http://outside:8080/image/v2/",
            "{target}"
        );
    }
    let create = format!("X-Auth-Token: {MEMBER}\r\nContent-Length: 2\r\n\r\n{{}}");
    for target in ["/v2/images", "/image/v2/images", "/images"] {
        let response = get("POST", target, &create).await;
        assert!(
            response
                .header("location")
                .unwrap()
                .starts_with("http://outside:8080/image/v2/images/"),
            "{target}"
        );
    }
    for target in [
        "/identity/v3",
        "/image/identity//v3/",
        "/identity/v3/auth/catalog",
    ] {
        let response = get("GET", target, &format!("X-Auth-Token: {MEMBER}\r\n")).await;
        let body = String::from_utf8(response.body).unwrap();
        assert!(
            body.contains("http://outside:8080/image/identity") && !body.contains("inside"),
            "{target} {body}"
        );
    }
}
