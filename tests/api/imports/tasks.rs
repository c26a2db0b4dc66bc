//! The tasks of imports.

use std::collections::BTreeSet;

use image_tags::config::PolicyConfig;
use image_tags::image::{Image, ImageId, ImportMethod, ImportTask, TaskStatus, UploadId};
use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{ended_task, import_direct, stage};
use crate::image::uploads::with_formats;
use crate::support::{TestApp, config, store_of};

/// An image with a task that began this many hours ago.
fn image(hours: i64, status: TaskStatus) -> Image {
    let time = Timestamp::now() - SignedDuration::from_hours(hours);
    let mut image = Image::new(ImageId::random(), time);
    image.owner = Some("project".parse().unwrap());
    image.import = Some(Box::new(ImportTask {
        id: UploadId::random(),
        method: ImportMethod::WebDownload,
        uri: Some("https://example.org/image".to_owned()),
        status,
        message: "message".to_owned(),
        owner: image.owner.clone(),
        user: "user".to_owned(),
        request_id: "req-1".to_owned(),
        created_at: time,
        updated_at: time,
    }));
    image
}

/// The text without the lines of what differs from run to run.
fn without_end(text: &str) -> String {
    let differs = |line: &&str| {
        let line = line.trim_start();
        ["\"expires_at\"", "\"request_id\"", "content-length"]
            .iter()
            .any(|it| line.starts_with(it))
    };
    let lines: Vec<_> = text.lines().filter(|line| !differs(line)).collect();
    lines.join("\n")
}

fn ids(list: &Value) -> Vec<String> {
    let tasks = list["tasks"].as_array().unwrap().iter();
    tasks
        .map(|task| task["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn an_admin_sees_the_tasks_of_all_images_and_nobody_else_does() {
    let app = TestApp::new();
    let id = app.member().create(with_formats()).await;
    stage(app.member(), &id, "abc").await;
    import_direct(app.member(), &id).await;
    let task = ended_task(app.member(), &id).await;
    let task = task["id"].as_str().unwrap();
    let list = app.admin().get("/v2/tasks").await;
    let list = without_end(&list.to_text());
    assert_snapshot!(list.replace(task, "TASK"), @r#"
    200 OK
    content-type: application/json

    {
      "tasks": [
        {
          "id": "TASK",
          "type": "api_image_import",
          "status": "success",
          "owner": "5ef70662f8b34079a6eddb8da9d75fe8",
          "created_at": "<now>",
          "updated_at": "<now>",
          "self": "/v2/tasks/TASK",
          "schema": "/v2/schemas/task",
        }
      ],
      "first": "/v2/tasks",
      "schema": "/v2/schemas/tasks"
    }
    "#);
    let shown = app.admin().get(&format!("/v2/tasks/{task}")).await;
    let shown = without_end(&shown.to_text());
    assert_snapshot!(shown.replace(task, "TASK").replace(&id, "ID"), @r#"
    200 OK
    content-type: application/json

    {
      "id": "TASK",
      "type": "api_image_import",
      "status": "success",
      "owner": "5ef70662f8b34079a6eddb8da9d75fe8",
      "created_at": "<now>",
      "updated_at": "<now>",
      "self": "/v2/tasks/TASK",
      "schema": "/v2/schemas/task",
      "image_id": "ID",
      "user_id": "member",
      "input": {
        "image_id": "ID",
        "import_req": {
          "method": {
            "name": "glance-direct"
          }
        },
        "backend": [
          "default"
        ]
      },
      "result": {
        "image_id": "ID"
      },
      "message": ""
    }
    "#);
    for path in ["/v2/tasks".to_owned(), format!("/v2/tasks/{task}")] {
        let refused = app.member().get(&path).await;
        assert_eq!(
            refused.to_line(),
            "403 You are not authorized to complete tasks_api_access action."
        );
    }
    let other = format!("/v2/tasks/{}", UploadId::random());
    assert_eq!(app.admin().get(&other).await.status.as_u16(), 404);
    let hidden = app.stranger().get(&format!("/v2/images/{id}/tasks")).await;
    assert_eq!(hidden.status.as_u16(), 404);
}

#[tokio::test]
async fn tasks_come_in_pages_in_the_order_that_is_asked_for() {
    let images: Vec<_> = (0..5)
        .map(|hours| image(hours, TaskStatus::Succeeded))
        .collect();
    let newest_first: Vec<_> = images
        .iter()
        .map(|image| image.import.as_ref().unwrap().id.to_string())
        .collect();
    let app = TestApp::with_store(store_of(images), config());
    let mut path = "/v2/tasks?limit=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = app.admin().get(&path).await.json();
        seen.extend(ids(&page));
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut path),
            None => break,
        }
    }
    assert_eq!(seen, newest_first);
    let oldest_first = app
        .admin()
        .get("/v2/tasks?sort_key=updated_at&sort_dir=asc")
        .await;
    let mut reversed = newest_first.clone();
    reversed.reverse();
    assert_eq!(ids(&oldest_first.json()), reversed);
    let by_id = ids(&app
        .admin()
        .get("/v2/tasks?sort_key=id&sort_dir=asc")
        .await
        .json());
    assert!(by_id.is_sorted() && by_id.len() == 5);
}

#[tokio::test]
async fn tasks_are_selected_by_their_status_and_vanish_two_days_after_their_end() {
    let statuses = [
        (1, TaskStatus::Succeeded),
        (47, TaskStatus::Failed),
        (49, TaskStatus::Failed),
        (49, TaskStatus::Processing),
        (100, TaskStatus::Succeeded),
    ];
    let images = statuses.map(|(hours, status)| image(hours, status));
    let old = images[2].id();
    let app = TestApp::with_store(store_of(images.into()), config());
    for (query, expected) in [
        ("", vec!["failure", "processing", "success"]),
        ("?status=failure", vec!["failure"]),
        ("?status=processing", vec!["processing"]),
        ("?status=pending", vec![]),
        ("?type=import", vec![]),
        ("?anything=else", vec!["failure", "processing", "success"]),
    ] {
        let list = app.admin().get(&format!("/v2/tasks{query}")).await.json();
        let tasks = list["tasks"].as_array().unwrap().iter();
        let found: BTreeSet<_> = tasks.map(|task| task["status"].as_str().unwrap()).collect();
        assert_eq!(found, expected.into_iter().collect(), "{query}");
    }
    let of_image = app.admin().get(&format!("/v2/images/{old}/tasks")).await;
    assert_eq!(of_image.json()["tasks"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn who_may_use_tasks_by_the_policy_sees_those_of_its_own_project() {
    let policy = crate::program::file("tasks_api_access: role:member");
    let app =
        TestApp::with(|config| config.policy = PolicyConfig::from_file(policy.path()).unwrap());
    let id = app.member().create(with_formats()).await;
    stage(app.member(), &id, "abc").await;
    import_direct(app.member(), &id).await;
    let task = ended_task(app.member(), &id).await;
    let path = format!("/v2/tasks/{}", task["id"].as_str().unwrap());
    for (client, status, number) in [
        (app.member(), 200, 1),
        (app.stranger(), 404, 0),
        (app.reader(), 403, 0),
    ] {
        assert_eq!(client.get(&path).await.status.as_u16(), status);
        let list = client.get("/v2/tasks").await;
        if list.status.is_success() {
            assert_eq!(ids(&list.json()).len(), number);
        }
    }
}
