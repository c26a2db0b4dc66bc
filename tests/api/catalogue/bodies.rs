//! Bodies of moves that are not as they should be.

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;

use super::fixture::{MEMBER, history, holders, id, promote, three};
use crate::support::{Response, TestApp};

const CALLS: [(Method, &str); 3] = [
    (Method::PUT, "image"),
    (Method::POST, "assign"),
    (Method::POST, "revert"),
];

async fn send(
    app: &TestApp,
    method: &Method,
    below: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response {
    let path = format!("/v2/tags/production/{below}");
    let (method, body) = (method.clone(), body.to_owned());
    app.with_token(MEMBER)
        .send_body(method, &path, headers, body)
        .await
}

/// Image 2 has the tag, which image 1 had before.
async fn app() -> TestApp {
    let app = three();
    let member = app.with_token(MEMBER);
    member.delete_tag(&id(1), "production").await;
    promote(member, "production", 1).await;
    promote(member, "production", 2).await;
    app
}

#[tokio::test]
async fn a_body_of_another_form_is_400_and_changes_nothing() {
    let app = app().await;
    let before = history(app.with_token(MEMBER), "/v2/tags/production/history").await;
    let mut lines = Vec::new();
    let (long, image) = ("x".repeat(256), id(3));
    for (method, below) in CALLS {
        let name = match below {
            "image" => format!("\"image\": \"{image}\""),
            "assign" => "\"from_tag\": \"staging\"".to_owned(),
            _ => "\"to\": 1".to_owned(),
        };
        for body in [
            "",
            "x",
            "[]",
            "{\"reason\": \"x\"}",
            &format!("{{{name}, \"reason\": 1}}"),
            &format!("{{{name}, \"reason\": \"{long}\"}}"),
            &format!("{{{name}, \"reason\": \"\\u0000\"}}"),
            &format!("{{{name}, \"Reason\": \"x\"}}"),
            "{\"image\": 1}",
            "{\"image\": null}",
            "{\"image\": \"no-id\"}",
            "{\"from_tag\": [\"staging\"]}",
            &format!("{{\"from_tag\": \"{long}\"}}"),
            "{\"to\": \"1\"}",
            "{\"to\": -1}",
            "{\"to\": null}",
        ] {
            let is_move = below == "revert" && (body.is_empty() || body == "{\"reason\": \"x\"}");
            if is_move {
                continue;
            }
            let line = send(&app, &method, below, &[], body).await.to_line();
            let line = format!("{method} {below} {body} → {line}");
            lines.push(line.replace(&long, "256 x x").replace(&image, "ID"));
        }
    }
    assert_snapshot!(lines.join("\n"), @r#"
    PUT image  → 400 Body expected in request.
    PUT image x → 400 Malformed JSON in request body.
    PUT image [] → 400 Expected an image in the form: {"image": "id", "reason": "text"}
    PUT image {"reason": "x"} → 400 Expected an image in the form: {"image": "id", "reason": "text"}
    PUT image {"image": "ID", "reason": 1} → 400 The reason must be a text.
    PUT image {"image": "ID", "reason": "256 x x"} → 400 Invalid reason: a reason has at most 255 characters.
    PUT image {"image": "ID", "reason": "\u0000"} → 400 JSON cannot contain the NUL character.
    PUT image {"image": "ID", "Reason": "x"} → 400 Unknown member 'Reason'. Expected an image in the form: {"image": "id", "reason": "text"}
    PUT image {"image": 1} → 400 Expected an image in the form: {"image": "id", "reason": "text"}
    PUT image {"image": null} → 400 Expected an image in the form: {"image": "id", "reason": "text"}
    PUT image {"image": "no-id"} → 404 Image no-id not found.
    PUT image {"from_tag": ["staging"]} → 400 Unknown member 'from_tag'. Expected an image in the form: {"image": "id", "reason": "text"}
    PUT image {"from_tag": "256 x x"} → 400 Unknown member 'from_tag'. Expected an image in the form: {"image": "id", "reason": "text"}
    PUT image {"to": "1"} → 400 Unknown member 'to'. Expected an image in the form: {"image": "id", "reason": "text"}
    PUT image {"to": -1} → 400 Unknown member 'to'. Expected an image in the form: {"image": "id", "reason": "text"}
    PUT image {"to": null} → 400 Unknown member 'to'. Expected an image in the form: {"image": "id", "reason": "text"}
    POST assign  → 400 Body expected in request.
    POST assign x → 400 Malformed JSON in request body.
    POST assign [] → 400 Expected a tag in the form: {"from_tag": "tag", "reason": "text"}
    POST assign {"reason": "x"} → 400 Expected a tag in the form: {"from_tag": "tag", "reason": "text"}
    POST assign {"from_tag": "staging", "reason": 1} → 400 The reason must be a text.
    POST assign {"from_tag": "staging", "reason": "256 x x"} → 400 Invalid reason: a reason has at most 255 characters.
    POST assign {"from_tag": "staging", "reason": "\u0000"} → 400 JSON cannot contain the NUL character.
    POST assign {"from_tag": "staging", "Reason": "x"} → 400 Unknown member 'Reason'. Expected a tag in the form: {"from_tag": "tag", "reason": "text"}
    POST assign {"image": 1} → 400 Unknown member 'image'. Expected a tag in the form: {"from_tag": "tag", "reason": "text"}
    POST assign {"image": null} → 400 Unknown member 'image'. Expected a tag in the form: {"from_tag": "tag", "reason": "text"}
    POST assign {"image": "no-id"} → 400 Unknown member 'image'. Expected a tag in the form: {"from_tag": "tag", "reason": "text"}
    POST assign {"from_tag": ["staging"]} → 400 Expected a tag in the form: {"from_tag": "tag", "reason": "text"}
    POST assign {"from_tag": "256 x x"} → 400 Provided object does not match schema 'image': '256 x x' is too long  Failed validating 'maxLength' in schema['properties']['tags']['items']:     {'type': 'string', 'maxLength': 255}  On instance['tags'][0]:     '256 x x'
    POST assign {"to": "1"} → 400 Unknown member 'to'. Expected a tag in the form: {"from_tag": "tag", "reason": "text"}
    POST assign {"to": -1} → 400 Unknown member 'to'. Expected a tag in the form: {"from_tag": "tag", "reason": "text"}
    POST assign {"to": null} → 400 Unknown member 'to'. Expected a tag in the form: {"from_tag": "tag", "reason": "text"}
    POST revert x → 400 Malformed JSON in request body.
    POST revert [] → 400 Expected an event in the form: {"to": 1, "reason": "text"}, or no body
    POST revert {"to": 1, "reason": 1} → 400 The reason must be a text.
    POST revert {"to": 1, "reason": "256 x x"} → 400 Invalid reason: a reason has at most 255 characters.
    POST revert {"to": 1, "reason": "\u0000"} → 400 JSON cannot contain the NUL character.
    POST revert {"to": 1, "Reason": "x"} → 400 Unknown member 'Reason'. Expected an event in the form: {"to": 1, "reason": "text"}, or no body
    POST revert {"image": 1} → 400 Unknown member 'image'. Expected an event in the form: {"to": 1, "reason": "text"}, or no body
    POST revert {"image": null} → 400 Unknown member 'image'. Expected an event in the form: {"to": 1, "reason": "text"}, or no body
    POST revert {"image": "no-id"} → 400 Unknown member 'image'. Expected an event in the form: {"to": 1, "reason": "text"}, or no body
    POST revert {"from_tag": ["staging"]} → 400 Unknown member 'from_tag'. Expected an event in the form: {"to": 1, "reason": "text"}, or no body
    POST revert {"from_tag": "256 x x"} → 400 Unknown member 'from_tag'. Expected an event in the form: {"to": 1, "reason": "text"}, or no body
    POST revert {"to": "1"} → 400 Expected an event in the form: {"to": 1, "reason": "text"}, or no body
    POST revert {"to": -1} → 400 Expected an event in the form: {"to": 1, "reason": "text"}, or no body
    POST revert {"to": null} → 400 Expected an event in the form: {"to": 1, "reason": "text"}, or no body
    "#);
    let after = history(app.with_token(MEMBER), "/v2/tags/production/history").await;
    assert_eq!(after, before);
    assert_eq!(holders(&app, "production").await, [2]);
}

#[tokio::test]
async fn a_body_that_is_not_declared_as_json_is_415_and_a_long_one_413() {
    let app = app().await;
    let long = "x".repeat(app.config.limits.json_bytes + 1);
    for (method, below) in CALLS {
        let text = [("Content-Type", "text/plain")];
        let refused = send(&app, &method, below, &text, "{}").await;
        assert_eq!(refused.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        for headers in [&[][..], &text] {
            let length = long.len().to_string();
            let headers = [headers, &[("Content-Length", &*length)]].concat();
            let refused = send(&app, &method, below, &headers, &long).await;
            assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
        }
    }
    assert_eq!(holders(&app, "production").await, [2]);
}

#[tokio::test]
async fn an_unknown_parameter_is_400_and_changes_nothing() {
    let app = app().await;
    let mut lines = Vec::new();
    for (method, path, body) in [
        (
            Method::PUT,
            "image?owner=demo",
            format!("{{\"image\": \"{}\"}}", id(3)),
        ),
        (
            Method::POST,
            "assign?from_tag=x",
            "{\"from_tag\": \"production\"}".to_owned(),
        ),
        (Method::POST, "revert?to=1", "{}".to_owned()),
        (
            Method::POST,
            "revert?owner=demo&owner=demo",
            "{}".to_owned(),
        ),
    ] {
        let line = send(&app, &method, path, &[], &body).await.to_line();
        lines.push(format!("{path} → {line}"));
    }
    assert_snapshot!(lines.join("\n"), @"
    image?owner=demo → 400 Unknown parameter 'owner'.
    assign?from_tag=x → 400 Unknown parameter 'from_tag'.
    revert?to=1 → 400 Unknown parameter 'to'.
    revert?owner=demo&owner=demo → 400 Repeated parameter 'owner'.
    ");
    assert_eq!(holders(&app, "production").await, [2]);
}
