//! Patches that are malformed. The explanations are those of a Glance 33, where it has the case.

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::patched::refusals;
use crate::support::{DEBIAN, TestApp};

#[tokio::test]
async fn a_patch_is_a_list_of_known_operations() {
    let patches = [
        json!({}),
        json!([1]),
        json!([{}]),
        json!([{"op": "x"}]),
        json!([{"op": 1, "path": "/x"}]),
        json!([{"op": "add"}]),
        json!([{"op": "add", "path": "/x"}]),
        Value::from(vec![json!({"op": "remove", "path": "/tags/0"}); 1001]),
    ];
    assert_snapshot!(refusals(patches).await, @r#"
    {}
        400 Request body must be a JSON array of operation objects.
    [1]
        400 Operations must be JSON objects.
    [{}]
        400 Unable to find `op` in JSON Schema change. It must be one of the following: add, remove, replace, test, move, copy.
    [{"op":"x"}]
        400 Invalid operation: `x`. It must be one of the following: add, remove, replace, test, move, copy.
    [{"op":1,"path":"/x"}]
        400 Invalid operation: `1`. It must be one of the following: add, remove, replace, test, move, copy.
    [{"op":"add"}]
        400 Unable to find 'path' in JSON Schema change
    [{"op":"add","path":"/x"}]
        400 Operation "add" requires a member named "value".
    [{"op":"remove","path":"/tags/0"},{"op":"remove","path":"/tags/0"},{"op":"remove","path":"/tags/0"},
        400 A patch has at most 1000 operations.
    "#);
}

#[tokio::test]
async fn a_malformed_pointer_is_400() {
    let patches = [
        json!([{"op": "add", "path": 1}]),
        json!([{"op": "add", "path": "x"}]),
        json!([{"op": "add", "path": ""}]),
        json!([{"op": "add", "path": "/a/"}]),
        json!([{"op": "add", "path": "/a//b"}]),
        json!([{"op": "add", "path": "/a~b"}]),
        json!([{"op": "add", "path": "/x/y", "value": "1"}]),
        json!([{"op": "add", "path": "/tags/x", "value": "1"}]),
        json!([{"op": "remove", "path": "/tags/-"}]),
        json!([{"op": "remove", "path": "/tags/007"}]),
    ];
    assert_snapshot!(refusals(patches).await, @r#"
    [{"op":"add","path":1}]
        400 Pointer `1` is not a string.
    [{"op":"add","path":"x"}]
        400 Pointer `x` does not start with "/".
    [{"op":"add","path":""}]
        400 Pointer `` does not start with "/".
    [{"op":"add","path":"/a/"}]
        400 Pointer `/a/` end with "/".
    [{"op":"add","path":"/a//b"}]
        400 Pointer `/a//b` contains adjacent "/".
    [{"op":"add","path":"/a~b"}]
        400 Pointer `/a~b` contains "~" not part of a recognized escape sequence.
    [{"op":"add","path":"/x/y","value":"1"}]
        400 Invalid JSON pointer for this resource: '/x/y'
    [{"op":"add","path":"/tags/x","value":"1"}]
        400 Invalid JSON pointer for this resource: '/tags/x'
    [{"op":"remove","path":"/tags/-"}]
        400 Invalid JSON pointer for this resource: '/tags/-'
    [{"op":"remove","path":"/tags/007"}]
        400 Invalid JSON pointer for this resource: '/tags/007'
    "#);
}

#[tokio::test]
async fn a_value_of_the_wrong_type_is_400() {
    let patches = [
        json!([{"op": "add", "path": "/x", "value": 1}]),
        json!([{"op": "add", "path": "/tags/-", "value": 1}]),
        json!([{"op": "replace", "path": "/tags", "value": "a"}]),
        json!([{"op": "replace", "path": "/tags", "value": ["a\0"]}]),
        json!([{"op": "add", "path": "/min_ram", "value": -1}]),
        json!([{"op": "add", "path": "/min_ram", "value": 1.5}]),
        json!([{"op": "add", "path": "/min_ram", "value": 1e10}]),
        json!([{"op": "copy", "from": "/min_ram", "path": "/x"}]),
        json!([{"op": "move", "from": "/tags/0", "path": "/min_ram"}]),
        json!([{"op": "copy", "from": "/tags", "path": "/tags/0"}]),
        json!([{"op": "copy", "from": "/name", "path": "/tags"}]),
    ];
    assert_snapshot!(refusals(patches).await, @r#"
    [{"op":"add","path":"/x","value":1}]
        400 Provided object does not match schema 'image': 1 is not of type 'string'  Failed validating 'type' in schema['additionalProperties']:     {'type': 'string'}  On instance['x']:     1
    [{"op":"add","path":"/tags/-","value":1}]
        400 Provided object does not match schema 'image': 1 is not of type 'string'  Failed validating 'type' in schema['properties']['tags']['items']:     {'type': 'string', 'maxLength': 255}  On instance['tags'][0]:     1
    [{"op":"replace","path":"/tags","value":"a"}]
        400 Provided object does not match schema 'image': 'a' is not of type 'array'  Failed validating 'type' in schema['properties']['tags']:     {'type': 'array', 'description': 'The tags of the image', 'items': {'type': 'string', 'maxLength': 255}}  On instance['tags']:     'a'
    [{"op":"replace","path":"/tags","value":["a\u0000"]}]
        400 JSON cannot contain the NUL character.
    [{"op":"add","path":"/min_ram","value":-1}]
        400 Invalid value '-1' for parameter 'min_ram': Cannot be a negative value
    [{"op":"add","path":"/min_ram","value":1.5}]
        400 Provided object does not match schema 'image': 1.5 is not of type 'integer'  Failed validating 'type' in schema['properties']['min_ram']:     {'type': 'integer', 'description': 'The least memory to boot the image, in MiB'}  On instance['min_ram']:     1.5
    [{"op":"add","path":"/min_ram","value":10000000000.0}]
        400 'min_ram' value out of range, must not exceed 2147483647.
    [{"op":"copy","from":"/min_ram","path":"/x"}]
        400 The value of /min_ram does not fit /x.
    [{"op":"move","from":"/tags/0","path":"/min_ram"}]
        400 The value of /tags/0 does not fit /min_ram.
    [{"op":"copy","from":"/tags","path":"/tags/0"}]
        400 The value of /tags does not fit /tags/0.
    [{"op":"copy","from":"/name","path":"/tags"}]
        400 The value of /name does not fit /tags.
    "#);
}

#[tokio::test]
async fn unknown_members_of_an_operation_are_skipped_but_must_be_json() {
    let app = TestApp::new();
    let patch = async |operations: &str| {
        let headers = [("Content-Type", "application/json-patch+json")];
        let path = format!("/v2/images/{DEBIAN}");
        app.member()
            .send_body(Method::PATCH, &path, &headers, operations.to_owned())
            .await
            .to_line()
    };
    let junk = "[".repeat(10_000) + &"]".repeat(10_000);
    let deep = format!(r#"[{{"op": "add", "path": "/x", "value": "1", "junk": {junk}}}]"#);
    assert_snapshot!(patch(&deep).await, @"200");
    let unclosed = r#"[{"op": "add", "path": "/x", "value": "1", "junk": [}]"#;
    assert_snapshot!(patch(unclosed).await, @"400 Malformed JSON in request body.");
    assert_snapshot!(patch(r#"[{"junk": tru}]"#).await, @"400 Malformed JSON in request body.");
    let nul = r#"[{"op": "add", "path": "/x", "value": "1", "junk": ["\u0000"]}]"#;
    assert_snapshot!(patch(nul).await, @"400 JSON cannot contain the NUL character.");
}
