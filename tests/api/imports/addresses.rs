//! Where `web-download` does not go.

use super::web_server::{WebServer, ok, redirect};
use super::{ended_task, import_web};
use crate::image::uploads::with_formats;
use crate::support::TestApp;

#[tokio::test]
async fn a_url_that_is_not_allowed_is_refused_and_changes_nothing() {
    let web = WebServer::answering(ok("abc")).await;
    let app = TestApp::with(|config| {
        config.import.allow = vec![
            "http://*".parse().unwrap(),
            format!("http://*:{}", web.port).parse().unwrap(),
        ];
    });
    let member = app.member();
    let id = member.create(with_formats()).await;
    let port = web.port;
    for uri in [
        "",
        "nonsense",
        "/path",
        "//example.org/",
        "http://",
        "https://example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://example.org:81/",
        "http://user:password@example.org/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        &format!("http://127.0.0.1:{port}/"),
        &format!("http://127.1:{port}/"),
        &format!("http://2130706433:{port}/"),
        &format!("http://0x7f000001:{port}/"),
        &format!("http://[::1]:{port}/"),
        &format!("http://[::ffff:127.0.0.1]:{port}/"),
        &format!("http://0.0.0.0:{port}/"),
        &format!("http://example.org/{}", "a".repeat(3000)),
    ] {
        let response = import_web(member, &id, uri).await;
        let shown: String = uri.chars().take(2048).collect();
        assert_eq!(
            response.to_line().trim_end(),
            format!("400 URI for web-download does not pass filtering: {shown}").trim_end()
        );
    }
    assert_eq!(member.image(&id).await["status"], "queued");
    assert_eq!(web.requests(), 0);
}

#[tokio::test]
async fn a_name_of_a_private_address_is_reached_if_its_network_is_named() {
    let web = WebServer::answering(ok("abc")).await;
    for is_named in [false, true] {
        let app = TestApp::with(|config| {
            let origin = format!("http://localhost:{}", web.port);
            config.import.allow.push(origin.parse().unwrap());
            if is_named {
                config.import.private_networks = vec!["127.0.0.0/8".parse().unwrap()];
            }
        });
        let member = app.member();
        let id = member.create(with_formats()).await;
        let url = format!("http://localhost:{}/", web.port);
        assert_eq!(import_web(member, &id, &url).await.to_line(), "202");
        let task = ended_task(member, &id).await;
        let expected = if is_named {
            ("success", "")
        } else {
            (
                "failure",
                "The URL leads to where the service does not download from.",
            )
        };
        let found = (task["status"].as_str(), task["message"].as_str());
        assert_eq!(found, (Some(expected.0), Some(expected.1)));
        assert_eq!(web.requests(), usize::from(is_named));
    }
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_not_followed() {
    let secret = WebServer::answering(ok("secret")).await;
    let targets = [
        format!("http://127.0.0.1:{}/", secret.port),
        format!("http://localhost:{}/", secret.port),
        format!("http://[::ffff:127.0.0.1]:{}/", secret.port),
        "file:///etc/passwd".to_owned(),
    ];
    for target in targets {
        let web = WebServer::answering(redirect(&target)).await;
        let app = TestApp::with(|config| {
            web.allow(config);
            let all = format!("http://*:{}", secret.port);
            config.import.allow.push(all.parse().unwrap());
        });
        let member = app.member();
        let id = member.create(with_formats()).await;
        assert_eq!(import_web(member, &id, &web.url()).await.to_line(), "202");
        assert_eq!(ended_task(member, &id).await["status"], "failure");
        assert_eq!(member.image(&id).await["status"], "queued");
        assert_eq!((web.requests(), secret.requests()), (1, 0), "{target}");
    }
}
