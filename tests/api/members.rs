//! Sharing images: who may do and see what, and what it changes.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, Client, DEBIAN, TestApp};

const OWNER: &str = "5ef70662f8b34079a6eddb8da9d75fe8";
const STRANGER: &str = "c27a8b5e60d14f3f9b1a7e4d2c6f8053";

async fn call(
    client: Client<'_>,
    method: Method,
    image: &str,
    member: &str,
    body: Value,
) -> Answer {
    let member = if member.is_empty() {
        String::new()
    } else {
        format!("/{member}")
    };
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    client
        .send_body(
            method,
            &format!("/v2/images/{image}/members{member}"),
            &[],
            body,
        )
        .await
}

async fn share(client: Client<'_>, image: &str, project: &str) -> Answer {
    call(client, Method::POST, image, "", json!({"member": project})).await
}

async fn answer(client: Client<'_>, image: &str, project: &str, status: &str) -> Answer {
    call(
        client,
        Method::PUT,
        image,
        project,
        json!({"status": status}),
    )
    .await
}

async fn members(client: Client<'_>, image: &str) -> Vec<(String, String)> {
    let list = call(client, Method::GET, image, "", Value::Null)
        .await
        .json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| (text(&member["member_id"]), text(&member["status"])))
        .collect()
}

/// An app with a shared image of the member's.
async fn shared() -> (TestApp, String) {
    let app = TestApp::new();
    let id = app.member().create(json!({"name": "shared"})).await;
    (app, id)
}

#[tokio::test]
async fn an_image_is_shared_accepted_and_taken_back() {
    let (app, id) = shared().await;
    let listed = async || {
        let list = app.stranger().get("/v2/images?name=shared").await.json();
        list["images"].as_array().unwrap().len()
    };
    let tag = async |client: Client<'_>| client.put_tag(&id, "x").await.status;
    assert_eq!(
        (listed().await, tag(app.stranger()).await),
        (0, StatusCode::NOT_FOUND)
    );

    let added = share(app.member(), &id, STRANGER).await;
    assert_eq!(added.status, StatusCode::OK);
    let member = added.json();
    assert_eq!(
        (&member["member_id"], &member["image_id"], &member["status"]),
        (&json!(STRANGER), &json!(id), &json!("pending"))
    );
    assert_eq!(member["schema"], "/v2/schemas/member");
    assert_eq!(member["created_at"], member["updated_at"]);
    assert_eq!(
        (listed().await, tag(app.stranger()).await),
        (0, StatusCode::FORBIDDEN)
    );

    for (status, expected) in [
        ("accepted", 1),
        ("rejected", 0),
        ("pending", 0),
        ("accepted", 1),
    ] {
        let answer = answer(app.stranger(), &id, STRANGER, status).await;
        assert_eq!(
            (answer.status, answer.json()["status"].as_str()),
            (StatusCode::OK, Some(status))
        );
        assert_eq!(listed().await, expected, "{status}");
        assert_eq!(
            members(app.member(), &id).await,
            [(STRANGER.to_owned(), status.to_owned())]
        );
    }
    assert_eq!(
        (tag(app.member()).await, tag(app.stranger()).await),
        (StatusCode::NO_CONTENT, StatusCode::FORBIDDEN)
    );

    assert_eq!(
        call(app.member(), Method::DELETE, &id, STRANGER, Value::Null)
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        (listed().await, tag(app.stranger()).await),
        (0, StatusCode::NOT_FOUND)
    );
}

#[tokio::test]
async fn members_have_times_of_their_own_and_do_not_move_the_images() {
    let (app, id) = shared().await;
    let image = async || app.store.image(id.parse().unwrap()).await.unwrap().unwrap();
    let before = image().await;
    share(app.member(), &id, STRANGER).await;
    let shared = image().await;
    answer(app.stranger(), &id, STRANGER, "accepted").await;
    let accepted = image().await;
    assert_eq!(
        (shared.updated_at(), accepted.updated_at()),
        (before.updated_at(), before.updated_at())
    );
    let (old, new) = (
        &shared.members[&STRANGER.parse().unwrap()],
        &accepted.members[&STRANGER.parse().unwrap()],
    );
    assert_eq!(old.created_at(), new.created_at());
    assert!(old.created_at() >= before.created_at() && new.updated_at() > old.updated_at());
    app.member().put_tag(&id, "x").await;
    assert_eq!(&image().await.members[&STRANGER.parse().unwrap()], new);
}

/// Who may do what to a membership: the status of each call, by the caller. Recorded from a Glance 33.
#[tokio::test]
async fn who_may_do_what_to_a_membership() {
    #[rustfmt::skip]
    let cases: [(&str, [u16; 4]); 8] = [
        //                admin member reader stranger (the member of the image)
        ("list",         [200, 200, 200, 200]),
        ("show",         [200, 200, 200, 200]),
        ("show another", [404, 404, 404, 404]),
        ("add",          [200, 200, 403, 403]),
        ("answer",       [200, 403, 403, 200]),
        ("answer other", [404, 404, 404, 404]),
        // The owner cannot answer, not even for itself.
        ("answer owner", [200, 403, 403, 404]),
        ("remove",       [204, 204, 403, 403]),
    ];
    for (what, statuses) in cases {
        for (caller, expected) in statuses.into_iter().enumerate() {
            let (app, id) = shared().await;
            share(app.member(), &id, STRANGER).await;
            if what == "answer owner" {
                share(app.member(), &id, OWNER).await;
            }
            let client = [app.admin(), app.member(), app.reader(), app.stranger()][caller];
            let outcome = match what {
                "list" => call(client, Method::GET, &id, "", Value::Null).await,
                "show" => call(client, Method::GET, &id, STRANGER, Value::Null).await,
                "show another" => call(client, Method::GET, &id, "other", Value::Null).await,
                "add" => share(client, &id, "other").await,
                "answer" => answer(client, &id, STRANGER, "accepted").await,
                "answer owner" => answer(client, &id, OWNER, "accepted").await,
                "answer other" => answer(client, &id, "other", "accepted").await,
                _ => call(client, Method::DELETE, &id, STRANGER, Value::Null).await,
            };
            assert_eq!(
                outcome.status.as_u16(),
                expected,
                "{what} {caller} {}",
                outcome.body
            );
        }
    }
}

#[tokio::test]
async fn a_member_sees_itself_and_no_other() {
    let (app, id) = shared().await;
    for project in [STRANGER, "other", OWNER] {
        share(app.member(), &id, project).await;
    }
    assert_eq!(members(app.stranger(), &id).await.len(), 1);
    for client in [app.member(), app.reader(), app.admin()] {
        assert_eq!(members(client, &id).await.len(), 3);
    }
    let other = call(app.stranger(), Method::GET, &id, "other", Value::Null).await;
    assert_eq!(
        other.explanation(),
        format!("other not found in the member list of the image {id}.")
    );
}

#[tokio::test]
async fn only_shared_images_have_members() {
    let app = TestApp::new();
    for visibility in ["private", "community"] {
        let id = app.member().create(json!({"visibility": visibility})).await;
        for (outcome, status, says) in [
            (
                share(app.member(), &id, STRANGER).await,
                403,
                format!("Not allowed to create members for image {id}."),
            ),
            (
                answer(app.admin(), &id, STRANGER, "accepted").await,
                403,
                format!("Not allowed to update members for image {id}."),
            ),
            (
                call(app.member(), Method::DELETE, &id, STRANGER, Value::Null).await,
                403,
                format!("Not allowed to delete members for image {id}."),
            ),
            (
                call(app.member(), Method::GET, &id, "", Value::Null).await,
                403,
                format!(
                    "Not allowed to list members for image {id}: Only shared images have members."
                ),
            ),
            (
                call(app.member(), Method::GET, &id, STRANGER, Value::Null).await,
                404,
                "Only shared images have members.".to_owned(),
            ),
        ] {
            assert_eq!(
                (outcome.status.as_u16(), outcome.explanation()),
                (status, says.as_str())
            );
        }
    }
    let unseen = share(app.stranger(), DEBIAN, STRANGER).await;
    assert_eq!(
        (unseen.status.as_u16(), unseen.explanation()),
        (404, &*format!("Image {DEBIAN} not found."))
    );
}

#[tokio::test]
async fn an_image_that_becomes_private_is_seen_by_its_members_no_more() {
    let (app, id) = shared().await;
    share(app.member(), &id, STRANGER).await;
    answer(app.stranger(), &id, STRANGER, "accepted").await;
    for (visibility, status) in [("private", 404), ("community", 200), ("shared", 200)] {
        app.member()
            .patch(
                &id,
                &json!([{"op": "replace", "path": "/visibility", "value": visibility}]),
            )
            .await;
        assert_eq!(
            app.stranger()
                .get(&format!("/v2/images/{id}"))
                .await
                .status
                .as_u16(),
            status
        );
    }
}

#[tokio::test]
async fn what_is_no_member_or_no_status_is_refused() {
    let (app, id) = shared().await;
    let form = "Expected a member in the form: {\"member\": \"image_id\"}";
    for (body, says) in [
        (Value::Null, "Body expected in request."),
        (json!({}), "Member to be added not specified"),
        (json!([]), form),
        (json!({"member": 1}), form),
        (json!({"member": ""}), "Member can't be empty"),
        (
            json!({"member": "x".repeat(256)}),
            "The id of a project has at most 255 characters.",
        ),
        (
            json!({"member": "a\0"}),
            "JSON cannot contain the NUL character.",
        ),
    ] {
        let outcome = call(app.member(), Method::POST, &id, "", body).await;
        assert_eq!(
            (outcome.status, outcome.explanation()),
            (StatusCode::BAD_REQUEST, says)
        );
    }
    share(app.member(), &id, STRANGER).await;
    let incorrect = "Incorrect request: Status must be \"pending\", \"accepted\" or \"rejected\".";
    for (body, says) in [
        (Value::Null, "Body expected in request."),
        (json!({}), "Status not specified"),
        (
            json!([]),
            "Expected a status in the form: {\"status\": \"status\"}",
        ),
        (json!({"status": 1}), incorrect),
        (json!({"status": "x"}), incorrect),
    ] {
        let outcome = call(app.stranger(), Method::PUT, &id, STRANGER, body).await;
        assert_eq!(
            (outcome.status, outcome.explanation()),
            (StatusCode::BAD_REQUEST, says)
        );
    }
    let twice = share(app.member(), &id, STRANGER).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
    assert_eq!(
        twice.explanation(),
        format!("Member {STRANGER} is duplicated for image {id}")
    );
    assert_eq!(
        members(app.member(), &id).await,
        [(STRANGER.to_owned(), "pending".to_owned())]
    );
}

#[tokio::test]
async fn the_quota_of_members_holds() {
    let app = TestApp::with(|config| config.limits.members_per_image = 2);
    let id = app.member().create(json!({})).await;
    for project in ["a", "b"] {
        assert_eq!(
            share(app.member(), &id, project).await.status,
            StatusCode::OK
        );
    }
    let outcome = share(app.member(), &id, "c").await;
    assert_eq!(outcome.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        outcome.explanation(),
        format!(
            "Image member limit exceeded for image {id}: The limit has been exceeded on the number of allowed image members for this image. Attempted: 3, Maximum: 2:"
        )
    );
}

#[tokio::test]
async fn other_methods_are_405_with_what_is_allowed() {
    let (app, id) = shared().await;
    for (member, allow) in [("", "GET, POST"), ("x", "GET, PUT, DELETE")] {
        let outcome = call(app.member(), Method::PATCH, &id, member, Value::Null).await;
        assert_eq!(
            (outcome.status, outcome.header("allow")),
            (StatusCode::METHOD_NOT_ALLOWED, Some(allow))
        );
    }
}
