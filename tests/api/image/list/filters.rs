//! Filters by tags, attributes and times.

use serde_json::json;

use super::columns::{ids, names};
use crate::support::{DEBIAN, TestApp};

#[tokio::test]
async fn a_list_by_several_tags_has_the_images_with_all_of_them() {
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
async fn tags_can_be_all_wanted_one_wanted_not_all_and_none_wanted() {
    let app = TestApp::new();
    for (name, tags) in [
        ("ab", json!(["a", "b"])),
        ("a", json!(["a"])),
        ("b,", json!(["b", "a,b"])),
        ("none", json!([])),
        ("empty", json!(["", "c"])),
    ] {
        let image = json!({"name": name, "tags": tags, "mine": "1"});
        app.member().create(image).await;
    }
    let long = "x".repeat(300);
    let every = &["empty", "none", "b,", "a", "ab"][..];
    for (query, expected) in [
        ("tags=a,b", &["ab"][..]),
        ("tags=a&tags=b", &["ab"]),
        ("tags=a&tag=b", &["ab"]),
        ("tags=a", &["a", "ab"]),
        ("tags=", &["empty"]),
        ("tags=c,", &["empty"]),
        ("tags=A", &[]),
        ("tag=a,b", &["b,"]),
        ("tags=a%2Cb", &["ab"]),
        (&format!("tags=a,{long}"), &[]),
        ("tags-any=a,b", &["b,", "a", "ab"]),
        ("tags-any=a&tags-any=c", &["empty", "a", "ab"]),
        ("tags-any=", &["empty"]),
        ("tags-any=a,", &["empty", "a", "ab"]),
        ("tags-any=nope", &[]),
        (&format!("tags-any={long}"), &[]),
        (&format!("tags-any=a,{long}"), &["a", "ab"]),
        ("not-tags=a,b", &["empty", "none", "b,", "a"]),
        ("not-tags=a&not-tags=b", &["empty", "none", "b,", "a"]),
        ("not-tags=a", &["empty", "none", "b,"]),
        ("not-tags=", &["none", "b,", "a", "ab"]),
        ("not-tags=nope", every),
        (&format!("not-tags=a,{long}"), every),
        ("not-tags-any=a,b", &["empty", "none"]),
        ("not-tags-any=a&not-tags-any=", &["none", "b,"]),
        ("not-tags-any=nope", every),
        (&format!("not-tags-any=a,{long}"), &["empty", "none", "b,"]),
        ("tags=b&not-tags-any=a", &["b,"]),
        ("tags-any=a,b&not-tags=a,b", &["b,", "a"]),
        ("tags=a&tags-any=b,c&not-tags=a,c&not-tags-any=c", &["ab"]),
        ("tags-any=a,b&sort=name:asc&limit=2", &["a", "ab"]),
    ] {
        let found = names(app.member(), &format!("mine=1&{query}")).await;
        assert_eq!(found, expected, "{query}");
    }
    assert_eq!(names(app.stranger(), "tags-any=a,b").await, [""; 0]);
}

#[tokio::test]
async fn links_of_a_list_by_tags_lead_through_the_same_list() {
    let app = TestApp::new();
    for number in 0..6 {
        let tags = [["a", "b"], ["b", "c"], ["c", "x"]][number % 3];
        app.member()
            .create(json!({"name": format!("{number}"), "tags": tags}))
            .await;
    }
    let first = "/v2/images?tags-any=a&tags-any=b%2Cc&not-tags=a,c&not-tags-any=x&tags=b&limit=1";
    let (mut path, mut found) = (first.to_owned(), Vec::new());
    while !path.is_empty() {
        let list = app.member().get(&path).await.json();
        assert_eq!(list["images"].as_array().unwrap().len(), 1);
        found.push(list["images"][0]["name"].as_str().unwrap().to_owned());
        path = list["next"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!(found, ["4", "3", "1", "0"]);
}

#[tokio::test]
async fn a_list_can_be_filtered_by_each_attribute() {
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
async fn times_without_a_zone_are_utc_and_numbers_have_no_upper_bound() {
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
async fn an_empty_value_after_in_is_ignored() {
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
