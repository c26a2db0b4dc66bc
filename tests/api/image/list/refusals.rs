//! Queries that are refused. The explanations are those of a Glance 33, where it has the case.

use axum::http::StatusCode;
use insta::assert_snapshot;

use crate::support::{DEBIAN, TestApp};

/// The queries, each with the response to it.
async fn refusals(queries: &[&str]) -> String {
    let app = TestApp::new();
    let mut lines = Vec::new();
    for query in queries {
        let response = app.member().get(&format!("/v2/images?{query}")).await;
        lines.push(format!("{query}\n    {}", response.to_line()));
    }
    lines.join("\n")
}

#[tokio::test]
async fn a_malformed_limit_and_an_unknown_marker_are_400() {
    let queries = [
        "limit=x",
        "limit=-1",
        "marker=x",
        "marker=",
        "marker=11111111-2222-4333-8444-555555555555",
        "marker=%FF",
    ];
    assert_snapshot!(refusals(&queries).await, @"
    limit=x
        400 limit param must be an integer
    limit=-1
        400 limit param must be positive
    marker=x
        400 No image found with ID x
    marker=
        400 No image found with ID
    marker=11111111-2222-4333-8444-555555555555
        400 No image found with ID 11111111-2222-4333-8444-555555555555
    marker=%FF
        400 Error decoding your request. Either the URL or the request body contained characters that could not be decoded by Glance
    ");
    let app = TestApp::new();
    let path = format!("/v2/images?marker={DEBIAN}");
    let unseen = app.stranger().get(&path).await;
    assert_snapshot!(unseen.to_text(), @"
    400 Bad Request
    content-type: text/plain; charset=UTF-8

    400 Bad Request

    No image found with ID 82c96579-ba53-4a84-a69a-716382fe0293
    ");
}

#[tokio::test]
async fn an_unknown_value_of_visibility_or_a_flag_is_400() {
    let queries = [
        "visibility=x",
        "member_status=x",
        "os_hidden=x",
        "protected=x",
    ];
    assert_snapshot!(refusals(&queries).await, @"
    visibility=x
        400 Invalid visibility value: x
    member_status=x
        400 Invalid status: x
    os_hidden=x
        400 Invalid value 'x' for 'os_hidden' filter. Valid values are 'true' or 'false'.
    protected=x
        400 Invalid value 'x' for 'protected' filter. Valid values are 'true' or 'false'.
    ");
}

#[tokio::test]
async fn an_order_that_is_unknown_or_contradicts_itself_is_400() {
    let queries = [
        "sort=x",
        "sort=name:x",
        "sort=name&sort_key=name",
        "sort_key=name&sort_dir=asc&sort_dir=desc",
    ];
    assert_snapshot!(refusals(&queries).await, @"
    sort=x
        400 Invalid sort key: x. It must be one of the following: name, status, container_format, disk_format, size, id, created_at, updated_at.
    sort=name:x
        400 Invalid sort direction: x
    sort=name&sort_key=name
        400 Old and new sorting syntax cannot be combined
    sort_key=name&sort_dir=asc&sort_dir=desc
        400 Number of sort dirs does not match the number of sort keys
    ");
}

#[tokio::test]
async fn an_unknown_operator_and_unbalanced_quotes_are_400() {
    let queries = [
        "status=neq:active",
        "disk_format=raw:",
        "name=in:%22a",
        "name=in:%22a%22b",
        "name=in:a%22b",
    ];
    assert_snapshot!(refusals(&queries).await, @r#"
    status=neq:active
        400 Unable to filter by unknown operator 'neq'.
    disk_format=raw:
        400 Unable to filter by unknown operator 'raw'.
    name=in:%22a
        400 Invalid filter value "a. The quote is not closed.
    name=in:%22a%22b
        400 Invalid filter value "a"b. There is no comma after closing quotation mark.
    name=in:a%22b
        400 Invalid filter value a"b. There is no comma before opening quotation mark.
    "#);
}

#[tokio::test]
async fn a_malformed_number_and_a_malformed_time_are_400() {
    let queries = [
        "size_min=x",
        "created_at=x",
        "created_at=gt:x",
        "created_at=gt:202601",
        "created_at=gt:2026-13-01",
        "created_at=foo:2020-01-01T00:00:00Z",
        "changes-since=x",
    ];
    assert_snapshot!(refusals(&queries).await, @r#"
    size_min=x
        400 Unable to filter on a range with a non-numeric value.
    created_at=x
        400 Bad "created_at" query filter format. Use ISO 8601 DateTime notation.
    created_at=gt:x
        400 Bad "created_at" query filter format. Use ISO 8601 DateTime notation.
    created_at=gt:202601
        400 Bad "created_at" query filter format. Use ISO 8601 DateTime notation.
    created_at=gt:2026-13-01
        400 Bad "created_at" query filter format. Use ISO 8601 DateTime notation.
    created_at=foo:2020-01-01T00:00:00Z
        400 Unable to filter on a unknown operator.
    changes-since=x
        400 The "changes-since" filter is no longer available on v2.
    "#);
}

#[tokio::test]
async fn a_query_that_cannot_be_decoded_and_a_nul_are_400() {
    assert_snapshot!(refusals(&["tag=%zz", "name=%00"]).await, @"
    tag=%zz
        400 Error decoding your request. Either the URL or the request body contained characters that could not be decoded by Glance
    name=%00
        400 A query cannot contain the NUL character.
    ");
}

#[tokio::test]
async fn a_list_has_at_most_200_parameters() {
    let app = TestApp::new();
    let list = async |count: usize| {
        let path = format!("/v2/images?{}", "a=&".repeat(count));
        app.member().get(&path).await
    };
    assert_eq!(list(200).await.status, StatusCode::OK);
    assert_snapshot!(list(201).await.to_text(), @"
    400 Bad Request
    content-type: text/plain; charset=UTF-8

    400 Bad Request

    A list has at most 200 parameters.
    ");
}

#[tokio::test]
async fn a_list_has_at_most_100_tags_100_properties_and_1000_values() {
    let app = TestApp::new();
    let repeat =
        |part: fn(usize) -> String, count| (0..count).map(part).collect::<Vec<_>>().concat();
    let tags = |count| repeat(|number| format!("&tag=t{number}"), count);
    let any_tags = |count| {
        format!(
            "tags-any={}",
            repeat(|number| format!("{number},"), count).trim_end_matches(',')
        )
    };
    let mixed_tags = |count| {
        let tag = |number| {
            let names = ["tag", "tags", "tags-any", "not-tags", "not-tags-any"];
            format!("&{}=t{number}", names[number % 5])
        };
        repeat(tag, count)
    };
    let properties = |count| repeat(|number| format!("&n{number}=x"), count);
    let values = |count| format!("name=in:{}", repeat(|number| format!("{number},"), count));
    for (most, one_more) in [
        (tags(100), tags(101)),
        (any_tags(100), any_tags(101)),
        (mixed_tags(100), mixed_tags(101)),
        (properties(100), properties(101)),
        (values(1000), values(1001)),
    ] {
        for (query, status) in [(most, StatusCode::OK), (one_more, StatusCode::BAD_REQUEST)] {
            let response = app.member().get(&format!("/v2/images?{query}")).await;
            assert_eq!(response.status, status);
        }
    }
}
