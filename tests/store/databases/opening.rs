//! Opening a database: concurrent starts, migrations, versions, and the messages of failures.

use image_tags::budget::Budget;
use image_tags::image::{DiskFormat, Image, ImageData, ImageId, NewImage};
use image_tags::store::{ImageStore, OpenError, Sql, SqlUrl};
use jiff::Timestamp;
use tokio::task::JoinSet;

use super::support::{TIMEOUT, add, an_image, sql, sql_with_timeout};
use crate::backend::{Database, run};
use crate::support::author;

pub(crate) async fn concurrent_starts(database: Database) {
    let empty = database.empty().await;
    let images: Vec<_> = (0..3).map(|_| an_image()).collect();
    let mut starts = JoinSet::new();
    for _ in 0..8 {
        // Each process waits for those before it, and other tests keep the disk busy.
        let (store, images) = (sql_with_timeout(&empty.url, 2, TIMEOUT * 6), images.clone());
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
        "only a new database gets the images"
    );
}

/// In version 1 of the schema, images had no size, tags no history, and the virtual size of raw
/// data was its size.
pub(crate) async fn migration_from_version_1(database: Database) {
    let empty = database.empty().await;
    let mut large = Image::new(ImageId::random(), Timestamp::UNIX_EPOCH);
    large.owner = Some("project".parse().unwrap());
    large.tags = ["a".parse().unwrap()].into();
    large.properties = [("p".parse().unwrap(), "x".repeat(60_000).parse().unwrap())].into();
    large.disk_format = Some(DiskFormat::Raw);
    let data = ImageData::new(5, "c", "s").unwrap();
    large.data = Some(data.with_virtual_size(Some(5)).unwrap());
    let size = NewImage::try_from(large.clone()).unwrap().size();
    let id = large.id();
    let first_version = match database {
        Database::Sqlite => include_str!("../../../src/store/sql/tables/schema/sqlite/1.sql"),
        Database::Postgres => include_str!("../../../src/store/sql/tables/schema/postgres/1.sql"),
        Database::MariaDb => include_str!("../../../src/store/sql/tables/schema/mariadb/1.sql"),
    };
    let url = match database {
        Database::Sqlite => format!("{}?mode=rwc", empty.url),
        Database::Postgres | Database::MariaDb => empty.url.clone(),
    };
    for statements in [
        first_version.to_owned(),
        "CREATE TABLE schema_version (version BIGINT NOT NULL PRIMARY KEY)".to_owned(),
        "INSERT INTO schema_version (version) VALUES (1)".to_owned(),
        format!(
            "INSERT INTO images (id, created_at, updated_at, revision, owner, visibility, status, min_disk, \
             min_ram, protected, hidden, property_bytes, disk_format, size, checksum, sha512) \
             VALUES ('{id}', 0, 0, 0, 'project', 'shared', 'queued', 0, 0, 0, 0, 7, 'raw', 5, 'c', 's')"
        ),
        format!("INSERT INTO image_tags VALUES ('{id}', 'a', 'project', 'shared', 0)"),
        format!(
            "INSERT INTO image_properties VALUES ('{id}', 'p', '{}')",
            "x".repeat(60_000)
        ),
    ] {
        run(&url, statements).await;
    }
    let store = sql(&empty.url, 2);
    store.open(&[an_image()]).await.unwrap();
    let after = store.image(id).await.unwrap().unwrap();
    assert_eq!((&*after, after.size()), (&large, size));
    assert_eq!(store.all(None, 10).await.unwrap().images.len(), 1);
    add(&store, id, "b").await.unwrap();
}

pub(crate) async fn newer_database(database: Database) {
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

/// A read-only store opens only a database that is up to date, and changes nothing in it.
pub(crate) async fn read_only_store(database: Database) {
    let empty = database.empty().await;
    let read_only = || {
        Sql::read_only(
            SqlUrl::try_from(&*empty.url).unwrap(),
            2,
            TIMEOUT,
            Budget::new(256 << 20),
        )
    };
    let outcome = read_only().open_existing().await;
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
    let read = read_only();
    read.open_existing().await.unwrap();
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
        read_only().open_existing().await,
        Err(OpenError::Newer { found: 99, .. })
    ));
    run(&empty.url, "DELETE FROM schema_version".to_owned()).await;
    let outcome = read_only().open_existing().await;
    assert!(
        matches!(outcome, Err(OpenError::Older { found: 0, .. })),
        "{outcome:?}"
    );
}

async fn wrong_password(url: &str) {
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

#[tokio::test]
async fn errors_never_show_the_password() {
    wrong_password("postgres://127.0.0.1:1/images").await;
    wrong_password("mysql://127.0.0.1:1/images").await;
    wrong_password("postgres://no.such.host.invalid/images").await;
}
