//! An empty database for each test: a file for SQLite, a schema of a PostgreSQL server, a database
//! of a MariaDB server. `tests/databases/with` starts the servers and sets
//! `IMAGE_TAGS_TEST_POSTGRES` and `IMAGE_TAGS_TEST_MARIADB` to their URLs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use image_tags::budget::Budget;
use image_tags::image::{Image, ImageId, ScopedTag, Tag, TagEvent};
use image_tags::store::{
    Author, EventPage, HistoryQuery, ImageQuery, ImageStore, ListError, Page, Pruned, Sql, SqlUrl,
    StoreError, StoreStatistics, StoredImage, TagPage, TagQuery, Write, WriteError, Written,
};
use jiff::Timestamp;
use tempfile::TempDir;

pub(crate) use self::client::Client;

#[path = "client.rs"]
mod client;

/// A database engine to test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
    MariaDb,
}

/// An empty database. Dropping it deletes the file of SQLite; a server keeps its database until it
/// is stopped.
#[derive(Debug)]
pub(crate) struct EmptyDatabase {
    pub(crate) url: String,
    _directory: Option<TempDir>,
}

impl Database {
    /// Creates an empty database.
    pub(crate) async fn empty(self) -> EmptyDatabase {
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        let server = match self {
            Self::Sqlite => {
                let directory = TempDir::new().unwrap();
                let url = format!("sqlite://{}/images.db", directory.path().display());
                return EmptyDatabase {
                    url,
                    _directory: Some(directory),
                };
            }
            Self::Postgres => server("IMAGE_TAGS_TEST_POSTGRES"),
            Self::MariaDb => server("IMAGE_TAGS_TEST_MARIADB"),
        };
        run(&server, format!("CREATE SCHEMA {name}")).await;
        let url = match self {
            Self::Postgres => format!("{server}?options[search_path]={name}"),
            _ => format!("{server}/{name}"),
        };
        EmptyDatabase {
            url,
            _directory: None,
        }
    }

    /// A store over an empty database. With `others`, that many more stores use the same database,
    /// and the calls go to all of them in turn.
    pub(crate) async fn store(self, others: usize, images: &[Image]) -> Arc<dyn ImageStore> {
        let empty = self.empty().await;
        let mut stores = Vec::new();
        for _ in 0..=others {
            let store = sql(&empty.url);
            store.open(images).await.unwrap();
            stores.push(store);
        }
        in_turn(stores, empty)
    }
}

/// Stores over one database, as one store: the calls go to all of them in turn.
pub(crate) fn in_turn(stores: Vec<Sql>, database: EmptyDatabase) -> Arc<dyn ImageStore> {
    Arc::new(RoundRobin {
        stores,
        next: AtomicUsize::new(0),
        _database: database,
    })
}

/// A store in the database at `url`, still to be opened.
pub(crate) fn sql(url: &str) -> Sql {
    Sql::new(
        SqlUrl::try_from(url).unwrap(),
        10,
        Duration::from_secs(30),
        Budget::new(256 << 20),
    )
}

fn server(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} must be the URL of a server: see make stores"))
}

/// Executes the statements in `text` on the database at `url`.
pub(crate) async fn run(url: &str, text: String) {
    Client::connect(url).await.run(&text).await;
}

/// Several stores over one database, like several processes. Each call goes to the next store.
#[derive(Debug)]
struct RoundRobin {
    stores: Vec<Sql>,
    next: AtomicUsize,
    _database: EmptyDatabase,
}

impl RoundRobin {
    fn next(&self) -> &Sql {
        &self.stores[self.next.fetch_add(1, Ordering::Relaxed) % self.stores.len()]
    }
}

#[async_trait]
impl ImageStore for RoundRobin {
    async fn image(&self, id: ImageId) -> Result<Option<StoredImage>, StoreError> {
        self.next().image(id).await
    }

    async fn list(&self, query: &ImageQuery) -> Result<Page, ListError> {
        self.next().list(query).await
    }

    async fn all(&self, after: Option<ImageId>, limit: usize) -> Result<Page, StoreError> {
        self.next().all(after, limit).await
    }

    async fn write(&self, by: &Author<'_>, write: Write<'_>) -> Result<Written, WriteError> {
        self.next().write(by, write).await
    }

    fn accepts_changes(&self) -> Result<(), StoreError> {
        self.next().accepts_changes()
    }

    fn statistics(&self) -> Option<StoreStatistics> {
        self.next().statistics()
    }

    async fn tags(&self, query: &TagQuery) -> Result<TagPage, StoreError> {
        self.next().tags(query).await
    }

    async fn history(&self, query: &HistoryQuery) -> Result<EventPage, StoreError> {
        self.next().history(query).await
    }

    async fn latest_additions(
        &self,
        tag: &Tag,
        images: &[ImageId],
    ) -> Result<Vec<Option<TagEvent>>, StoreError> {
        self.next().latest_additions(tag, images).await
    }

    async fn last_event(&self, tag: &ScopedTag) -> Result<u64, StoreError> {
        self.next().last_event(tag).await
    }

    async fn events_after(&self, after: u64, limit: usize) -> Result<EventPage, StoreError> {
        self.next().events_after(after, limit).await
    }

    async fn import_events(&self, events: &[TagEvent]) -> Result<usize, StoreError> {
        self.next().import_events(events).await
    }

    async fn prune_history(
        &self,
        before: Timestamp,
        after: u64,
        limit: usize,
    ) -> Result<Pruned, StoreError> {
        self.next().prune_history(before, after, limit).await
    }

    async fn reset(&self, images: &[Image]) -> bool {
        self.next().reset(images).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.next().ping().await
    }
}
