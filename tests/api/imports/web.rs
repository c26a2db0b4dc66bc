//! The method `web-download`.

use std::time::Duration;

use serde_json::json;

use super::web_server::{WebServer, ok, redirect};
use super::{ended_task, file, import_web, stage};
use crate::image::uploads::with_formats;
use crate::support::{TestApp, log::Log};

#[tokio::test]
async fn an_image_is_downloaded_from_an_allowed_origin() {
    let chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
    let until_closed = "HTTP/1.0 200 OK\r\n\r\nabc";
    for answer in [ok("abc"), chunked.to_owned(), until_closed.to_owned()] {
        let web = WebServer::answering(answer).await;
        let app = TestApp::with(|config| web.allow(config));
        let member = app.member();
        let id = member.create(with_formats()).await;
        assert_eq!(import_web(member, &id, &web.url()).await.to_line(), "202");
        let task = ended_task(member, &id).await;
        assert_eq!(task["status"], "success");
        assert_eq!(task["result"], json!({"image_id": id}));
        let image = member.image(&id).await;
        assert_eq!(
            (&image["status"], &image["size"]),
            (&json!("active"), &json!(3))
        );
        assert_eq!(image["checksum"], "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(file(member, &id).await.body, "abc");
    }
}

#[tokio::test]
async fn an_image_is_importing_while_it_is_downloaded() {
    let web = WebServer::holding("HTTP/1.1 200 OK\r\n\r\nabc").await;
    let app = TestApp::with(|config| web.allow(config));
    let member = app.member();
    let id = member.create(with_formats()).await;
    assert_eq!(import_web(member, &id, &web.url()).await.to_line(), "202");
    let image = member.image(&id).await;
    let tasks = member.get(&format!("/v2/images/{id}/tasks")).await.json();
    let task = &tasks["tasks"][0];
    assert_eq!(
        (
            &image["status"],
            &image["os_glance_import_task"],
            &image["size"]
        ),
        (&json!("importing"), &task["id"], &json!(null))
    );
    assert_eq!(image["os_glance_importing_to_stores"], "default");
    assert_eq!(
        (&task["status"], &task["result"]),
        (&json!("processing"), &json!(null))
    );
    for (call, line) in [
        (
            import_web(member, &id, &web.url()).await,
            "409 Image needs to be in 'queued' state to use 'web-download' method",
        ),
        (
            stage(member, &id, "abc").await,
            "409 Image status transition from importing to uploading is not allowed",
        ),
        (file(member, &id).await, "204"),
        (member.put_tag(&id, "meanwhile").await, "204"),
    ] {
        assert_eq!(call.to_line(), line);
    }
    web.ends.add_permits(1);
    assert_eq!(ended_task(member, &id).await["status"], "success");
    let image = member.image(&id).await;
    assert_eq!(image["tags"], json!(["meanwhile"]));
    assert!(image.get("os_glance_import_task").is_none());
}

#[tokio::test]
async fn a_redirect_is_followed_within_what_is_allowed() {
    let target = WebServer::answering(ok("abc")).await;
    let web = WebServer::answering(redirect(&target.url())).await;
    for is_allowed in [true, false] {
        let app = TestApp::with(|config| {
            web.allow(config);
            if is_allowed {
                target.allow(config);
            }
        });
        let member = app.member();
        let id = member.create(with_formats()).await;
        import_web(member, &id, &web.url()).await;
        let task = ended_task(member, &id).await;
        let status = member.image(&id).await["status"].clone();
        let expected = if is_allowed {
            ("success", "", "active")
        } else {
            (
                "failure",
                "The URL leads to where the service does not download from.",
                "queued",
            )
        };
        assert_eq!(
            (
                task["status"].as_str(),
                task["message"].as_str(),
                status.as_str()
            ),
            (Some(expected.0), Some(expected.1), Some(expected.2))
        );
        assert_eq!(target.requests(), 1, "only the allowed one arrives");
    }
}

#[tokio::test]
async fn no_more_downloads_go_on_than_are_allowed() {
    let web = WebServer::holding("HTTP/1.1 200 OK\r\n\r\nabc").await;
    let app = TestApp::with(|config| {
        web.allow(config);
        config.import.downloads = 1;
    });
    let member = app.member();
    let ids = [
        member.create(with_formats()).await,
        member.create(with_formats()).await,
    ];
    for id in &ids {
        assert_eq!(import_web(member, id, &web.url()).await.to_line(), "202");
        assert_eq!(member.image(id).await["status"], "importing");
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(web.requests(), 1);
    web.ends.add_permits(2);
    for id in &ids {
        assert_eq!(ended_task(member, id).await["status"], "success");
    }
    assert_eq!(web.requests(), 2);
}

#[tokio::test]
async fn the_query_of_a_url_is_in_no_task_and_no_log() {
    let log = Log::start();
    let web = WebServer::answering("HTTP/1.1 404 Not Found\r\n\r\n").await;
    let app = TestApp::with(|config| web.allow(config));
    let member = app.member();
    let id = member.create(with_formats()).await;
    let url = format!("{}?signature=hush#hush", web.url());
    import_web(member, &id, &url).await;
    let task = ended_task(member, &id).await;
    assert_eq!(task["input"]["import_req"]["method"]["uri"], web.url());
    assert_eq!(
        task["message"],
        "The server at the URL answered 404 Not Found."
    );
    // A port that nobody listens on.
    drop(web);
    let lines = log.lines();
    assert!(!lines.is_empty());
    assert!(!format!("{lines:?} {task}").contains("hush"));
}
