//! Authentication, and who sees and changes which image.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use image_tags::identity::Identity;
use image_tags::image::{Member, Visibility};
use insta::assert_snapshot;

use crate::support::{DEBIAN, MEMBER, Response, TestApp, UBUNTU};

#[tokio::test]
async fn every_request_without_a_valid_token_is_401() {
    let app = TestApp::new();
    let long = "x".repeat(8193);
    let headers: [&[(&str, &str)]; 8] = [
        &[],
        &[("X-Auth-Token", "")],
        &[("X-Auth-Token", "garbage")],
        &[("X-Auth-Token", long.as_str())],
        &[("X-Auth-Token", MEMBER), ("X-Auth-Token", MEMBER)],
        &[("Authorization", "Bearer 0c3a50a694f44b748abd8e0660ecbd45")],
        &[("X-Storage-Token", MEMBER)],
        &[
            ("X-Identity-Status", "Confirmed"),
            ("X-Roles", "admin"),
            ("X-Project-Id", "5ef70662f8b34079a6eddb8da9d75fe8"),
        ],
    ];
    let tag = format!("/v2/images/{DEBIAN}/tags/x");
    for headers in headers {
        for path in [
            tag.as_str(),
            "/v2/images",
            "/v2",
            "/v2/",
            "/v2/nope",
            "/v2.7/images/%FF/tags/%",
        ] {
            for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
                let response = app.anon().send(method, path, headers).await;
                assert_eq!(
                    response.status,
                    StatusCode::UNAUTHORIZED,
                    "{path} {headers:?}"
                );
                assert_eq!(
                    response.header("www-authenticate"),
                    Some("Keystone uri=\"http://127.0.0.1:9292/identity\"")
                );
                assert_eq!(response.header("allow"), None);
            }
        }
    }
    assert_eq!(app.member().tags(DEBIAN).await, [""; 0]);
}

#[tokio::test]
async fn a_reader_and_a_member_of_the_image_see_it_but_cannot_tag_it() {
    let app = TestApp::new();
    let mut responses = BTreeSet::new();
    for (client, image) in [
        (app.reader(), DEBIAN),
        (app.reader(), UBUNTU),
        (app.stranger(), UBUNTU),
    ] {
        let shown = client.get(&format!("/v2/images/{image}")).await;
        assert_eq!(shown.status, StatusCode::OK);
        responses.insert(client.put_tag(image, "x").await.to_text());
        responses.insert(client.delete_tag(image, "absent").await.to_text());
    }
    assert_eq!(responses.len(), 1);
    assert_snapshot!(responses.first().unwrap(), @"
    403 Forbidden
    content-type: text/plain; charset=UTF-8

    403 Forbidden

    You are not authorized to complete modify_image action.
    ");
}

#[tokio::test]
async fn a_hidden_image_is_answered_like_an_unknown_one() {
    let app = TestApp::new();
    let unknown = "11111111-2222-4333-8444-555555555555";
    let without_id = |response: Response, id: &str| response.to_text().replace(id, "ID");
    for (method, path) in [
        (Method::PUT, "/tags/x"),
        (Method::DELETE, "/tags/x"),
        (Method::GET, "/tags/x"),
        (Method::HEAD, "/tags/x"),
        (Method::GET, "/tags"),
        (Method::DELETE, "/tags"),
        (Method::GET, ""),
    ] {
        let hidden = app
            .stranger()
            .send(method.clone(), &format!("/v2/images/{DEBIAN}{path}"), &[])
            .await;
        let absent = app
            .stranger()
            .send(method, &format!("/v2/images/{unknown}{path}"), &[])
            .await;
        assert_eq!(hidden.status, StatusCode::NOT_FOUND);
        assert_eq!(without_id(hidden, DEBIAN), without_id(absent, unknown));
    }
}

#[tokio::test]
async fn an_admin_tags_any_image() {
    let app = TestApp::new();
    assert_eq!(
        app.admin().put_tag(DEBIAN, "x").await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        app.admin().delete_tag(DEBIAN, "x").await.status,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn a_token_without_project_or_role_sees_nothing() {
    let mut lists = BTreeSet::new();
    for spoil in [
        |identity: &mut Identity| identity.project = None,
        |identity: &mut Identity| {
            *identity = Identity::new("user", identity.project.clone(), ["service"]);
        },
    ] {
        let app = TestApp::with(|config| {
            config
                .auth
                .tokens
                .iter_mut()
                .for_each(|token| spoil(&mut token.identity));
            config
                .images
                .iter_mut()
                .for_each(|image| image.visibility = Visibility::Public);
        });
        for client in [app.admin(), app.member(), app.reader()] {
            assert_eq!(
                client.put_tag(DEBIAN, "x").await.status,
                StatusCode::NOT_FOUND
            );
            lists.insert(client.get("/v2/images").await.to_text());
        }
    }
    assert_eq!(lists.len(), 1);
    assert_snapshot!(lists.first().unwrap(), @"
    403 Forbidden
    content-type: text/plain; charset=UTF-8

    403 Forbidden

    You are not authorized to complete get_images action.
    ");
}

/// Who sees an image of the member's project by id, and whose plain list includes it. No list
/// includes community images of other projects.
#[tokio::test]
async fn visibility_decides_who_sees_and_who_lists_an_image() {
    use image_tags::image::MemberStatus::{Accepted, Pending, Rejected};
    use image_tags::image::Visibility::{Community, Private, Public, Shared};
    for (visibility, membership, stranger_sees, stranger_lists) in [
        (Public, None, true, true),
        (Community, None, true, false),
        (Private, None, false, false),
        (Private, Some(Accepted), false, false),
        (Shared, None, false, false),
        (Shared, Some(Pending), true, false),
        (Shared, Some(Rejected), true, false),
        (Shared, Some(Accepted), true, true),
    ] {
        let app = TestApp::with(|config| {
            config
                .images
                .retain(|image| image.id() == DEBIAN.parse().unwrap());
            let image = &mut config.images[0];
            image.visibility = visibility;
            image.members = membership
                .map(|status| {
                    (
                        "c27a8b5e60d14f3f9b1a7e4d2c6f8053".parse().unwrap(),
                        Member::new(status, image.created_at()),
                    )
                })
                .into_iter()
                .collect();
        });
        for (client, sees, lists) in [
            (app.member(), true, true),
            (app.reader(), true, true),
            (app.admin(), true, visibility != Community),
            (app.stranger(), stranger_sees, stranger_lists),
        ] {
            let case = format!("{visibility} {membership:?}");
            let status = client.get(&format!("/v2/images/{DEBIAN}")).await.status;
            assert_eq!(status == StatusCode::OK, sees, "{case}");
            let listed = client.get("/v2/images").await.json()["images"]
                .as_array()
                .unwrap()
                .len();
            assert_eq!(listed == 1, lists, "{case}");
        }
        let status = app.stranger().put_tag(DEBIAN, "x").await.status;
        assert_eq!(
            status,
            if stranger_sees {
                StatusCode::FORBIDDEN
            } else {
                StatusCode::NOT_FOUND
            }
        );
    }
}
