//! Well-formed patches that a rule refuses. The explanations are those of a Glance 33, where it has
//! the case.

use insta::assert_snapshot;
use serde_json::json;

use super::patched::refusals;
use crate::support::{DEBIAN, TestApp};

#[tokio::test]
async fn read_only_and_reserved_attributes_are_403() {
    let patches = [
        json!([{"op": "replace", "path": "/status", "value": "x"}]),
        json!([{"op": "replace", "path": "/id", "value": DEBIAN}]),
        json!([{"op": "move", "from": "/status", "path": "/x"}]),
        json!([{"op": "add", "path": "/locations", "value": []}]),
        json!([{"op": "add", "path": "/locations/-", "value": {}}]),
        json!([{"op": "remove", "path": "/locations/0"}]),
        json!([{"op": "add", "path": "/os_glance_x", "value": "x"}]),
        json!([{"op": "copy", "from": "/os_glance_x", "path": "/x"}]),
        json!([{"op": "move", "from": "/stores", "path": "/x"}]),
    ];
    assert_snapshot!(refusals(patches).await, @r#"
    [{"op":"replace","path":"/status","value":"x"}]
        403 Attribute 'status' is read-only.
    [{"op":"replace","path":"/id","value":"82c96579-ba53-4a84-a69a-716382fe0293"}]
        403 Attribute 'id' is read-only.
    [{"op":"move","from":"/status","path":"/x"}]
        403 Attribute 'status' is read-only.
    [{"op":"add","path":"/locations","value":[]}]
        403 Attribute 'locations' is reserved.
    [{"op":"add","path":"/locations/-","value":{}}]
        403 Attribute 'locations' is reserved.
    [{"op":"remove","path":"/locations/0"}]
        403 Attribute 'locations' is reserved.
    [{"op":"add","path":"/os_glance_x","value":"x"}]
        403 Attribute 'os_glance_x' is reserved.
    [{"op":"copy","from":"/os_glance_x","path":"/x"}]
        403 Attribute 'os_glance_x' is reserved.
    [{"op":"move","from":"/stores","path":"/x"}]
        403 Attribute 'stores' is reserved.
    "#);
}

#[tokio::test]
async fn a_member_may_not_remove_an_attribute_or_change_the_owner_or_publish() {
    let patches = [
        json!([{"op": "remove", "path": "/name"}]),
        json!([{"op": "move", "from": "/name", "path": "/x"}]),
        json!([{"op": "remove", "path": "/tags"}]),
        json!([{"op": "replace", "path": "/owner", "value": "x"}]),
        json!([{"op": "add", "path": "/owner", "value": "x"}]),
        json!([{"op": "copy", "from": "/name", "path": "/owner"}]),
        json!([{"op": "replace", "path": "/visibility", "value": "public"}]),
    ];
    assert_snapshot!(refusals(patches).await, @r#"
    [{"op":"remove","path":"/name"}]
        403 Access was denied to this resource.\n\n Property name may not be removed.
    [{"op":"move","from":"/name","path":"/x"}]
        403 Access was denied to this resource.\n\n Property name may not be removed.
    [{"op":"remove","path":"/tags"}]
        403 Access was denied to this resource.\n\n Property tags may not be removed.
    [{"op":"replace","path":"/owner","value":"x"}]
        403 Access was denied to this resource.\n\n Owner can't be updated by non admin.
    [{"op":"add","path":"/owner","value":"x"}]
        403 Access was denied to this resource.\n\n Owner can't be updated by non admin.
    [{"op":"copy","from":"/name","path":"/owner"}]
        403 Access was denied to this resource.\n\n Owner can't be updated by non admin.
    [{"op":"replace","path":"/visibility","value":"public"}]
        403 You are not authorized to complete publicize_image action.
    "#);
}

#[tokio::test]
async fn an_absent_value_and_a_failed_test_are_409() {
    let patches = [
        json!([{"op": "remove", "path": "/nope"}]),
        json!([{"op": "replace", "path": "/nope", "value": "x"}]),
        json!([{"op": "move", "from": "/nope", "path": "/x"}]),
        json!([{"op": "remove", "path": "/tags/2"}]),
        json!([{"op": "remove", "path": "/tags/99999999999999999999"}]),
        json!([{"op": "test", "path": "/min_ram", "value": 1}]),
        json!([{"op": "test", "path": "/name", "value": "other"}]),
        json!([{"op": "test", "path": "/tags/0", "value": "b"}]),
    ];
    assert_snapshot!(refusals(patches).await, @r#"
    [{"op":"remove","path":"/nope"}]
        409 There was a conflict when trying to complete your request.\n\n Property nope does not exist.
    [{"op":"replace","path":"/nope","value":"x"}]
        409 There was a conflict when trying to complete your request.\n\n Property nope does not exist.
    [{"op":"move","from":"/nope","path":"/x"}]
        409 There was a conflict when trying to complete your request.\n\n Property nope does not exist.
    [{"op":"remove","path":"/tags/2"}]
        409 There was a conflict when trying to complete your request.\n\n There is no tag number 2.
    [{"op":"remove","path":"/tags/99999999999999999999"}]
        409 There was a conflict when trying to complete your request.\n\n There is no tag number 18446744073709551615.
    [{"op":"test","path":"/min_ram","value":1}]
        409 There was a conflict when trying to complete your request.\n\n The test of min_ram failed.
    [{"op":"test","path":"/name","value":"other"}]
        409 There was a conflict when trying to complete your request.\n\n The test of name failed.
    [{"op":"test","path":"/tags/0","value":"b"}]
        409 There was a conflict when trying to complete your request.\n\n The test of tag number 0 failed.
    "#);
}

#[tokio::test]
async fn more_tags_than_the_quota_are_413() {
    let tags: Vec<_> = (0..129).map(|number| number.to_string()).collect();
    let patch = json!([{"op": "add", "path": "/tags", "value": tags}]);
    assert_snapshot!(refusals([patch]).await, @r#"
    [{"op":"add","path":"/tags","value":["0","1","2","3","4","5","6","7","8","9","10","11","12","13","14
        413 The limit has been exceeded on the number of allowed image tags. Attempted: 129, Maximum: 128
    "#);
}

#[tokio::test]
async fn the_formats_of_an_image_with_data_cannot_change() {
    let app = TestApp::new();
    let remove = async |format: &str| {
        let change = json!([{"op": "replace", "path": format!("/{format}"), "value": null}]);
        app.member().patch(DEBIAN, &change).await.to_line()
    };
    assert_snapshot!(remove("disk_format").await, @"403 Attribute disk_format can be only replaced for a queued image.");
    assert_snapshot!(remove("container_format").await, @"403 Attribute container_format can be only replaced for a queued image.");
}

#[tokio::test]
async fn a_refusal_names_the_action_or_attribute_it_refuses() {
    let app = TestApp::new();
    let community = json!([{"op": "replace", "path": "/visibility", "value": "community"}]);
    let response = app.reader().patch(DEBIAN, &community).await;
    assert_snapshot!(response.to_text(), @"
    403 Forbidden
    content-type: text/plain; charset=UTF-8

    403 Forbidden

    You are not authorized to complete communitize_image action.
    ");
    let empty_owner = json!([{"op": "replace", "path": "/owner", "value": ""}]);
    let response = app.admin().patch(DEBIAN, &empty_owner).await;
    assert_snapshot!(response.to_text(), @"
    400 Bad Request
    content-type: text/plain; charset=UTF-8

    400 Bad Request

    The owner must not be empty.
    ");
}
