//! TLS to PostgreSQL, by the options of the URL.

use std::time::Duration;

use image_tags::image::ImageId;
use image_tags::store::{ImageStore, Sql};

use super::support::sql_with_timeout;
use crate::backend::{Client, Database, run};

/// The URL of an empty database by this host and with these options.
async fn url(host: &str, options: &str) -> String {
    let url = Database::Postgres.empty().await.url;
    url.replacen("127.0.0.1", host, 1) + options
}

fn store(url: &str) -> std::sync::Arc<Sql> {
    sql_with_timeout(url, 2, Duration::from_secs(1))
}

/// Whether the connections of a store with this URL are encrypted; `None` if it does not connect.
async fn is_encrypted(url: &str) -> Option<bool> {
    let name = uuid::Uuid::new_v4().to_string();
    let store = store(&format!("{url}&application_name={name}"));
    store.open(&[]).await.ok()?;
    store.image(ImageId::random()).await.unwrap();
    let plain = std::env::var("IMAGE_TAGS_TEST_POSTGRES").unwrap();
    let Client::Postgres(server) = Client::connect(&plain).await else {
        panic!("another database");
    };
    let query = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                 WHERE application_name = $1";
    let row = server.query_one(query, &[&name]).await.unwrap();
    row.get(0)
}

/// The path of a file that the server was started with.
fn file(name: &str) -> String {
    let directory = std::env::var("IMAGE_TAGS_TEST_TLS").unwrap();
    format!("{directory}/{name}")
}

#[tokio::test]
#[ignore = "needs a server with a certificate: make stores"]
async fn each_mode_verifies_what_it_says() {
    let authority = format!("&sslrootcert={}", file("authority.pem"));
    let (encrypted, plain, refused) = (Some(true), Some(false), None);
    for (host, mode, authority, expected) in [
        ("localhost", "&sslmode=verify-full", &*authority, encrypted),
        ("127.0.0.1", "&sslmode=verify-full", &authority, refused),
        ("localhost", "&sslmode=verify-full", "", refused),
        ("127.0.0.1", "&sslmode=verify-ca", &authority, encrypted),
        ("127.0.0.1", "&sslmode=verify-ca", "", refused),
        ("127.0.0.1", "&sslmode=require", "", encrypted),
        ("127.0.0.1", "&sslmode=prefer", "", encrypted),
        ("127.0.0.1", "", "", encrypted),
        ("127.0.0.1", "&sslmode=disable", "", plain),
    ] {
        let url = url(host, &format!("{mode}{authority}")).await;
        assert_eq!(
            is_encrypted(&url).await,
            expected,
            "{host} {mode} {authority}"
        );
    }
}

#[tokio::test]
#[ignore = "needs a server with a certificate: make stores"]
async fn a_user_with_a_certificate_connects_with_it_and_not_without() {
    let server = std::env::var("IMAGE_TAGS_TEST_POSTGRES").unwrap();
    run(&server, "CREATE ROLE certified LOGIN SUPERUSER".to_owned()).await;
    let certificate = format!(
        "&sslcert={}&sslkey={}",
        file("certified.pem"),
        file("certified.key")
    );
    for (options, expected) in [(&*certificate, Some(true)), ("", None)] {
        let url = url("127.0.0.1", options).await;
        let url = url.replacen("images@", "certified@", 1);
        assert_eq!(is_encrypted(&url).await, expected, "{options}");
    }
}
