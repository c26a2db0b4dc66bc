//! Which images a list includes, and how visibility, membership and `os_hidden` narrow it.

use image_tags::identity::ProjectId;
use image_tags::image::{Image, ImageId, Member, MemberStatus, Status, Visibility};
use jiff::SignedDuration;
use serde_json::json;

use super::columns::{ids, names};
use crate::support::{TestApp, UBUNTU};

#[tokio::test]
async fn hidden_images_are_not_listed() {
    let app = TestApp::with(|config| config.images[0].hidden = true);
    for client in [app.member(), app.admin()] {
        assert_eq!(ids(client, "/v2/images").await, [UBUNTU]);
    }
}

#[tokio::test]
async fn visibility_and_membership_filter_the_visible_images() {
    use MemberStatus::{Accepted, Pending, Rejected};
    use Visibility::{Community, Private, Public, Shared};
    let app = TestApp::with(|config| {
        let moment = config.images[0].created_at();
        let stranger = ProjectId::from("c27a8b5e60d14f3f9b1a7e4d2c6f8053");
        config.images.clear();
        for (number, (name, visibility, member, mine)) in [
            ("own-community", Community, None, true),
            ("own-private", Private, None, true),
            ("public", Public, None, false),
            ("community", Community, None, false),
            ("private", Private, None, false),
            ("pending", Shared, Some(Pending), false),
            ("accepted", Shared, Some(Accepted), false),
            ("rejected", Shared, Some(Rejected), false),
            ("other", Shared, None, false),
        ]
        .into_iter()
        .enumerate()
        {
            let mut image = Image::new(
                ImageId::random(),
                moment - SignedDuration::from_secs(number.try_into().unwrap()),
            );
            image.name = Some(name.to_owned());
            image.owner = Some(if mine {
                stranger.clone()
            } else {
                "owner".into()
            });
            image.visibility = visibility;
            image.members = member
                .map(|status| (stranger.clone(), Member::new(status, moment)))
                .into_iter()
                .collect();
            config.images.push(image);
        }
    });
    for (query, expected) in [
        (
            "",
            &["own-community", "own-private", "public", "accepted"][..],
        ),
        (
            "visibility=all",
            &[
                "own-community",
                "own-private",
                "public",
                "community",
                "accepted",
            ],
        ),
        ("visibility=community", &["own-community", "community"]),
        ("visibility=private", &["own-private"]),
        ("visibility=shared", &["accepted"]),
        ("visibility=shared&member_status=pending", &["pending"]),
        (
            "visibility=shared&member_status=all",
            &["pending", "accepted", "rejected"],
        ),
        (
            "member_status=rejected",
            &["own-community", "own-private", "public", "rejected"],
        ),
    ] {
        assert_eq!(names(app.stranger(), query).await, expected, "{query}");
    }
    assert_eq!(names(app.admin(), "").await.len(), 7);
    assert_eq!(names(app.admin(), "visibility=all").await.len(), 9);
}

#[tokio::test]
async fn the_filter_os_hidden_lists_hidden_images() {
    let app = TestApp::new();
    app.member()
        .create(json!({"name": "hidden", "os_hidden": true}))
        .await;
    for query in ["os_hidden=true", "os_hidden=True"] {
        assert_eq!(names(app.member(), query).await, ["hidden"]);
    }
    assert_eq!(names(app.member(), "os_hidden=false").await.len(), 2);
}

#[tokio::test]
async fn a_killed_image_is_not_listed() {
    let app = TestApp::with(|config| config.images[0].status = Status::Killed);
    assert_eq!(ids(app.member(), "/v2/images").await, [UBUNTU]);
}
