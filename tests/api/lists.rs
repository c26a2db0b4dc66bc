//! Listing images: pages, filters, order.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use image_tags::identity::ProjectId;
use image_tags::image::{Image, ImageId, Member, MemberStatus, Status, Visibility};
use jiff::SignedDuration;
use serde_json::json;

use crate::support::{Client, DEBIAN, TestApp, UBUNTU};

async fn column(client: Client<'_>, path: &str, attribute: &str) -> Vec<String> {
    let answer = client.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path} {}", answer.body);
    let list = answer.json();
    let images = list["images"].as_array().unwrap().iter();
    images
        .map(|image| image[attribute].as_str().unwrap_or("null").to_owned())
        .collect()
}

async fn ids(client: Client<'_>, path: &str) -> Vec<String> {
    column(client, path, "id").await
}

async fn names(client: Client<'_>, query: &str) -> Vec<String> {
    column(client, &format!("/v2/images?{query}"), "name").await
}

#[tokio::test]
async fn the_list_has_what_the_caller_sees_newest_first() {
    let app = TestApp::new();
    assert_eq!(ids(app.member(), "/v2/images").await, [UBUNTU, DEBIAN]);
    assert_eq!(ids(app.stranger(), "/v2/images").await, [UBUNTU]);
    let list = app.member().get("/v2/images").await.json();
    assert_eq!(list["first"], "/v2/images");
    assert_eq!(list["schema"], "/v2/schemas/images");
    assert_eq!(list.get("next"), None);
}

#[tokio::test]
async fn hidden_images_are_not_listed() {
    let app = TestApp::with(|config| config.images[0].hidden = true);
    for client in [app.member(), app.admin()] {
        assert_eq!(ids(client, "/v2/images").await, [UBUNTU]);
    }
}

#[tokio::test]
async fn pages_follow_one_another_and_hold_every_image_once() {
    let app = TestApp::with(|config| {
        let moment = config.images[0].created_at();
        config.images.extend((0..60).map(|_| {
            // Of the same microsecond: the id decides.
            let mut image = Image::new(ImageId::random(), moment);
            image.visibility = Visibility::Public;
            image
        }));
    });
    for first in [
        "/v2/images",
        "/v2/images?limit=7",
        "/v2/images?limit=62",
        "/v2/images?limit=1000000",
    ] {
        let (mut path, mut found) = (first.to_owned(), Vec::new());
        loop {
            let list = app.member().get(&path).await.json();
            assert_eq!(list["first"], first);
            found.extend(
                list["images"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|image| image["id"].to_string()),
            );
            match list.get("next") {
                Some(next) => path = next.as_str().unwrap().to_owned(),
                None => break,
            }
        }
        assert_eq!(found.len(), 62);
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 62);
    }
}

#[tokio::test]
async fn a_page_that_cannot_be_is_400() {
    let app = TestApp::new();
    for (query, says) in [
        ("limit=x", "limit param must be an integer"),
        ("limit=-1", "limit param must be positive"),
        ("marker=x", "No image found with ID x"),
        (
            "marker=11111111-2222-4333-8444-555555555555",
            "No image found with ID 11111111-2222-4333-8444-555555555555",
        ),
        (
            "marker=%FF",
            "Error decoding your request. Either the URL or the request body contained characters that could not be decoded by Glance",
        ),
    ] {
        let answer = app.member().get(&format!("/v2/images?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(answer.explanation(), says);
    }
    let many = app
        .member()
        .get(&format!("/v2/images?{}", "a=&".repeat(201)))
        .await;
    assert_eq!(
        (many.status, many.explanation()),
        (
            StatusCode::BAD_REQUEST,
            "A list has at most 200 parameters."
        )
    );
    assert_eq!(
        app.member()
            .get(&format!("/v2/images?{}", "a=&".repeat(200)))
            .await
            .status,
        StatusCode::OK
    );
    let unseen = app
        .stranger()
        .get(&format!("/v2/images?marker={DEBIAN}"))
        .await;
    assert_eq!(unseen.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn images_are_found_by_all_of_their_tags() {
    let app = TestApp::new();
    for (name, tags) in [
        ("one", json!(["a", "b"])),
        ("two", json!(["b", "a", "c"])),
        ("three", json!(["a", "A", "a ", ""])),
    ] {
        app.member()
            .create(json!({"name": name, "tags": tags}))
            .await;
    }
    let long = format!("tag={}", "x".repeat(300));
    for (query, expected) in [
        ("tag=a", &["three", "two", "one"][..]),
        ("tag=a&tag=b", &["two", "one"]),
        ("tag=a&tag=b&tag=a", &["two", "one"]),
        ("tag=a&tag=b&tag=c", &["two"]),
        ("tag=a&tag=nope", &[]),
        ("tag=A", &["three"]),
        ("tag=a+", &["three"]),
        ("tag=", &["three"]),
        ("tag=a,b", &[]),
        ("tag=in:a", &[]),
        (&long, &[]),
        ("tag=lts", &["ubuntu-24.04"]),
        ("tag=a&name=one", &["one"]),
        ("tag=a&sort=name:asc", &["one", "three", "two"]),
        ("tag=a&limit=1", &["three"]),
    ] {
        assert_eq!(names(app.member(), query).await, expected, "{query}");
    }
    app.member()
        .delete_tag(&ids(app.member(), "/v2/images?tag=c").await[0], "b")
        .await;
    assert_eq!(names(app.member(), "tag=b").await, ["one"]);
    assert_eq!(names(app.stranger(), "tag=a").await, [""; 0]);
}

#[tokio::test]
async fn images_are_found_by_their_attributes() {
    let app = TestApp::new();
    let id = app
        .member()
        .create(json!({"name": "debian:12", "os": "x y", "protected": true, "min_disk": 9}))
        .await;
    for (query, expected) in [
        (format!("id={id}"), &["debian:12"][..]),
        (format!("id=in:{id},{DEBIAN}"), &["debian:12", "debian-12"]),
        ("name=debian-12".to_owned(), &["debian-12"]),
        ("name=debian:12".to_owned(), &["debian:12"]),
        ("name=eq:debian-12".to_owned(), &["debian-12"]),
        (
            "name=in:debian-12,%22ubuntu-24.04%22,nope".to_owned(),
            &["ubuntu-24.04", "debian-12"],
        ),
        ("name=DEBIAN-12".to_owned(), &[]),
        ("status=queued".to_owned(), &["debian:12"]),
        (
            "status=in:active,queued&container_format=bare".to_owned(),
            &["ubuntu-24.04", "debian-12"],
        ),
        (
            "disk_format=qcow2&visibility=private".to_owned(),
            &["debian-12"],
        ),
        (
            "owner=5ef70662f8b34079a6eddb8da9d75fe8".to_owned(),
            &["debian:12", "ubuntu-24.04", "debian-12"],
        ),
        ("owner=nobody".to_owned(), &[]),
        ("protected=true".to_owned(), &["debian:12"]),
        ("protected=false&limit=1".to_owned(), &["ubuntu-24.04"]),
        ("os=x+y".to_owned(), &["debian:12"]),
        ("os=x%20y".to_owned(), &["debian:12"]),
        ("os_distro=debian&os_version=12".to_owned(), &["debian-12"]),
        ("nope=x".to_owned(), &[]),
        ("min_disk=9".to_owned(), &["debian:12"]),
        ("min_disk_min=2&min_disk_max=8".to_owned(), &["debian-12"]),
        ("size_min=1".to_owned(), &[]),
        (
            "created_at=lt:2026-01-06T00:00:00Z".to_owned(),
            &["debian-12"],
        ),
        (
            "created_at=2026-01-06T09:00:00Z".to_owned(),
            &["ubuntu-24.04"],
        ),
        (
            "created_at=2026-01-06T10:00%2B0100".to_owned(),
            &["ubuntu-24.04"],
        ),
        ("created_at=eq:20260106T09".to_owned(), &["ubuntu-24.04"]),
        (
            "created_at=gt:2025&created_at=lt:2026-01-06".to_owned(),
            &["debian-12"],
        ),
        (
            "created_at=gte:2026-01&created_at=lte:2026-1-5+09".to_owned(),
            &["debian-12"],
        ),
        (
            "updated_at=gte:2026-01-06T09:00:00Z&sort=created_at:asc".to_owned(),
            &["ubuntu-24.04", "debian:12"],
        ),
        ("name=x&name=debian-12".to_owned(), &["debian-12"]),
        ("deleted=true&name=debian-12".to_owned(), &["debian-12"]),
    ] {
        assert_eq!(names(app.member(), &query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn the_order_is_the_one_asked_for() {
    let app = TestApp::new();
    for (name, min_ram) in [("b", 1), ("a", 2), ("c", 1), ("a", 1)] {
        app.member()
            .create(json!({"name": name, "min_ram": min_ram, "mine": "1"}))
            .await;
    }
    for (sorting, expected) in [
        ("", ["a", "c", "a", "b"]),
        ("&sort=name", ["c", "b", "a", "a"]),
        ("&sort=name:asc", ["a", "a", "b", "c"]),
        ("&sort_key=name&sort_dir=asc", ["a", "a", "b", "c"]),
        (
            "&sort_key=status&sort_key=name&sort_dir=desc&sort_dir=asc",
            ["a", "a", "b", "c"],
        ),
        ("&sort=created_at:asc", ["b", "a", "c", "a"]),
        ("&sort_dir=asc", ["b", "a", "c", "a"]),
        ("&sort=size:asc,name:desc", ["c", "b", "a", "a"]),
    ] {
        assert_eq!(
            names(app.member(), &format!("mine=1{sorting}")).await,
            expected,
            "{sorting}"
        );
        // The same, an image at a time.
        let mut path = format!("/v2/images?mine=1{sorting}&limit=1");
        for name in expected {
            let list = app.member().get(&path).await.json();
            assert_eq!(list["images"][0]["name"], name, "{path}");
            path = list["next"].as_str().unwrap_or_default().to_owned();
        }
        assert_eq!(path, "", "{sorting}");
    }
}

#[tokio::test]
async fn pages_stay_stable_while_images_change() {
    let app = TestApp::new();
    for number in 0..20 {
        app.member()
            .create(json!({"name": format!("{number:02}"), "mine": "1", "tags": ["a"]}))
            .await;
    }
    let (mut path, mut found) = ("/v2/images?mine=1&tag=a&limit=3".to_owned(), Vec::new());
    while !path.is_empty() {
        let list = app.member().get(&path).await.json();
        for image in list["images"].as_array().unwrap() {
            found.push(image["name"].as_str().unwrap().to_owned());
            app.member()
                .put_tag(image["id"].as_str().unwrap(), "seen")
                .await;
        }
        app.member()
            .create(json!({"name": "new", "mine": "1", "tags": ["a"]}))
            .await;
        path = list["next"].as_str().unwrap_or_default().to_owned();
    }
    let expected: Vec<_> = (0..20).rev().map(|number| format!("{number:02}")).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn visibility_and_membership_choose_among_what_is_seen() {
    use MemberStatus::{Accepted, Pending, Rejected};
    use Visibility::{Community, Private, Public, Shared};
    let app = TestApp::with(|config| {
        let moment = config.images[0].created_at();
        let stranger = "c27a8b5e60d14f3f9b1a7e4d2c6f8053"
            .parse::<ProjectId>()
            .unwrap();
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
            image.name = Some(name.parse().unwrap());
            image.owner = Some(if mine {
                stranger.clone()
            } else {
                "owner".parse().unwrap()
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
async fn hidden_images_are_listed_when_asked_for() {
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
async fn a_query_that_cannot_be_is_400_in_the_words_of_glance() {
    let app = TestApp::new();
    for (query, says) in [
        ("visibility=x", "Invalid visibility value: x"),
        ("member_status=x", "Invalid status: x"),
        (
            "sort=x",
            "Invalid sort key: x. It must be one of the following: name, status, container_format, disk_format, size, id, created_at, updated_at.",
        ),
        ("sort=name:x", "Invalid sort direction: x"),
        (
            "sort=name&sort_key=name",
            "Old and new sorting syntax cannot be combined",
        ),
        (
            "sort_key=name&sort_dir=asc&sort_dir=desc",
            "Number of sort dirs does not match the number of sort keys",
        ),
        (
            "os_hidden=x",
            "Invalid value 'x' for 'os_hidden' filter. Valid values are 'true' or 'false'.",
        ),
        (
            "protected=x",
            "Invalid value 'x' for 'protected' filter. Valid values are 'true' or 'false'.",
        ),
        (
            "name=in:%22a",
            "Invalid filter value \"a. The quote is not closed.",
        ),
        (
            "size_min=x",
            "Unable to filter on a range with a non-numeric value.",
        ),
        (
            "created_at=x",
            "Bad \"created_at\" query filter format. Use ISO 8601 DateTime notation.",
        ),
        (
            "created_at=gt:202601",
            "Bad \"created_at\" query filter format. Use ISO 8601 DateTime notation.",
        ),
        (
            "created_at=gt:2026-13-01",
            "Bad \"created_at\" query filter format. Use ISO 8601 DateTime notation.",
        ),
        (
            "status=neq:active",
            "Unable to filter by unknown operator 'neq'.",
        ),
        (
            "disk_format=raw:",
            "Unable to filter by unknown operator 'raw'.",
        ),
        (
            "name=in:%22a%22b",
            "Invalid filter value \"a\"b. There is no comma after closing quotation mark.",
        ),
        (
            "name=in:a%22b",
            "Invalid filter value a\"b. There is no comma before opening quotation mark.",
        ),
        (
            "created_at=gt:x",
            "Bad \"created_at\" query filter format. Use ISO 8601 DateTime notation.",
        ),
        (
            "created_at=foo:2020-01-01T00:00:00Z",
            "Unable to filter on a unknown operator.",
        ),
        (
            "changes-since=x",
            "The \"changes-since\" filter is no longer available on v2.",
        ),
        ("marker=", "No image found with ID"),
        (
            "tag=%zz",
            "Error decoding your request. Either the URL or the request body contained characters that could not be decoded by Glance",
        ),
        ("name=%00", "A query cannot contain the NUL character."),
    ] {
        let answer = app.member().get(&format!("/v2/images?{query}")).await;
        assert_eq!(
            (answer.status, answer.explanation()),
            (StatusCode::BAD_REQUEST, says),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_page_has_at_most_a_thousand_images() {
    let app = TestApp::with(|config| {
        let moment = config.images[0].created_at();
        config.images = (0..1001)
            .map(|_| Image::new(ImageId::random(), moment))
            .collect();
    });
    assert_eq!(ids(app.admin(), "/v2/images?limit=5000").await.len(), 1000);
    let ids: BTreeSet<_> = ids(app.admin(), "/v2/images").await.into_iter().collect();
    assert_eq!(ids.len(), 25);
}

#[tokio::test]
async fn a_page_of_much_text_ends_early_and_the_next_one_goes_on() {
    let app = TestApp::with(|config| {
        config.images.truncate(1);
        let moment = config.images[0].created_at();
        let heavy = |_| {
            let mut image = Image::new(ImageId::random(), moment);
            image.visibility = Visibility::Public;
            image.properties = (0..30)
                .map(|number| {
                    let value = "x".repeat(65_535).parse().unwrap();
                    (format!("p{number}").parse().unwrap(), value)
                })
                .collect();
            image
        };
        config.images = (0..5).map(heavy).collect();
    });
    let (mut path, mut pages) = ("/v2/images?limit=5".to_owned(), Vec::new());
    loop {
        let page = app.member().get(&path).await.json();
        pages.push(page["images"].as_array().unwrap().len());
        let Some(next) = page["next"].as_str() else {
            break;
        };
        next.clone_into(&mut path);
    }
    assert_eq!(pages, [2, 2, 1]);
}

#[tokio::test]
async fn times_without_a_zone_are_of_utc_and_numbers_may_be_as_large_as_they_like() {
    let app = TestApp::new();
    for query in [
        "created_at=gt:2000-01-01",
        "created_at=gt:2000-01-01T00:00:00",
        "created_at=gt:2000-01-01+00:00:00",
    ] {
        assert_eq!(names(app.member(), query).await.len(), 2, "{query}");
        assert_eq!(
            names(app.member(), &query.replace("gt", "lt")).await.len(),
            0,
            "{query}"
        );
    }
    let image = app.member().image(DEBIAN).await;
    let created = image["created_at"].as_str().unwrap().trim_end_matches('Z');
    assert_eq!(
        ids(app.member(), &format!("/v2/images?created_at={created}")).await,
        [DEBIAN]
    );
    assert_eq!(
        names(
            app.member(),
            "limit=99999999999999999999&min_ram_max=99999999999999999999"
        )
        .await
        .len(),
        2
    );
}

#[tokio::test]
async fn an_image_that_was_given_up_is_not_listed() {
    let app = TestApp::with(|config| config.images[0].status = Status::Killed);
    assert_eq!(ids(app.member(), "/v2/images").await, [UBUNTU]);
}

#[tokio::test]
async fn an_empty_value_in_a_choice_is_none() {
    let app = TestApp::new();
    app.member().create(json!({"name": ""})).await;
    assert_eq!(
        names(app.member(), "name=in:debian-12,").await,
        ["debian-12"]
    );
    assert_eq!(
        names(app.member(), "name=in:%22debian-12%22,x").await,
        ["debian-12"]
    );
    assert_eq!(names(app.member(), "name=").await, [""]);
}

#[tokio::test]
async fn a_list_with_too_many_conditions_is_400() {
    let app = TestApp::new();
    let list = |part: fn(usize) -> String, count| (0..count).map(part).collect::<Vec<_>>().concat();
    let (tags, names, values) = (
        |number| format!("&tag=t{number}"),
        |number| format!("&n{number}=x"),
        |number| format!("{number},"),
    );
    for (parameters, status) in [
        (list(tags, 100), StatusCode::OK),
        (list(tags, 101), StatusCode::BAD_REQUEST),
        (list(names, 100), StatusCode::OK),
        (list(names, 101), StatusCode::BAD_REQUEST),
        (format!("name=in:{}", list(values, 1000)), StatusCode::OK),
        (
            format!("name=in:{}", list(values, 1001)),
            StatusCode::BAD_REQUEST,
        ),
    ] {
        assert_eq!(
            app.member()
                .get(&format!("/v2/images?{parameters}"))
                .await
                .status,
            status
        );
    }
}
