//! Who may do what to a membership.

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::Value;

use super::calls::{OWNER, STRANGER, call, members, set_status, share, shared};

/// The status of each call by caller, recorded from a Glance 33.
#[tokio::test]
async fn each_caller_may_do_to_a_membership_what_glance_allows() {
    #[rustfmt::skip]
    let cases: [(&str, [u16; 4]); 8] = [
        //                   admin member reader stranger (the member of the image)
        ("list",             [200, 200, 200, 200]),
        ("show",             [200, 200, 200, 200]),
        ("show another",     [404, 404, 404, 404]),
        ("add",              [200, 200, 403, 403]),
        ("set status",       [200, 403, 403, 200]),
        ("set another's",    [404, 404, 404, 404]),
        // The owner may not, even when its project is also a member.
        ("set the owner's",  [200, 403, 403, 404]),
        ("remove",           [204, 204, 403, 403]),
    ];
    for (what, statuses) in cases {
        for (caller, expected) in statuses.into_iter().enumerate() {
            let (app, id) = shared().await;
            share(app.member(), &id, STRANGER).await;
            if what == "set the owner's" {
                share(app.member(), &id, OWNER).await;
            }
            let client = [app.admin(), app.member(), app.reader(), app.stranger()][caller];
            let outcome = match what {
                "list" => call(client, Method::GET, &id, "", Value::Null).await,
                "show" => call(client, Method::GET, &id, STRANGER, Value::Null).await,
                "show another" => call(client, Method::GET, &id, "other", Value::Null).await,
                "add" => share(client, &id, "other").await,
                "set status" => set_status(client, &id, STRANGER, "accepted").await,
                "set the owner's" => set_status(client, &id, OWNER, "accepted").await,
                "set another's" => set_status(client, &id, "other", "accepted").await,
                _ => call(client, Method::DELETE, &id, STRANGER, Value::Null).await,
            };
            assert_eq!(
                outcome.status.as_u16(),
                expected,
                "{what} {caller} {}",
                outcome.body
            );
        }
    }
}

#[tokio::test]
async fn a_member_sees_its_own_membership_only() {
    let (app, id) = shared().await;
    for project in [STRANGER, "other", OWNER] {
        share(app.member(), &id, project).await;
    }
    assert_eq!(members(app.stranger(), &id).await.len(), 1);
    for client in [app.member(), app.reader(), app.admin()] {
        assert_eq!(members(client, &id).await.len(), 3);
    }
    let other = call(app.stranger(), Method::GET, &id, "other", Value::Null).await;
    assert_snapshot!(other.to_text().replace(&id, "ID"), @"
    404 Not Found
    content-type: text/plain; charset=UTF-8

    404 Not Found

    other not found in the member list of the image ID.
    ");
}
