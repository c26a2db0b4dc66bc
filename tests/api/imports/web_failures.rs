//! Downloads that fail: the image is queued again, and the task says why.

use std::fs;
use std::time::Duration;

use axum::http::Method;
use image_tags::data::DataUrl;
use serde_json::json;

use super::web_server::{WebServer, ok, redirect};
use super::{ended_task, file, import_web};
use crate::image::uploads::with_formats;
use crate::support::TestApp;

#[tokio::test]
async fn an_image_whose_download_fails_is_queued_again_and_its_task_says_why() {
    let broken = "The download failed: the server did not answer, or broke off.";
    let large = "The data is larger than the 10 bytes that are allowed.";
    for (answer, message) in [
        (String::new(), broken),
        ("SSH-2.0-OpenSSH_9.2\r\n".to_owned(), broken),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc".to_owned(),
            broken,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc".to_owned(),
            broken,
        ),
        (
            "HTTP/1.1 500 Internal Server Error\r\n\r\n".to_owned(),
            "The server at the URL answered 500 Internal Server Error.",
        ),
        (
            "HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\n\r\nabc".to_owned(),
            "The server at the URL answered 206 Partial Content.",
        ),
        (ok("0123456789a"), large),
        ("HTTP/1.0 200 OK\r\n\r\n0123456789a".to_owned(), large),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let web = WebServer::answering(answer.clone()).await;
        let app = TestApp::with(|config| {
            web.allow(config);
            config.limits.upload_bytes = 10;
            config.data.url = Some(DataUrl::File(directory.path().to_owned()));
        });
        let member = app.member();
        let id = member.create(with_formats()).await;
        assert_eq!(import_web(member, &id, &web.url()).await.to_line(), "202");
        let task = ended_task(member, &id).await;
        assert_eq!(task["status"], "failure", "{answer:?}");
        assert_eq!(task["message"], message, "{answer:?}");
        assert!(task["result"].is_null());
        let image = member.image(&id).await;
        assert_eq!(image["status"], "queued");
        assert_eq!(image["os_glance_failed_import"], "default");
        assert_eq!(image["os_glance_importing_to_stores"], "");
        assert_eq!(file(member, &id).await.to_line(), "204");
        let of_image = fs::read_dir(directory.path().join(&id));
        assert_eq!(of_image.map_or(0, Iterator::count), 0, "{answer:?}");
    }
}

#[tokio::test]
async fn a_redirect_without_end_fails() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let loops = std::thread::spawn(move || {
        let mut served = 0;
        while served < 6 {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = [0; 1024];
            let _ = std::io::Read::read(&mut stream, &mut head).unwrap();
            let answer = redirect(&format!("/{served}"));
            std::io::Write::write_all(&mut stream, answer.as_bytes()).unwrap();
            served += 1;
        }
    });
    let app = TestApp::with(|config| {
        let origin = url.parse().unwrap();
        config.import.allow.push(origin);
    });
    let id = app.member().create(with_formats()).await;
    import_web(app.member(), &id, &url).await;
    let task = ended_task(app.member(), &id).await;
    assert_eq!(
        task["message"],
        "The URL leads to where the service does not download from."
    );
    loops.join().unwrap();
}

#[tokio::test]
async fn a_download_that_takes_too_long_fails() {
    let web = WebServer::holding("HTTP/1.1 200 OK\r\n\r\nabc").await;
    let app = TestApp::with(|config| {
        web.allow(config);
        config.import.timeout = Duration::from_secs(1);
    });
    let id = app.member().create(with_formats()).await;
    import_web(app.member(), &id, &web.url()).await;
    let task = ended_task(app.member(), &id).await;
    assert_eq!(
        task["message"],
        "The download took longer than the 1 seconds that are allowed."
    );
    assert_eq!(app.member().image(&id).await["status"], "queued");
}

#[tokio::test]
async fn a_service_that_stops_ends_its_downloads() {
    let web = WebServer::holding("HTTP/1.1 200 OK\r\n\r\nabc").await;
    let app = TestApp::with(|config| web.allow(config));
    let mut server = app.listen().await;
    let id = server.app.member().create(with_formats()).await;
    import_web(server.app.member(), &id, &web.url()).await;
    while web.requests() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    server.stop();
    let app = TestApp::with_store(server.app.store.clone(), server.app.config.clone());
    server.stopped().await;
    let task = ended_task(app.member(), &id).await;
    assert_eq!(task["status"], "failure");
    assert_eq!(task["message"], "The service stopped during the import.");
    assert_eq!(app.member().image(&id).await["status"], "queued");
}

#[tokio::test]
async fn an_image_that_is_deleted_while_it_is_downloaded_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let web = WebServer::holding("HTTP/1.1 200 OK\r\n\r\nabc").await;
    let app = TestApp::with(|config| {
        web.allow(config);
        config.data.url = Some(DataUrl::File(directory.path().to_owned()));
    });
    let member = app.member();
    let id = member.create(with_formats()).await;
    import_web(member, &id, &web.url()).await;
    let path = format!("/v2/images/{id}");
    let deleted = member.send(Method::DELETE, &path, &[]).await;
    assert_eq!(deleted.to_line(), "204");
    // The connection is still open: the service itself sees that nobody waits for the data.
    let uploads = directory.path().join("uploads").join(&id);
    for _ in 0..400 {
        if fs::read_dir(&uploads).map_or(0, Iterator::count) == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let left = |path| fs::read_dir(path).map_or(0, Iterator::count);
    assert_eq!((left(uploads), left(directory.path().join(&id))), (0, 0));
    assert_eq!(member.get(&path).await.status.as_u16(), 404);
}

#[tokio::test]
async fn a_service_with_too_many_waiting_imports_takes_no_more() {
    let web = WebServer::holding("HTTP/1.1 200 OK\r\n\r\nabc").await;
    let app = TestApp::with(|config| {
        web.allow(config);
        config.import.downloads = 1;
        config.import.timeout = Duration::from_secs(3);
    });
    let member = app.member();
    let mut ids = Vec::new();
    for _ in 0..110 {
        ids.push(member.create(with_formats()).await);
    }
    let (mut accepted, mut refused) = (Vec::new(), 0);
    for id in ids {
        let response = import_web(member, &id, &web.url()).await;
        if response.status.as_u16() == 202 {
            accepted.push(id);
            continue;
        }
        assert_eq!(
            response.to_line(),
            "503 Too many images wait for their import. Try again later."
        );
        assert_eq!(member.image(&id).await["status"], "queued");
        refused += 1;
    }
    // One goes on, and a hundred wait.
    assert_eq!((accepted.len(), refused), (101, 9));
    for id in &accepted {
        let task = ended_task(member, id).await;
        assert_eq!(task["status"], "failure");
    }
    let id = member.create(with_formats()).await;
    assert_eq!(import_web(member, &id, &web.url()).await.to_line(), "202");
}

#[tokio::test]
async fn an_answer_without_end_in_its_head_does_not_stop_the_service() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let listener = listener.into_std().unwrap();
        listener.set_nonblocking(false).unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        let hints = "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n".repeat(1000);
        while std::io::Write::write_all(&mut stream, hints.as_bytes()).is_ok() {}
    });
    let origin = format!("http://{address}");
    let app = TestApp::with(|config| {
        config.import.allow.push(origin.parse().unwrap());
        config.import.timeout = Duration::from_secs(2);
    });
    let id = app.member().create(with_formats()).await;
    let url = format!("{origin}/");
    assert_eq!(import_web(app.member(), &id, &url).await.to_line(), "202");
    // The service answers all the time.
    let task = ended_task(app.member(), &id).await;
    assert_eq!(task["status"], "failure");
    assert_eq!(app.member().image(&id).await["status"], "queued");
}

#[tokio::test]
async fn an_import_without_a_format_at_its_end_fails() {
    for (patch, status, virtual_size) in [
        (
            json!([{"op": "replace", "path": "/disk_format", "value": null}]),
            "queued",
            json!(null),
        ),
        (
            json!([{"op": "replace", "path": "/disk_format", "value": "qcow2"}]),
            "active",
            json!(null),
        ),
        (
            json!([{"op": "replace", "path": "/name", "value": "x"}]),
            "active",
            json!(3),
        ),
    ] {
        let web = WebServer::holding("HTTP/1.1 200 OK\r\n\r\nabc").await;
        let app = TestApp::with(|config| web.allow(config));
        let member = app.member();
        let id = member.create(with_formats()).await;
        import_web(member, &id, &web.url()).await;
        assert_eq!(member.patch(&id, &patch).await.status.as_u16(), 200);
        web.ends.add_permits(1);
        ended_task(member, &id).await;
        let image = member.image(&id).await;
        assert_eq!(
            (image["status"].as_str(), &image["virtual_size"]),
            (Some(status), &virtual_size)
        );
    }
}

#[tokio::test]
async fn an_image_that_gets_another_owner_meanwhile_stays_without_data() {
    let web = WebServer::holding("HTTP/1.1 200 OK\r\n\r\nabc").await;
    let app = TestApp::with(|config| web.allow(config));
    let id = app.member().create(with_formats()).await;
    import_web(app.member(), &id, &web.url()).await;
    let patch = json!([{"op": "replace", "path": "/owner", "value": "another"}]);
    assert_eq!(app.admin().patch(&id, &patch).await.status.as_u16(), 200);
    web.ends.add_permits(1);
    assert_eq!(ended_task(app.admin(), &id).await["status"], "failure");
    assert_eq!(app.admin().image(&id).await["status"], "queued");
}
