//! Images that cannot be created. The explanations are those of a Glance 33, but for the schema
//! that they quote.

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Response, TestApp};

/// The responses to images that are refused, each below the start of its attributes. Panics if one
/// of the images is created.
async fn refusals(images: impl IntoIterator<Item = Value>) -> String {
    let app = TestApp::with(|config| config.limits.properties_per_image = 2);
    let mut lines = Vec::new();
    for attributes in images {
        let response = app.member().post(&attributes).await;
        lines.push(attributes.to_string().chars().take(60).collect());
        lines.push(format!("    {}", response.to_line()));
    }
    let list = app.member().get("/v2/images").await.json();
    assert_eq!(list["images"].as_array().unwrap().len(), 2);
    lines.join("\n")
}

#[tokio::test]
async fn an_attribute_of_the_wrong_type_is_400() {
    let images = [
        json!([]),
        json!({"name": 1}),
        json!({"protected": "true"}),
        json!({"min_disk": "1"}),
        json!({"min_disk": true}),
        json!({"id": null}),
        json!({"foo": 1}),
        json!({"foo": null}),
        json!({"tags": "a"}),
        json!({"tags": [1]}),
    ];
    assert_snapshot!(refusals(images).await, @r#"
    []
        400 Expected a JSON object.
    {"name":1}
        400 Provided object does not match schema 'image': 1 is not of type 'null', 'string'  Failed validating 'type' in schema['properties']['name']:     {'type': ['null', 'string'], 'description': 'The name of the image, not unique', 'maxLength': 255}  On instance['name']:     1
    {"protected":"true"}
        400 Provided object does not match schema 'image': 'true' is not of type 'boolean'  Failed validating 'type' in schema['properties']['protected']:     {'type': 'boolean', 'description': 'Whether the image is guarded against deletion'}  On instance['protected']:     'true'
    {"min_disk":"1"}
        400 Provided object does not match schema 'image': '1' is not of type 'integer'  Failed validating 'type' in schema['properties']['min_disk']:     {'type': 'integer', 'description': 'The least size of a disk to boot the image, in GiB'}  On instance['min_disk']:     '1'
    {"min_disk":true}
        400 Provided object does not match schema 'image': True is not of type 'integer'  Failed validating 'type' in schema['properties']['min_disk']:     {'type': 'integer', 'description': 'The least size of a disk to boot the image, in GiB'}  On instance['min_disk']:     True
    {"id":null}
        400 Provided object does not match schema 'image': None is not of type 'string'  Failed validating 'type' in schema['properties']['id']:     {'type': 'string', 'description': 'The id of the image', 'pattern': '^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$'}  On instance['id']:     None
    {"foo":1}
        400 Provided object does not match schema 'image': 1 is not of type 'string'  Failed validating 'type' in schema['additionalProperties']:     {'type': 'string'}  On instance['foo']:     1
    {"foo":null}
        400 Provided object does not match schema 'image': None is not of type 'string'  Failed validating 'type' in schema['additionalProperties']:     {'type': 'string'}  On instance['foo']:     None
    {"tags":"a"}
        400 Provided object does not match schema 'image': 'a' is not of type 'array'  Failed validating 'type' in schema['properties']['tags']:     {'type': 'array', 'description': 'The tags of the image', 'items': {'type': 'string', 'maxLength': 255}}  On instance['tags']:     'a'
    {"tags":[1]}
        400 Provided object does not match schema 'image': 1 is not of type 'string'  Failed validating 'type' in schema['properties']['tags']['items']:     {'type': 'string', 'maxLength': 255}  On instance['tags'][0]:     1
    "#);
}

#[tokio::test]
async fn a_value_that_an_attribute_cannot_have_is_400() {
    let images = [
        json!({"visibility": "x"}),
        json!({"disk_format": "foo"}),
        json!({"id": "x"}),
        json!({"min_disk": -1}),
        json!({"min_ram": 99_999_999_999_u64}),
        json!({"tags": ["a\0b"]}),
        json!({"a\0b": "x"}),
    ];
    assert_snapshot!(refusals(images).await, @r#"
    {"visibility":"x"}
        400 Provided object does not match schema 'image': 'x' is not one of ['community', 'public', 'private', 'shared']  Failed validating 'enum' in schema['properties']['visibility']:     {'type': 'string', 'description': 'Who besides the owner can see the image', 'enum': ['community', 'public', 'private', 'shared']}  On instance['visibility']:     'x'
    {"disk_format":"foo"}
        400 Provided object does not match schema 'image': 'foo' is not one of [None, 'ami', 'ari', 'aki', 'vhd', 'vhdx', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso', 'ploop']  Failed validating 'enum' in schema['properties']['disk_format']:     {'type': ['null', 'string'], 'description': 'The format of the disk', 'enum': [None, 'ami', 'ari', 'aki', 'vhd', 'vhdx', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso', 'ploop']}  On instance['disk_format']:     'foo'
    {"id":"x"}
        400 Provided object does not match schema 'image': 'x' does not match '^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$'  Failed validating 'pattern' in schema['properties']['id']:     {'type': 'string', 'description': 'The id of the image', 'pattern': '^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$'}  On instance['id']:     'x'
    {"min_disk":-1}
        400 Invalid value '-1' for parameter 'min_disk': Cannot be a negative value
    {"min_ram":99999999999}
        400 'min_ram' value out of range, must not exceed 2147483647.
    {"tags":["a\u0000b"]}
        400 JSON cannot contain the NUL character.
    {"a\u0000b":"x"}
        400 JSON cannot contain the NUL character.
    "#);
}

#[tokio::test]
async fn a_text_that_is_too_long_is_400() {
    let images = [
        json!({"name": "x".repeat(256)}),
        json!({"tags": ["a", "x".repeat(256)]}),
        json!({"x".repeat(256): "x"}),
        json!({"x": "x".repeat(65_536)}),
    ];
    let text = refusals(images).await.replace(&"x".repeat(256), "256x");
    assert_snapshot!(text, @r#"
    {"name":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
        400 Provided object does not match schema 'image': '256x' is too long  Failed validating 'maxLength' in schema['properties']['name']:     {'type': ['null', 'string'], 'description': 'The name of the image, not unique', 'maxLength': 255}  On instance['name']:     '256x'
    {"tags":["a","xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
        400 Provided object does not match schema 'image': '256x' is too long  Failed validating 'maxLength' in schema['properties']['tags']['items']:     {'type': 'string', 'maxLength': 255}  On instance['tags'][1]:     '256x'
    {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
        400 Custom property should not be greater than 255 characters.
    {"x":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
        400 The value of x has more than 65535 bytes.
    "#);
}

#[tokio::test]
async fn read_only_reserved_and_admin_only_attributes_are_403() {
    let images = [
        json!({"status": "active"}),
        json!({"size": 1}),
        json!({"self": "x"}),
        json!({"checksum": "x"}),
        json!({"deleted": "x"}),
        json!({"os_glance_x": "x"}),
        json!({"owner": "x"}),
        json!({"visibility": "public"}),
    ];
    assert_snapshot!(refusals(images).await, @r#"
    {"status":"active"}
        403 Attribute 'status' is read-only.
    {"size":1}
        403 Attribute 'size' is read-only.
    {"self":"x"}
        403 Attribute 'self' is read-only.
    {"checksum":"x"}
        403 Attribute 'checksum' is read-only.
    {"deleted":"x"}
        403 Attribute 'deleted' is reserved.
    {"os_glance_x":"x"}
        403 Attribute 'os_glance_x' is reserved.
    {"owner":"x"}
        403 Access was denied to this resource.\n\n You are not permitted to create images owned by 'x'
    {"visibility":"public"}
        403 You are not authorized to complete publicize_image action.
    "#);
}

#[tokio::test]
async fn more_tags_or_properties_than_the_quota_are_413() {
    let tags: Vec<_> = (0..129).map(|number| number.to_string()).collect();
    let images = [json!({"a": "1", "b": "2", "c": "3"}), json!({"tags": tags})];
    assert_snapshot!(refusals(images).await, @r#"
    {"a":"1","b":"2","c":"3"}
        413 The limit has been exceeded on the number of allowed image properties. Attempted: 3, Maximum: 2
    {"tags":["0","1","2","3","4","5","6","7","8","9","10","11","
        413 The limit has been exceeded on the number of allowed image tags. Attempted: 129, Maximum: 128
    "#);
}

async fn post(app: &TestApp, body: impl Into<String>) -> Response {
    app.member()
        .send_body(Method::POST, "/v2/images", &[], body.into())
        .await
}

#[tokio::test]
async fn a_body_that_is_not_a_json_object_is_400() {
    let app = TestApp::new();
    assert_snapshot!(post(&app, "").await.to_text(), @"
    400 Bad Request
    content-type: text/plain; charset=UTF-8

    400 Bad Request

    Body expected in request.
    ");
    assert_snapshot!(post(&app, "x").await.to_text(), @"
    400 Bad Request
    content-type: text/plain; charset=UTF-8

    400 Bad Request

    Malformed JSON in request body.
    ");
    let lone_surrogate = r#"{"name": "\ud800"}"#;
    assert_snapshot!(post(&app, lone_surrogate).await.to_line(), @"400 Malformed JSON in request body.");
    assert_snapshot!(post(&app, r#""x""#).await.to_line(), @"400 Unexpected body type. Expected list/dict.");
    let deep = post(&app, "[".repeat(100_000)).await;
    assert_eq!(deep.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_body_over_the_limit_is_413() {
    let large = format!("{{\"a\": \"{}\"}}", "x".repeat(1 << 20));
    let response = post(&TestApp::new(), large).await;
    assert_eq!(response.status, StatusCode::PAYLOAD_TOO_LARGE);
}
