//! Tests of the groups in which changes are committed. A writer that queues while another one has
//! its turn comes before the thread that commits, so that both are in one group.

use std::time::Duration;

use tempfile::TempDir;

use super::{Turn, Writer};
use crate::store::sql::drivers::connection::Connection;
use crate::store::sql::drivers::engine::Engine;
use crate::store::sql::drivers::error::SqlError;
use crate::store::sql::drivers::row::number;
use crate::store::sql::drivers::session::Driver as _;
use crate::store::sql::drivers::sqlite::driver::SqliteDriver;
use crate::store::sql::drivers::statement::Statement;
use crate::store::sql::drivers::url::SqlUrl;

const TIMEOUT: Duration = Duration::from_secs(10);

/// A file with an empty table of numbers.
struct Numbers {
    driver: SqliteDriver,
    writer: Writer,
    _directory: TempDir,
}

impl Numbers {
    async fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let url = format!("sqlite://{}/numbers.db", directory.path().display());
        let url = SqlUrl::try_from(&*url).unwrap();
        let setup = Engine::Sqlite.session_setup(TIMEOUT, false);
        let driver = SqliteDriver::new(&url, setup, TIMEOUT);
        let writer = Writer::new(driver.clone());
        let mut turn = writer.begin().await.unwrap();
        let table = "CREATE TABLE numbers (number BIGINT NOT NULL PRIMARY KEY)";
        turn.execute_script(table).await.unwrap();
        turn.commit().await.unwrap();
        Self {
            driver,
            writer,
            _directory: directory,
        }
    }

    /// The turn of a writer that has added `number`.
    async fn added(&self, number: i64) -> Turn<'_> {
        let mut turn = self.writer.begin().await.unwrap();
        add(&mut turn, number).await.unwrap();
        turn
    }

    /// The numbers that were committed.
    async fn committed(&self) -> Vec<i64> {
        let session = self.driver.connect().await.unwrap();
        all(&mut Connection::new(Engine::Sqlite, session)).await
    }
}

async fn all(connection: &mut Connection) -> Vec<i64> {
    let all = "SELECT number FROM numbers ORDER BY number";
    connection.fetch(all.into(), number).await.unwrap()
}

async fn add(connection: &mut Connection, number: i64) -> Result<u64, SqlError> {
    let insertion = Statement::new("INSERT INTO numbers VALUES (?)").with(number);
    connection.execute(insertion).await
}

#[tokio::test]
async fn writers_that_queue_are_committed_together() {
    let numbers = Numbers::new().await;
    let first = numbers.added(1).await;
    let second = async {
        let second = numbers.added(2).await;
        let committed = numbers.committed().await;
        assert!(committed.is_empty(), "the first has not been committed yet");
        second.commit().await
    };
    let (second, first) = tokio::join!(second, first.commit());
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(numbers.committed().await, [1, 2]);
}

#[tokio::test]
async fn a_change_that_fails_leaves_its_group_alone() {
    let numbers = Numbers::new().await;
    let first = numbers.added(1).await;
    let second = async {
        let mut second = numbers.added(2).await;
        let duplicate = add(&mut second, 1).await.unwrap_err();
        second.fail(duplicate).await
    };
    let (failed, first) = tokio::join!(second, first.commit());
    assert!(matches!(failed, SqlError::Duplicate(_)));
    assert!(first.is_ok());
    assert_eq!(numbers.committed().await, [1]);
}

#[tokio::test]
async fn a_writer_that_changes_nothing_waits_for_the_changes_that_it_has_seen() {
    let numbers = Numbers::new().await;
    let first = numbers.added(1).await;
    let second = async {
        let mut second = numbers.writer.begin().await.unwrap();
        assert_eq!(all(&mut second).await, [1]);
        second.rollback().await.unwrap();
        numbers.committed().await
    };
    let (seen, first) = tokio::join!(second, first.commit());
    assert!(first.is_ok());
    assert_eq!(seen, [1]);
}

#[tokio::test]
async fn writers_try_again_alone_after_their_transaction_was_dropped() {
    let numbers = Numbers::new().await;
    let first = numbers.added(1).await;
    let second = async {
        let second = numbers.added(2).await;
        second.commit().await
    };
    let third = async { drop(numbers.writer.begin().await.unwrap()) };
    let (second, (), first) = tokio::join!(second, third, first.commit());
    for lost in [first, second] {
        assert!(matches!(lost, Err(SqlError::Conflict(_))));
    }
    assert!(numbers.committed().await.is_empty());
    for number in [1, 2, 3] {
        let again = numbers.added(number).await;
        again.commit().await.unwrap();
    }
    assert_eq!(numbers.committed().await, [1, 2, 3]);
}

#[tokio::test]
async fn the_file_is_not_locked_while_nobody_writes() {
    let numbers = Numbers::new().await;
    let other = Writer::new(numbers.driver.clone());
    for (number, writer) in [&numbers.writer, &other, &numbers.writer]
        .into_iter()
        .enumerate()
    {
        let mut refused = writer.begin().await.unwrap();
        add(&mut refused, -1).await.unwrap();
        refused.rollback().await.unwrap();
        drop(writer.begin().await.unwrap());
        let mut turn = writer.begin().await.unwrap();
        add(&mut turn, i64::try_from(number).unwrap())
            .await
            .unwrap();
        turn.commit().await.unwrap();
    }
    assert_eq!(numbers.committed().await, [0, 1, 2]);
}
