//! Tokens that the embedded identity has issued, over a reload of the configuration.

use axum::http::StatusCode;
use image_tags::config::{Config, EXAMPLE};

use super::calls::{demo, login, password, project, tag};
use crate::support::TestApp;

/// The example with this replacement.
fn changed(old: &str, new: &str) -> Config {
    assert!(EXAMPLE.contains(old), "{old}");
    let file = crate::program::file(&EXAMPLE.replace(old, new));
    Config::load(file.path(), [], None).unwrap()
}

#[tokio::test]
async fn an_issued_token_ends_when_its_user_changes_and_with_no_other_change() {
    let app = TestApp::new();
    let token = demo(&app).await;
    for (old, new) in [
        ("tags_per_image = 128", "tags_per_image = 100"),
        (
            "password = \"other-of-the-example\"",
            "password = \"another-of-the-example\"",
        ),
    ] {
        assert!(app.api.reload(&changed(old, new)).unwrap().is_empty());
        assert_eq!(tag(&app, &token).await, StatusCode::NO_CONTENT);
    }
    let entry = "[[identity.users]]\nname = \"demo\"\npassword = \"demo-of-the-example\"\n";
    for (old, new) in [
        (
            entry,
            entry.replace("demo-of-the-example", "demo-of-another-example"),
        ),
        (
            "{ demo = [\"member\"] }",
            "{ demo = [\"reader\"] }".to_owned(),
        ),
        (entry, entry.replace("\"demo\"", "\"somebody\"")),
        ("enabled = true", "enabled = false".to_owned()),
    ] {
        app.api.reload(&app.config).unwrap();
        let token = demo(&app).await;
        assert_eq!(tag(&app, &token).await, StatusCode::NO_CONTENT);
        app.api.reload(&changed(old, &new)).unwrap();
        assert_eq!(tag(&app, &token).await, StatusCode::UNAUTHORIZED, "{new}");
    }
    // The last configuration has no identity.
    let again = password("demo", "demo-of-the-example", project("demo"));
    let again = login(&app, &again).await;
    assert_eq!(again.status, StatusCode::MULTIPLE_CHOICES);
}
