//! Empty databases for tests, one each: a file for SQLite; a schema or a database of the server at the URL in
//! `IMAGE_TAGS_TEST_POSTGRES` and `IMAGE_TAGS_TEST_MARIADB`, which `tests/databases/with` starts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use image_tags::budget::Budget;
use image_tags::image::{Image, ImageId, NewImage};
use image_tags::store::{
    Author, Change, ChangeError, Check, CreateError, ImageQuery, ImageStore, ListError, Page, Sql,
    SqlUrl, StoreError, StoredImage,
};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _};
use tempfile::TempDir;

/// A backend that is a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
    MariaDb,
}

/// The URL of an empty database; as long as this lives, if it is a file.
#[derive(Debug)]
pub(crate) struct Empty {
    pub(crate) url: String,
    _directory: Option<TempDir>,
}

impl Database {
    pub(crate) async fn empty(self) -> Empty {
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        let server = match self {
            Self::Sqlite => {
                let directory = TempDir::new().unwrap();
                let url = format!("sqlite://{}/images.db", directory.path().display());
                return Empty {
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
        Empty {
            url,
            _directory: None,
        }
    }

    /// A store over an empty database, and `others` more over the same one. Calls go to them in turn.
    pub(crate) async fn store(self, others: usize, images: &[Image]) -> Arc<dyn ImageStore> {
        let empty = self.empty().await;
        let mut stores = Vec::new();
        for _ in 0..=others {
            let store = sql(&empty.url);
            store.open(images).await.unwrap();
            stores.push(store);
        }
        Arc::new(Shared {
            stores,
            next: AtomicUsize::new(0),
            _empty: empty,
        })
    }
}

fn sql(url: &str) -> Sql {
    Sql::new(
        SqlUrl::try_from(url).unwrap(),
        10,
        Duration::from_secs(30),
        Budget::new(256 << 20),
    )
}

fn server(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} has to be the URL of a server: see make stores"))
}

/// Runs `text` on the database at `url`.
pub(crate) async fn run(url: &str, text: String) {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(text))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

/// Stores over one database, as there are when several processes run. Each call goes to the next one.
#[derive(Debug)]
struct Shared {
    stores: Vec<Sql>,
    next: AtomicUsize,
    _empty: Empty,
}

impl Shared {
    fn next(&self) -> &Sql {
        &self.stores[self.next.fetch_add(1, Ordering::Relaxed) % self.stores.len()]
    }
}

#[async_trait]
impl ImageStore for Shared {
    async fn image(&self, id: ImageId) -> Result<Option<StoredImage>, StoreError> {
        self.next().image(id).await
    }

    async fn list(&self, query: &ImageQuery) -> Result<Page, ListError> {
        self.next().list(query).await
    }

    async fn all(&self, after: Option<ImageId>, limit: usize) -> Result<Page, StoreError> {
        self.next().all(after, limit).await
    }

    async fn create(&self, image: NewImage, by: &Author<'_>) -> Result<StoredImage, CreateError> {
        self.next().create(image, by).await
    }

    async fn change(
        &self,
        id: ImageId,
        by: &Author<'_>,
        change: Change<'_>,
    ) -> Result<StoredImage, ChangeError> {
        self.next().change(id, by, change).await
    }

    async fn delete(
        &self,
        id: ImageId,
        by: &Author<'_>,
        check: Check<'_>,
    ) -> Result<(), ChangeError> {
        self.next().delete(id, by, check).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.next().ping().await
    }
}
