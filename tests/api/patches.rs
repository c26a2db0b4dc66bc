//! Changing images by JSON patches.

use axum::http::{Method, StatusCode};
use image_tags::image::Status;
use serde_json::{Value, json};

use crate::support::{Answer, Client, DEBIAN, TestApp, UBUNTU};

async fn patched(before: Value, operations: Value) -> (Answer, Value) {
    let app = TestApp::new();
    let id = app.member().create(before).await;
    let answer = app.member().patch(&id, &operations).await;
    let after = app.member().image(&id).await;
    if answer.status == StatusCode::OK {
        assert_eq!(answer.json(), after);
    }
    (answer, after)
}

#[tokio::test]
async fn attributes_and_properties_are_set_and_removed() {
    let (answer, image) = patched(
        json!({"name": "a", "x": "1", "y": "2"}),
        json!([
            {"op": "replace", "path": "/name", "value": "é"},
            {"op": "add", "path": "/min_disk", "value": 3},
            {"op": "replace", "path": "/protected", "value": true},
            {"op": "add", "path": "/os_hidden", "value": true},
            {"op": "replace", "path": "/visibility", "value": "private"},
            {"op": "add", "path": "/disk_format", "value": "raw"},
            {"op": "remove", "path": "/x"},
            {"op": "replace", "path": "/y", "value": "3"},
            {"op": "add", "path": "/a~1b~0c", "value": "4"},
            {"op": "copy", "from": "/y", "path": "/z"},
            {"op": "move", "from": "/y", "path": "/w"}
        ]),
    )
    .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    for (name, value) in [
        ("name", json!("é")),
        ("min_disk", json!(3)),
        ("protected", json!(true)),
        ("os_hidden", json!(true)),
        ("visibility", json!("private")),
        ("disk_format", json!("raw")),
        ("a/b~c", json!("4")),
        ("z", json!("3")),
        ("w", json!("3")),
    ] {
        assert_eq!(image[name], value, "{name}");
    }
    assert_eq!((image.get("x"), image.get("y")), (None, None));
}

#[tokio::test]
async fn tags_are_changed_whole_and_one_by_one() {
    for (operations, expected) in [
        (
            json!([{"op": "add", "path": "/tags", "value": ["c", "a", "c"]}]),
            json!(["a", "c"]),
        ),
        (
            json!([{"op": "replace", "path": "/tags", "value": []}]),
            json!([]),
        ),
        (
            json!([{"op": "add", "path": "/tags/-", "value": "c"}]),
            json!(["a", "b", "c"]),
        ),
        (
            json!([{"op": "add", "path": "/tags/-", "value": "a"}]),
            json!(["a", "b"]),
        ),
        (
            json!([{"op": "add", "path": "/tags/7", "value": "c"}]),
            json!(["a", "b", "c"]),
        ),
        (json!([{"op": "remove", "path": "/tags/0"}]), json!(["b"])),
        (
            json!([{"op": "replace", "path": "/tags/1", "value": "é"}]),
            json!(["a", "é"]),
        ),
        // From [a, b] to [b, c] as a generator may write it: in between, b is there twice.
        (
            json!([{"op": "replace", "path": "/tags/0", "value": "b"}, {"op": "replace", "path": "/tags/1", "value": "c"}]),
            json!(["b", "c"]),
        ),
        (
            json!([{"op": "add", "path": "/tags/0", "value": "x"}, {"op": "remove", "path": "/tags/2"}]),
            json!(["a", "x"]),
        ),
        (
            json!([{"op": "move", "from": "/tags/1", "path": "/tags/0"}]),
            json!(["a", "b"]),
        ),
        (
            json!([{"op": "test", "path": "/tags", "value": ["a", "b"]}, {"op": "add", "path": "/tags/-", "value": "c"}]),
            json!(["a", "b", "c"]),
        ),
        (
            json!([{"op": "test", "path": "/tags/1", "value": "b"}, {"op": "remove", "path": "/tags/1"}]),
            json!(["a"]),
        ),
        (
            json!([{"op": "test", "path": "/min_ram", "value": 0}, {"op": "test", "path": "/status", "value": "queued"}]),
            json!(["a", "b"]),
        ),
    ] {
        let (answer, image) = patched(json!({"tags": ["a", "b"]}), operations.clone()).await;
        assert_eq!(
            answer.status,
            StatusCode::OK,
            "{operations} {}",
            answer.body
        );
        assert_eq!(image["tags"], expected, "{operations}");
    }
}

/// Patches that cannot be, with status and text. The texts are those of a Glance 33, where it has the case.
fn malformed_patches() -> Vec<(Value, (u16, String))> {
    let operations = "add, remove, replace, test, move, copy";
    let plain = |status: u16, text: &str| (status, text.to_owned());
    vec![
        (
            json!({}),
            plain(
                400,
                "Request body must be a JSON array of operation objects.",
            ),
        ),
        (json!([1]), plain(400, "Operations must be JSON objects.")),
        (
            json!([{}]),
            (
                400,
                format!(
                    "Unable to find `op` in JSON Schema change. It must be one of the following: {operations}."
                ),
            ),
        ),
        (
            json!([{"op": "x"}]),
            (
                400,
                format!("Invalid operation: `x`. It must be one of the following: {operations}."),
            ),
        ),
        (
            json!([{"op": 1, "path": "/x"}]),
            (
                400,
                format!("Invalid operation: `1`. It must be one of the following: {operations}."),
            ),
        ),
        (
            json!([{"op": "add"}]),
            plain(400, "Unable to find 'path' in JSON Schema change"),
        ),
        (
            json!([{"op": "add", "path": 1}]),
            plain(400, "Pointer `1` is not a string."),
        ),
        (
            json!([{"op": "add", "path": "x"}]),
            plain(400, "Pointer `x` does not start with \"/\"."),
        ),
        (
            json!([{"op": "add", "path": ""}]),
            plain(400, "Pointer `` does not start with \"/\"."),
        ),
        (
            json!([{"op": "add", "path": "/a/"}]),
            plain(400, "Pointer `/a/` end with \"/\"."),
        ),
        (
            json!([{"op": "add", "path": "/a//b"}]),
            plain(400, "Pointer `/a//b` contains adjacent \"/\"."),
        ),
        (
            json!([{"op": "add", "path": "/a~b"}]),
            plain(
                400,
                "Pointer `/a~b` contains \"~\" not part of a recognized escape sequence.",
            ),
        ),
        (
            json!([{"op": "add", "path": "/x"}]),
            plain(400, "Operation \"add\" requires a member named \"value\"."),
        ),
        (
            json!([{"op": "add", "path": "/x/y", "value": "1"}]),
            plain(400, "Invalid JSON pointer for this resource: '/x/y'"),
        ),
        (
            json!([{"op": "add", "path": "/tags/x", "value": "1"}]),
            plain(400, "Invalid JSON pointer for this resource: '/tags/x'"),
        ),
        (
            json!([{"op": "remove", "path": "/tags/-"}]),
            plain(400, "Invalid JSON pointer for this resource: '/tags/-'"),
        ),
        (
            json!([{"op": "add", "path": "/x", "value": 1}]),
            plain(
                400,
                "Provided object does not match schema 'image': 1 is not of type 'string'",
            ),
        ),
        (
            json!([{"op": "add", "path": "/tags/-", "value": 1}]),
            plain(
                400,
                "Provided object does not match schema 'image': 1 is not of type 'string'",
            ),
        ),
        (
            json!([{"op": "replace", "path": "/tags", "value": "a"}]),
            plain(
                400,
                "Provided object does not match schema 'image': 'a' is not of type 'array'",
            ),
        ),
        (
            json!([{"op": "replace", "path": "/tags", "value": ["a\0"]}]),
            plain(400, "JSON cannot contain the NUL character."),
        ),
        (
            json!([{"op": "add", "path": "/min_ram", "value": -1}]),
            plain(
                400,
                "Invalid value '-1' for parameter 'min_ram': Cannot be a negative value",
            ),
        ),
        (
            Value::from(vec![json!({"op": "remove", "path": "/tags/0"}); 1001]),
            plain(400, "A patch has at most 1000 operations."),
        ),
        (
            json!([{"op": "copy", "from": "/min_ram", "path": "/x"}]),
            plain(400, "The value of /min_ram does not fit /x."),
        ),
        (
            json!([{"op": "move", "from": "/tags/0", "path": "/min_ram"}]),
            plain(400, "The value of /tags/0 does not fit /min_ram."),
        ),
        (
            json!([{"op": "copy", "from": "/tags", "path": "/tags/0"}]),
            plain(400, "The value of /tags does not fit /tags/0."),
        ),
        (
            json!([{"op": "copy", "from": "/name", "path": "/tags"}]),
            plain(400, "The value of /name does not fit /tags."),
        ),
    ]
}

/// Patches that can be, but that something refuses, likewise.
fn refused_patches() -> Vec<(Value, (u16, String))> {
    let conflict = |text: &str| {
        (
            409,
            format!("There was a conflict when trying to complete your request.\n\n {text}"),
        )
    };
    let denied = |text: &str| {
        (
            403,
            format!("Access was denied to this resource.\n\n {text}"),
        )
    };
    let plain = |status: u16, text: &str| (status, text.to_owned());
    vec![
        (
            json!([{"op": "replace", "path": "/status", "value": "x"}]),
            plain(403, "Attribute 'status' is read-only."),
        ),
        (
            json!([{"op": "replace", "path": "/id", "value": DEBIAN}]),
            plain(403, "Attribute 'id' is read-only."),
        ),
        (
            json!([{"op": "add", "path": "/locations", "value": []}]),
            plain(403, "Attribute 'locations' is reserved."),
        ),
        (
            json!([{"op": "add", "path": "/os_glance_x", "value": "x"}]),
            plain(403, "Attribute 'os_glance_x' is reserved."),
        ),
        (
            json!([{"op": "add", "path": "/locations/-", "value": {}}]),
            plain(403, "Attribute 'locations' is reserved."),
        ),
        (
            json!([{"op": "remove", "path": "/locations/0"}]),
            plain(403, "Attribute 'locations' is reserved."),
        ),
        (
            json!([{"op": "move", "from": "/status", "path": "/x"}]),
            plain(403, "Attribute 'status' is read-only."),
        ),
        (
            json!([{"op": "move", "from": "/name", "path": "/x"}]),
            denied("Property name may not be removed."),
        ),
        (
            json!([{"op": "copy", "from": "/name", "path": "/owner"}]),
            denied("Owner can't be updated by non admin."),
        ),
        (
            json!([{"op": "remove", "path": "/name"}]),
            denied("Property name may not be removed."),
        ),
        (
            json!([{"op": "remove", "path": "/tags"}]),
            denied("Property tags may not be removed."),
        ),
        (
            json!([{"op": "replace", "path": "/owner", "value": "x"}]),
            denied("Owner can't be updated by non admin."),
        ),
        (
            json!([{"op": "add", "path": "/owner", "value": "x"}]),
            denied("Owner can't be updated by non admin."),
        ),
        (
            json!([{"op": "replace", "path": "/visibility", "value": "public"}]),
            plain(
                403,
                "You are not authorized to complete publicize_image action.",
            ),
        ),
        (
            json!([{"op": "remove", "path": "/nope"}]),
            conflict("Property nope does not exist."),
        ),
        (
            json!([{"op": "replace", "path": "/nope", "value": "x"}]),
            conflict("Property nope does not exist."),
        ),
        (
            json!([{"op": "move", "from": "/nope", "path": "/x"}]),
            conflict("Property nope does not exist."),
        ),
        (
            json!([{"op": "copy", "from": "/os_glance_x", "path": "/x"}]),
            plain(403, "Attribute 'os_glance_x' is reserved."),
        ),
        (
            json!([{"op": "move", "from": "/stores", "path": "/x"}]),
            plain(403, "Attribute 'stores' is reserved."),
        ),
        (
            json!([{"op": "remove", "path": "/tags/007"}]),
            plain(400, "Invalid JSON pointer for this resource: '/tags/007'"),
        ),
        (
            json!([{"op": "remove", "path": "/tags/99999999999999999999"}]),
            conflict("There is no tag number 18446744073709551615."),
        ),
        (
            json!([{"op": "add", "path": "/min_ram", "value": 1.5}]),
            plain(400, "Provided object does not match schema"),
        ),
        (
            json!([{"op": "add", "path": "/min_ram", "value": 1e10}]),
            plain(
                400,
                "'min_ram' value out of range, must not exceed 2147483647.",
            ),
        ),
        (
            json!([{"op": "test", "path": "/min_ram", "value": 1}]),
            conflict("The test of min_ram failed."),
        ),
        (
            json!([{"op": "remove", "path": "/tags/2"}]),
            conflict("There is no tag number 2."),
        ),
        (
            json!([{"op": "test", "path": "/name", "value": "other"}]),
            conflict("The test of name failed."),
        ),
        (
            json!([{"op": "test", "path": "/tags/0", "value": "b"}]),
            conflict("The test of tag number 0 failed."),
        ),
        (
            json!([{"op": "add", "path": "/tags", "value": (0..129).map(|n| n.to_string()).collect::<Vec<_>>()}]),
            plain(
                413,
                "The limit has been exceeded on the number of allowed image tags. Attempted: 129, Maximum: 128",
            ),
        ),
    ]
}

#[tokio::test]
async fn a_patch_that_cannot_be_is_refused_and_changes_nothing() {
    for (operations, (status, says)) in malformed_patches().into_iter().chain(refused_patches()) {
        // An operation that would do something comes first: all of a patch is done, or none of it.
        let mut all = vec![json!({"op": "replace", "path": "/name", "value": "changed"})];
        let is_list = operations
            .as_array()
            .is_some_and(|list| list[0].get("op").is_none_or(|op| op != "test"));
        all.extend(operations.as_array().cloned().unwrap_or_default());
        let sent = if operations.is_array() && is_list {
            Value::from(all)
        } else {
            operations.clone()
        };
        let (answer, image) = patched(json!({"name": "kept", "tags": ["a", "c"]}), sent).await;
        assert_eq!(
            answer.status.as_u16(),
            status,
            "{operations} {}",
            answer.body
        );
        assert!(
            answer.explanation().starts_with(&says),
            "{operations} {}",
            answer.body
        );
        assert_eq!(
            (&image["name"], &image["tags"]),
            (&json!("kept"), &json!(["a", "c"])),
            "{operations}"
        );
    }
}

#[tokio::test]
async fn a_value_moves_to_where_it_fits_whatever_it_was() {
    let image = json!({"name": "n", "tags": ["a", "prod"], "x": "1"});
    for (operations, changed) in [
        // What openstacksdk makes of a tag that is gone and a property that is new.
        (
            json!([{"op": "move", "from": "/tags/1", "path": "/stage"}]),
            json!({"tags": ["a"], "stage": "prod"}),
        ),
        (
            json!([{"op": "copy", "from": "/tags/0", "path": "/x"}]),
            json!({"x": "a"}),
        ),
        (
            json!([{"op": "copy", "from": "/tags/0", "path": "/name"}]),
            json!({"name": "a"}),
        ),
        (
            json!([{"op": "move", "from": "/x", "path": "/tags/-"}]),
            json!({"tags": ["1", "a", "prod"], "x": null}),
        ),
        (
            json!([{"op": "move", "from": "/x", "path": "/name"}]),
            json!({"name": "1", "x": null}),
        ),
        (
            json!([{"op": "copy", "from": "/name", "path": "/tags/0"}]),
            json!({"tags": ["a", "n", "prod"]}),
        ),
        (
            json!([{"op": "copy", "from": "/status", "path": "/was"}]),
            json!({"was": "queued"}),
        ),
        (
            json!([{"op": "copy", "from": "/min_ram", "path": "/min_disk"}]),
            json!({}),
        ),
        (
            json!([{"op": "copy", "from": "/tags", "path": "/tags"}]),
            json!({}),
        ),
    ] {
        let (answer, after) = patched(image.clone(), operations.clone()).await;
        assert_eq!(
            answer.status,
            StatusCode::OK,
            "{operations} {}",
            answer.body
        );
        for (name, value) in changed.as_object().unwrap() {
            assert_eq!(&after[name], value, "{operations}");
        }
    }
}

#[tokio::test]
async fn what_nobody_needs_of_a_body_is_not_parsed() {
    let junk = "[".repeat(10_000) + &"]".repeat(10_000);
    let app = TestApp::new();
    let patch = format!(r#"[{{"op": "add", "path": "/x", "value": "1", "junk": {junk}}}]"#);
    let headers = [("Content-Type", "application/json-patch+json")];
    let image = format!("/v2/images/{DEBIAN}");
    assert_eq!(
        app.member()
            .send_body(Method::PATCH, &image, &headers, patch)
            .await
            .status,
        StatusCode::OK
    );
    for broken in [
        r#"[{"op": "add", "path": "/x", "value": "1", "junk": [}]"#,
        r#"[{"junk": tru}]"#,
    ] {
        let answer = app
            .member()
            .send_body(Method::PATCH, &image, &headers, broken)
            .await;
        assert_eq!(
            (answer.status, answer.explanation()),
            (StatusCode::BAD_REQUEST, "Malformed JSON in request body.")
        );
    }
    let nul = r#"[{"op": "add", "path": "/x", "value": "1", "junk": ["\u0000"]}]"#;
    let answer = app
        .member()
        .send_body(Method::PATCH, &image, &headers, nul)
        .await;
    assert_eq!(
        answer.explanation(),
        "JSON cannot contain the NUL character."
    );
}

#[tokio::test]
async fn the_older_form_of_a_patch_is_taken_too() {
    let app = TestApp::new();
    let headers = [(
        "Content-Type",
        "application/openstack-images-v2.0-json-patch",
    )];
    for (body, status, says) in [
        (
            json!([{"replace": "/name", "value": "new"}, {"add": "/x", "value": "1"}, {"remove": "/os_distro"}]),
            200,
            "",
        ),
        (
            json!([{"add": "/x", "value": "1"}]),
            409,
            "Property x already present.",
        ),
        (
            json!([{"add": "/name", "value": "1"}]),
            409,
            "Property name already present.",
        ),
        (
            json!([{"add": "/x", "replace": "/y", "value": "1"}]),
            400,
            "Operation objects must contain only one member named",
        ),
        (
            json!([{"value": "1"}]),
            400,
            "Operation objects must contain exactly one member named",
        ),
    ] {
        let answer = app
            .member()
            .send_body(
                Method::PATCH,
                &format!("/v2/images/{DEBIAN}"),
                &headers,
                body.to_string(),
            )
            .await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
        assert!(answer.body.contains(says), "{}", answer.body);
    }
    let image = app.member().image(DEBIAN).await;
    assert_eq!(
        (&image["name"], &image["x"], image.get("os_distro")),
        (&json!("new"), &json!("1"), None)
    );
}

#[tokio::test]
async fn a_patch_says_of_which_form_it_is() {
    let app = TestApp::new();
    let patch = async |content_type: &str| {
        app.member()
            .send_body(
                Method::PATCH,
                &format!("/v2/images/{DEBIAN}"),
                &[("Content-Type", content_type)],
                "[]",
            )
            .await
    };
    assert_eq!(
        patch("application/json-patch+json; charset=utf-8")
            .await
            .status,
        StatusCode::OK
    );
    for content_type in ["application/json", ""] {
        let answer = patch(content_type).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert!(
            answer
                .header("accept-patch")
                .unwrap()
                .contains("application/openstack-images-v2.1-json-patch")
        );
    }
}

#[tokio::test]
async fn who_patches_what() {
    let app = TestApp::new();
    let change = json!([{"op": "add", "path": "/x", "value": "y"}]);
    for (client, image, status) in [
        (app.reader(), DEBIAN, 403),
        (app.stranger(), UBUNTU, 403),
        (app.stranger(), DEBIAN, 404),
        (app.anon(), DEBIAN, 401),
        (app.member(), "nope", 404),
        (app.admin(), DEBIAN, 200),
    ] {
        assert_eq!(client.patch(image, &change).await.status.as_u16(), status);
    }
    // Nothing to change needs no more than to look, as in Glance.
    assert_eq!(
        app.reader().patch(DEBIAN, &json!([])).await.status,
        StatusCode::OK
    );
    assert_eq!(
        app.stranger().patch(DEBIAN, &json!([])).await.status,
        StatusCode::NOT_FOUND
    );
    let give_away =
        json!([{"op": "replace", "path": "/owner", "value": "c27a8b5e60d14f3f9b1a7e4d2c6f8053"}]);
    assert_eq!(
        app.admin().patch(DEBIAN, &give_away).await.status,
        StatusCode::OK
    );
    assert_eq!(
        app.member()
            .get(&format!("/v2/images/{DEBIAN}"))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        app.stranger().put_tag(DEBIAN, "mine").await.status,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn the_formats_stay_once_there_is_data() {
    let app = TestApp::new();
    for format in ["disk_format", "container_format"] {
        let change = json!([{"op": "replace", "path": format!("/{format}"), "value": null}]);
        let answer = app.member().patch(DEBIAN, &change).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(
            answer.explanation(),
            format!("Attribute {format} can be only replaced for a queued image.")
        );
    }
}

#[tokio::test]
async fn an_image_over_its_quota_can_lose_tags_but_not_get_new_ones() {
    let app = TestApp::with(|config| {
        config.limits.tags_per_image = 2;
        config.images[0].tags = ["a", "b", "c", "d"].map(|tag| tag.parse().unwrap()).into();
    });
    let set = async |client: Client<'_>, tags: Value| {
        client
            .patch(
                DEBIAN,
                &json!([{"op": "add", "path": "/tags", "value": tags}]),
            )
            .await
            .status
    };
    assert_eq!(
        set(app.member(), json!(["a", "b", "x"])).await,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(
        set(app.member(), json!(["a", "b", "c"])).await,
        StatusCode::OK
    );
    assert_eq!(set(app.member(), json!(["a", "x"])).await, StatusCode::OK);
}

#[tokio::test]
async fn numbers_are_taken_and_compared_by_their_value() {
    let operations = json!([
        {"op": "test", "path": "/min_ram", "value": 0.0},
        {"op": "replace", "path": "/min_ram", "value": 512.0},
        {"op": "test", "path": "/min_ram", "value": 512},
        {"op": "add", "path": "/min_disk", "value": 1e3},
    ]);
    let (answer, image) = patched(json!({}), operations).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        (&image["min_ram"], &image["min_disk"]),
        (&json!(512), &json!(1000))
    );
}

#[tokio::test]
async fn an_image_over_its_quota_can_lose_properties_but_not_get_new_ones() {
    let app = TestApp::with(|config| config.limits.properties_per_image = 2);
    let id = app.member().create(json!({"a": "1", "b": "2"})).await;
    let add = |name: &str| json!({"op": "add", "path": format!("/{name}"), "value": "3"});
    let copy = |name: &str| json!({"op": "copy", "from": "/a", "path": format!("/{name}")});
    let remove = |name: &str| json!({"op": "remove", "path": format!("/{name}")});
    for (operations, status) in [
        (json!([add("c")]), StatusCode::PAYLOAD_TOO_LARGE),
        (json!([copy("c")]), StatusCode::PAYLOAD_TOO_LARGE),
        // A copy is held against the quota at once, for it may be of much text.
        (
            json!([copy("c"), remove("c")]),
            StatusCode::PAYLOAD_TOO_LARGE,
        ),
        (json!([add("c"), remove("b")]), StatusCode::OK),
    ] {
        let answer = app.member().patch(&id, &operations).await;
        assert_eq!(answer.status, status, "{operations} {}", answer.body);
    }
    let image = app.store.image(id.parse().unwrap()).await.unwrap().unwrap();
    let names: Vec<_> = image
        .properties
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["a", "c"]);

    let app = TestApp::with(|config| {
        config.limits.properties_per_image = 1;
        config.images[0].properties = ["a", "b", "c"]
            .map(|name| (name.parse().unwrap(), "1".parse().unwrap()))
            .into();
    });
    assert_eq!(
        app.member()
            .patch(DEBIAN, &json!([remove("a")]))
            .await
            .status,
        StatusCode::OK
    );
    let answer = app.member().patch(DEBIAN, &json!([add("d")])).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(
        answer.explanation().ends_with("Attempted: 3, Maximum: 1"),
        "{}",
        answer.explanation()
    );
}

#[tokio::test]
async fn the_formats_of_an_image_that_is_imported_can_be_changed() {
    let app = TestApp::with(|config| config.images[0].status = Status::Importing);
    let change = json!([{"op": "replace", "path": "/disk_format", "value": "raw"}]);
    assert_eq!(
        app.member().patch(DEBIAN, &change).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_refusal_names_what_it_refuses() {
    let app = TestApp::new();
    let community = json!([{"op": "replace", "path": "/visibility", "value": "community"}]);
    let answer = app.reader().patch(DEBIAN, &community).await;
    let says = "You are not authorized to complete communitize_image action.";
    assert_eq!(
        (answer.status, answer.explanation()),
        (StatusCode::FORBIDDEN, says)
    );
    let nobodys = json!([{"op": "replace", "path": "/owner", "value": ""}]);
    let answer = app.admin().patch(DEBIAN, &nobodys).await;
    assert_eq!(
        (answer.status, answer.explanation()),
        (StatusCode::BAD_REQUEST, "The owner must not be empty.")
    );
}
