//! What only PostgreSQL does.

use std::sync::Arc;
use std::time::Duration;

use image_tags::image::Viewer;
use image_tags::store::{ImageQuery, ImageStore, OpenError};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::support::{add, an_image, is_unavailable, sql, sql_with_timeout};
use crate::backend::{Client, Database, run};
use crate::support::tag;

#[tokio::test]
#[ignore = "needs a server: make stores"]
async fn a_postgres_database_that_cannot_hold_every_text_is_refused() {
    let server = std::env::var("IMAGE_TAGS_TEST_POSTGRES").unwrap();
    let name = format!("test_{}", uuid::Uuid::new_v4().simple());
    run(
        &server,
        format!("CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"),
    )
    .await;
    let url = server.rsplit_once('/').unwrap().0;
    let error = sql(&format!("{url}/{name}"), 1)
        .open(&[])
        .await
        .unwrap_err();
    assert!(
        matches!(error, OpenError::Failed(_))
            && error.to_string().contains("its encoding is LATIN1"),
        "{error}"
    );
}

/// After a failover, the old server still answers on its connections, while the address already
/// leads to the new primary.
#[tokio::test]
#[ignore = "needs a server: make stores"]
async fn a_connection_to_a_read_only_server_is_closed() {
    let empty = Database::Postgres.empty().await;
    let role = format!("role_{}", uuid::Uuid::new_v4().simple());
    run(&empty.url, format!("CREATE ROLE {role} LOGIN SUPERUSER")).await;
    let store = sql(&empty.url.replacen("images@", &format!("{role}@"), 1), 1);
    let image = an_image();
    store.open(std::slice::from_ref(&image)).await.unwrap();
    run(
        &empty.url,
        format!("ALTER ROLE {role} SET default_transaction_read_only = on"),
    )
    .await;
    assert!(is_unavailable(&add(&store, image.id(), "lost").await));
    run(
        &empty.url,
        format!("ALTER ROLE {role} RESET default_transaction_read_only"),
    )
    .await;
    add(&store, image.id(), "kept").await.unwrap();
    run(
        &empty.url,
        format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"),
    )
    .await;
}

/// A migration by a newer program changes the column types of statements that connections have
/// prepared.
#[tokio::test]
#[ignore = "needs a server: make stores"]
async fn postgres_statements_survive_a_migration() {
    let empty = Database::Postgres.empty().await;
    let store = sql(&empty.url, 4);
    let image = an_image();
    store.open(std::slice::from_ref(&image)).await.unwrap();
    let query = ImageQuery::new(Viewer::Admin("admins".parse().unwrap()), 10);
    for kind in ["VARCHAR(255)", "TEXT"] {
        let mut calls = JoinSet::new();
        for number in 0..8 {
            let (store, id, text) = (Arc::clone(&store), image.id(), format!("{kind} {number}"));
            calls.spawn(async move { add(&store, id, &text).await.unwrap() });
        }
        calls.join_all().await;
        assert_eq!(store.list(&query).await.unwrap().images.len(), 1);
        run(
            &empty.url,
            format!("ALTER TABLE images ALTER COLUMN name TYPE {kind}"),
        )
        .await;
        add(&store, image.id(), kind).await.unwrap();
        assert_eq!(store.list(&query).await.unwrap().images.len(), 1);
        assert!(
            store
                .image(image.id())
                .await
                .unwrap()
                .unwrap()
                .tags
                .contains(&tag(kind))
        );
    }
}

/// While a table is locked, every read of an image waits until its time-out.
#[tokio::test]
#[ignore = "needs a server: make stores"]
async fn reads_that_time_out_do_not_open_more_and_more_connections() {
    const CONNECTIONS: usize = 8;
    let empty = Database::Postgres.empty().await;
    let url = format!("{}&application_name={}", empty.url, uuid::Uuid::new_v4());
    let name = url.rsplit_once('=').unwrap().1;
    let store = sql_with_timeout(&url, CONNECTIONS, Duration::from_secs(2));
    let image = an_image();
    store.open(std::slice::from_ref(&image)).await.unwrap();
    let mut holder = Client::connect(&empty.url).await;
    holder.run("BEGIN; LOCK TABLE images").await;
    let mut reads = JoinSet::new();
    for number in 0..64 {
        let (store, id) = (Arc::clone(&store), image.id());
        reads.spawn(async move {
            tokio::time::sleep(Duration::from_millis(50 * number)).await;
            for _ in 0..2 {
                assert!(store.image(id).await.is_err());
            }
        });
    }
    let Client::Postgres(server) = Client::connect(&empty.url).await else {
        panic!("another database");
    };
    let count = "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = $1";
    let mut most = 0;
    while !reads.is_empty() {
        most = most.max(
            server
                .query_one(count, &[&name])
                .await
                .unwrap()
                .get::<_, i64>(0),
        );
        let next = timeout(Duration::from_millis(50), reads.join_next());
        if let Ok(Some(read)) = next.await {
            read.unwrap();
        }
    }
    assert!(
        most <= i64::try_from(CONNECTIONS).unwrap(),
        "{most} connections"
    );
    holder.run("COMMIT").await;
    assert!(store.image(image.id()).await.unwrap().is_some());
}
