//! What only a store in a database can get wrong: starts at once, faults of the database, and what is told of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use image_tags::budget::Budget;
use image_tags::image::{Image, ImageId, Refusal, Viewer};
use image_tags::store::{
    ChangeError, CreateError, ImageQuery, ImageStore, OpenError, Sql, SqlUrl, StoreError,
};
use jiff::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _};
use tokio::task::JoinSet;

use crate::backend::{Database, run};
use crate::cases::{author, replacing, tag};
use crate::proxy::Proxy;

/// Longer than a busy machine takes for what is not kept waiting.
const TIMEOUT: Duration = Duration::from_secs(5);

fn sql(url: &str, connections: usize) -> Arc<Sql> {
    patient_sql(url, connections, TIMEOUT)
}

fn patient_sql(url: &str, connections: usize, timeout: Duration) -> Arc<Sql> {
    Arc::new(Sql::new(
        SqlUrl::try_from(url).unwrap(),
        connections,
        timeout,
        Budget::new(256 << 20),
    ))
}

fn an_image() -> Image {
    Image::new(ImageId::random(), Timestamp::now())
}

async fn add(store: &Sql, id: ImageId, text: &str) -> Result<(), ChangeError> {
    let tag = tag(text);
    let change = |image: &mut Image| {
        image.tags.insert(tag.clone());
        Ok(())
    };
    store.change(id, &author(), &change).await.map(drop)
}

fn is_unavailable<T: std::fmt::Debug>(outcome: &Result<T, ChangeError>) -> bool {
    matches!(outcome, Err(ChangeError::Store(StoreError::Unavailable(_))))
}

async fn starts_at_once(database: Database) {
    let empty = database.empty().await;
    let images: Vec<_> = (0..3).map(|_| an_image()).collect();
    let mut starts = JoinSet::new();
    for _ in 0..8 {
        // Each waits for those before it, and other tests keep the disk busy.
        let (store, images) = (patient_sql(&empty.url, 2, TIMEOUT * 6), images.clone());
        starts.spawn(async move {
            store.open(&images).await.unwrap();
            assert_eq!(
                *store.image(images[2].id()).await.unwrap().unwrap(),
                images[2]
            );
        });
    }
    starts.join_all().await;

    let store = sql(&empty.url, 2);
    store.open(&[an_image()]).await.unwrap();
    for image in &images {
        store
            .delete(image.id(), &author(), &|_| Ok(()))
            .await
            .unwrap();
    }
    store.open(&images).await.unwrap();
    assert!(
        store.all(None, 10).await.unwrap().images.is_empty(),
        "the images belong to a new database"
    );
}

/// Where images did not know their whole size.
async fn a_database_of_version_1(database: Database) {
    let empty = database.empty().await;
    let store = sql(&empty.url, 2);
    let mut large = an_image();
    large.properties = [("p".parse().unwrap(), "x".repeat(60_000).parse().unwrap())].into();
    store.open(&[an_image(), large.clone()]).await.unwrap();
    let size = store.image(large.id()).await.unwrap().unwrap().size();
    for statement in [
        "ALTER TABLE images RENAME COLUMN bytes TO property_bytes",
        "UPDATE images SET property_bytes = 7",
        "DELETE FROM schema_version WHERE version = 2",
    ] {
        run(&empty.url, statement.to_owned()).await;
    }
    let store = sql(&empty.url, 2);
    store.open(&[an_image()]).await.unwrap();
    let after = store.image(large.id()).await.unwrap().unwrap();
    assert_eq!((&*after, after.size()), (&large, size));
    assert_eq!(store.all(None, 10).await.unwrap().images.len(), 2);
}

async fn a_newer_database(database: Database) {
    let empty = database.empty().await;
    let store = sql(&empty.url, 2);
    store.open(&[]).await.unwrap();
    run(
        &empty.url,
        "INSERT INTO schema_version VALUES (99)".to_owned(),
    )
    .await;
    let store = sql(&empty.url, 2);
    assert!(matches!(
        store.open(&[]).await,
        Err(OpenError::Newer { found: 99, .. })
    ));
    assert!(
        store.image(ImageId::random()).await.is_err(),
        "it has not been opened"
    );
}

/// What is opened as it is has to be up to date, and stays as it was.
async fn a_database_to_read(database: Database) {
    let empty = database.empty().await;
    let to_read = || {
        Sql::to_read(
            SqlUrl::try_from(&*empty.url).unwrap(),
            2,
            TIMEOUT,
            Budget::new(256 << 20),
        )
    };
    let outcome = to_read().open_as_it_is().await;
    assert!(
        matches!(
            outcome,
            Err(OpenError::NoTables | OpenError::Unavailable(_))
        ),
        "{outcome:?}"
    );

    let store = sql(&empty.url, 2);
    let image = an_image();
    store.open(std::slice::from_ref(&image)).await.unwrap();
    let read = to_read();
    read.open_as_it_is().await.unwrap();
    assert_eq!(read.all(None, 10).await.unwrap().images.len(), 1);
    assert!(add(&read, image.id(), "lost").await.is_err());
    assert!(
        read.create(an_image().try_into().unwrap(), &author())
            .await
            .is_err()
    );
    assert_eq!(*store.image(image.id()).await.unwrap().unwrap(), image);

    run(
        &empty.url,
        "INSERT INTO schema_version VALUES (99)".to_owned(),
    )
    .await;
    assert!(matches!(
        to_read().open_as_it_is().await,
        Err(OpenError::Newer { found: 99, .. })
    ));
    run(&empty.url, "DELETE FROM schema_version".to_owned()).await;
    let outcome = to_read().open_as_it_is().await;
    assert!(
        matches!(outcome, Err(OpenError::Older { found: 0, .. })),
        "{outcome:?}"
    );
}

async fn a_deletion_that_meets_a_new_image(database: Database) {
    let store: Arc<dyn ImageStore> = database.store(0, &[]).await;
    let image = store
        .create(an_image().try_into().unwrap(), &author())
        .await
        .unwrap();
    let replace = replacing(&store, image.id(), |image| image.protected = true);
    let check = |image: &Image| {
        replace();
        if image.protected {
            Err(Refusal::Protected(image.id()))
        } else {
            Ok(())
        }
    };
    let outcome = store.delete(image.id(), &author(), &check).await;
    assert!(
        matches!(outcome, Err(ChangeError::Refused(Refusal::Protected(_)))),
        "{outcome:?}"
    );
    assert!(store.image(image.id()).await.unwrap().unwrap().protected);
}

/// Somebody has a lock that every write needs, and there is one connection for all of them.
async fn an_exhausted_pool(database: Database, lock: &'static str) {
    let empty = database.empty().await;
    let store = sql(&empty.url, 1);
    let image = an_image();
    store.open(std::slice::from_ref(&image)).await.unwrap();
    let mut other = AnyConnection::connect(&empty.url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(lock))
        .execute(&mut other)
        .await
        .unwrap();
    let since = Instant::now();
    let mut writes = JoinSet::new();
    for number in 0..8 {
        let (store, id) = (Arc::clone(&store), image.id());
        writes.spawn(async move { add(&store, id, &number.to_string()).await });
    }
    // Meanwhile the database is there all the same.
    tokio::time::sleep(TIMEOUT / 10).await;
    store.ping().await.unwrap();
    assert!(since.elapsed() < TIMEOUT, "{:?}", since.elapsed());
    assert!(writes.join_all().await.iter().all(is_unavailable));
    assert!(since.elapsed() < TIMEOUT * 4, "{:?}", since.elapsed());
    other.close().await.unwrap();
    add(&store, image.id(), "x").await.unwrap();
    assert_eq!(
        store.image(image.id()).await.unwrap().unwrap().tags.len(),
        1
    );
}

async fn a_database_that_goes_and_comes(database: Database) {
    let empty = database.empty().await;
    let mut proxy = Proxy::to(&empty.url).await;
    let store = sql(&proxy.through(&empty.url), 4);
    let image = an_image();

    assert!(matches!(
        store.open(&[]).await,
        Err(OpenError::Unavailable(_))
    ));
    assert!(matches!(
        store.ping().await,
        Err(StoreError::Unavailable(_))
    ));
    let (waiting, images) = (Arc::clone(&store), [image.clone()]);
    let opening = tokio::spawn(async move { waiting.open_when_possible(&images).await });
    proxy.open().await;
    opening.await.unwrap();
    add(&store, image.id(), "first").await.unwrap();

    // Cut connections are noticed and replaced within the operation.
    proxy.close().await;
    proxy.open().await;
    add(&store, image.id(), "second").await.unwrap();

    proxy.close().await;
    let since = Instant::now();
    assert!(is_unavailable(&add(&store, image.id(), "lost").await));
    assert!(matches!(
        store.ping().await,
        Err(StoreError::Unavailable(_))
    ));
    assert!(matches!(
        store
            .create(an_image().try_into().unwrap(), &author())
            .await,
        Err(CreateError::Store(StoreError::Unavailable(_)))
    ));
    assert!(since.elapsed() < TIMEOUT, "it was known at once");

    // A server that hangs takes the whole time-out, however many are waiting.
    proxy.swallow().await;
    let since = Instant::now();
    let mut writes = JoinSet::new();
    for _ in 0..32 {
        let (store, id) = (Arc::clone(&store), image.id());
        writes.spawn(async move { add(&store, id, "lost").await });
    }
    assert!(writes.join_all().await.iter().all(is_unavailable));
    assert!(since.elapsed() < TIMEOUT * 4, "{:?}", since.elapsed());

    proxy.open().await;
    add(&store, image.id(), "third").await.unwrap();
    let tags = &store.image(image.id()).await.unwrap().unwrap().tags;
    assert_eq!(*tags, ["first", "second", "third"].map(tag).into());
}

/// The server, or a firewall on the way, has forgotten the connections that nobody uses, and answers nothing on them.
async fn idle_connections_that_died_silently(database: Database) {
    let empty = database.empty().await;
    let mut proxy = Proxy::to(&empty.url).await;
    proxy.open().await;
    let store = patient_sql(&proxy.through(&empty.url), 8, TIMEOUT * 4);
    let image = an_image();
    store.open(std::slice::from_ref(&image)).await.unwrap();
    let adds = async |name: &str| {
        let mut adds = JoinSet::new();
        for number in 0..8 {
            let (store, id, text) = (Arc::clone(&store), image.id(), format!("{name}-{number}"));
            adds.spawn(async move { add(&store, id, &text).await });
        }
        for outcome in adds.join_all().await {
            outcome.unwrap();
        }
    };
    adds("before").await;
    store.ping().await.unwrap();
    proxy.freeze();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let since = Instant::now();
    let ((), pinged) = tokio::join!(adds("after"), store.ping());
    pinged.unwrap();
    assert!(since.elapsed() < TIMEOUT, "{:?}", since.elapsed());
    assert_eq!(
        store.image(image.id()).await.unwrap().unwrap().tags.len(),
        16
    );
}

/// The process is gone in the middle of a change, and the server does not get to know: its connection stays open.
async fn a_process_that_vanishes(database: Database) {
    let empty = database.empty().await;
    let mut proxy = Proxy::to(&empty.url).await;
    proxy.open().await;
    let (vanishing, other) = (
        sql(&proxy.through(&empty.url), 1),
        patient_sql(&empty.url, 1, TIMEOUT * 6),
    );
    let image = an_image();
    vanishing.open(std::slice::from_ref(&image)).await.unwrap();
    other.open(&[]).await.unwrap();
    let mut holder = AnyConnection::connect(&empty.url).await.unwrap();
    sqlx::raw_sql("BEGIN; SELECT id FROM images FOR UPDATE")
        .execute(&mut holder)
        .await
        .unwrap();
    let id = image.id();
    let lost = tokio::spawn(async move { add(&vanishing, id, "lost").await });
    tokio::time::sleep(TIMEOUT / 5).await;
    proxy.freeze();
    sqlx::raw_sql("COMMIT").execute(&mut holder).await.unwrap();
    // Now the server has changed the image, and waits for the end of the transaction.
    let since = Instant::now();
    add(&other, id, "kept").await.unwrap();
    assert!(since.elapsed() > TIMEOUT / 2, "nobody had the image");
    assert!(is_unavailable(&lost.await.unwrap()));
    assert_eq!(
        other.image(id).await.unwrap().unwrap().tags,
        [tag("kept")].into()
    );
}

async fn a_password_that_is_wrong(url: &str) {
    let url = url.replacen("://", "://nobody:verysecret@", 1);
    let store = sql(&url, 1);
    let error = store.open(&[]).await.unwrap_err();
    for text in [
        error.to_string(),
        format!("{error:?}"),
        format!("{store:?}"),
    ] {
        assert!(!text.contains("verysecret"), "{text}");
    }
}

macro_rules! on_servers {
    ($($database:ident $name:ident: $lock:literal;)+) => {
        $(mod $name {
            use super::*;

            #[tokio::test]
            #[ignore = "needs a server: make stores"]
            async fn processes_that_start_at_once_do_not_disturb_each_other() {
                starts_at_once(Database::$database).await;
            }

            #[tokio::test]
            #[ignore = "needs a server: make stores"]
            async fn images_of_an_older_database_get_their_sizes() {
                a_database_of_version_1(Database::$database).await;
            }

            #[tokio::test]
            #[ignore = "needs a server: make stores"]
            async fn a_database_that_is_newer_is_refused() {
                a_newer_database(Database::$database).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "needs a server: make stores"]
            async fn a_database_to_read_is_up_to_date_and_stays_as_it_was() {
                a_database_to_read(Database::$database).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "needs a server: make stores"]
            async fn a_deletion_does_not_take_a_new_image_for_the_old_one_with_its_id() {
                a_deletion_that_meets_a_new_image(Database::$database).await;
            }

            #[tokio::test]
            #[ignore = "needs a server: make stores"]
            async fn when_all_connections_wait_the_store_is_unavailable_in_time() {
                an_exhausted_pool(Database::$database, $lock).await;
            }

            #[tokio::test]
            #[ignore = "needs a server: make stores"]
            async fn a_database_may_go_and_come_back() {
                a_database_that_goes_and_comes(Database::$database).await;
            }

            #[tokio::test]
            #[ignore = "needs a server: make stores"]
            async fn idle_connections_that_died_silently_cost_a_moment() {
                idle_connections_that_died_silently(Database::$database).await;
            }

            #[tokio::test]
            #[ignore = "needs a server: make stores"]
            async fn a_process_that_vanishes_keeps_nobody_from_an_image_for_long() {
                a_process_that_vanishes(Database::$database).await;
            }
        })+
    };
}

on_servers! {
    Postgres postgres: "BEGIN; LOCK TABLE images";
    MariaDb mariadb: "LOCK TABLES images WRITE";
}

#[tokio::test]
#[ignore = "needs a server: make stores"]
async fn a_postgres_database_that_has_no_place_for_every_text_is_refused() {
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

/// As after a failover: the old server still answers, but another one is now behind its address.
#[tokio::test]
#[ignore = "needs a server: make stores"]
async fn a_connection_that_can_only_read_is_given_up() {
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

/// As after a migration by a newer program: what connections have prepared answers columns of other types now.
#[tokio::test]
#[ignore = "needs a server: make stores"]
async fn a_plan_of_postgres_that_a_migration_made_stale_is_made_anew() {
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

#[tokio::test]
async fn sqlite_processes_that_start_at_once_do_not_disturb_each_other() {
    starts_at_once(Database::Sqlite).await;
}

#[tokio::test]
async fn images_of_an_older_sqlite_database_get_their_sizes() {
    a_database_of_version_1(Database::Sqlite).await;
}

#[tokio::test]
async fn a_newer_sqlite_database_is_refused() {
    a_newer_database(Database::Sqlite).await;
}

#[tokio::test]
async fn a_sqlite_database_to_read_is_up_to_date_and_stays_as_it_was() {
    a_database_to_read(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_in_sqlite_does_not_take_a_new_image_for_the_old_one_with_its_id() {
    a_deletion_that_meets_a_new_image(Database::Sqlite).await;
}

#[tokio::test]
async fn while_another_process_writes_to_sqlite_for_long_the_store_is_unavailable_in_time() {
    an_exhausted_pool(Database::Sqlite, "BEGIN IMMEDIATE").await;
}

#[tokio::test]
async fn no_error_shows_the_password() {
    a_password_that_is_wrong("postgres://127.0.0.1:1/images").await;
    a_password_that_is_wrong("mysql://127.0.0.1:1/images").await;
    a_password_that_is_wrong("postgres://no.such.host.invalid/images").await;
}

/// A file system of 1 MiB, for as long as it lives.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new() -> Self {
        let disk = Self(tempfile::TempDir::new().unwrap());
        let mut mount = std::process::Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(disk.0.path());
        assert!(mount.status().unwrap().success());
        disk
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount")
            .arg("--lazy")
            .arg(self.0.path())
            .status();
    }
}

#[tokio::test]
#[ignore = "mounts a small file system, which only root can: make stores"]
async fn a_full_disk_makes_sqlite_unavailable_and_loses_nothing() {
    let disk = SmallDisk::new();
    let url = format!("sqlite://{}/images.db", disk.0.path().display());
    let store = sql(&url, 4);
    store.open(&[]).await.unwrap();
    let mut kept = Vec::new();
    let error = loop {
        let mut image = an_image();
        image.properties.insert(
            "filling".parse().unwrap(),
            "x".repeat(20_000).parse().unwrap(),
        );
        match store.create(image.try_into().unwrap(), &author()).await {
            Ok(image) => kept.push(image),
            Err(error) => break error,
        }
    };
    assert!(
        matches!(error, CreateError::Store(StoreError::Unavailable(_))),
        "{error:?}"
    );
    assert!(kept.len() > 10);
    let reopened = sql(&url, 4);
    // Opening writes nothing where there is nothing to do.
    reopened.open(&[]).await.unwrap();
    for image in kept {
        for store in [&store, &reopened] {
            assert_eq!(
                store.image(image.id()).await.unwrap().as_ref(),
                Some(&image)
            );
        }
    }
}
