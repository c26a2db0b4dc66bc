//! A connection to a server.

use std::borrow::Cow;

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use hashlink::LruCache;
use sqlx::mysql::{MySqlArguments, MySqlConnectOptions, MySqlRow};
use sqlx::query::Query;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, MySql, MySqlConnection,
    Row as _, SqlSafeStr as _,
};

use crate::store::sql::drivers::error::SqlError;
use crate::store::sql::drivers::row::Row;
use crate::store::sql::drivers::session::{EachRow, Session};
use crate::store::sql::drivers::statement::{Statement, Value};
use crate::store::sql::drivers::url::SqlUrl;

/// A connection to a server.
#[derive(Debug)]
pub(super) struct MariaDbSession {
    connection: MySqlConnection,
    /// The texts of statements that the connection has prepared and not closed since. It may have
    /// some more.
    prepared: LruCache<Cow<'static, str>, ()>,
}

impl MariaDbSession {
    /// Connects to the database at `url`.
    pub(super) async fn connect(url: &SqlUrl) -> Result<Self, SqlError> {
        let options: MySqlConnectOptions = url.expose().parse()?;
        // A statement that is being run must be one that the session knows of.
        let capacity = url.statement_cache_capacity().max(2);
        let options = options.statement_cache_capacity(capacity);
        Ok(Self {
            connection: Box::pin(options.connect()).await?,
            prepared: LruCache::new(capacity - 1),
        })
    }

    /// Prepares the statement if that is to be watched, because a transaction is in progress.
    ///
    /// A node of a cluster rolls a transaction back when another node has committed a conflicting
    /// one. It reports that with its next answer, but MariaDB 10.11.19 forgets to if this is the
    /// answer to a preparation. The statements that follow would be committed one by one.
    async fn prepare(&mut self, statement: &Statement) -> Result<(), SqlError> {
        if self.prepared.get(&statement.text).is_some() {
            return Ok(());
        }
        if self.is_in_transaction().await? {
            let text = AssertSqlSafe(statement.text.clone().into_owned());
            self.connection.prepare(text.into_sql_str()).await?;
            if !self.is_in_transaction().await? {
                return Err(SqlError::Conflict(
                    "the transaction was rolled back for one of another node".into(),
                ));
            }
        } else if !statement.is_worth_keeping() {
            return Ok(());
        }
        self.prepared.insert(statement.text.clone(), ());
        Ok(())
    }

    async fn is_in_transaction(&mut self) -> Result<bool, SqlError> {
        let query = sqlx::raw_sql("SELECT CAST(@@in_transaction AS SIGNED)");
        let row = self.connection.fetch_one(query).await?;
        Ok(row.try_get::<i64, _>(0)? != 0)
    }

    /// The query of a statement. Unless it is prepared, it is closed after it was run.
    fn query<'a>(&self, statement: &'a Statement) -> Query<'a, MySql, MySqlArguments> {
        query(statement).persistent(self.prepared.peek(&statement.text).is_some())
    }

    /// Closes all statements if this one is unlikely to recur, for it may occupy much memory of the
    /// server.
    async fn close(&mut self, statement: &Statement) -> Result<(), SqlError> {
        if !statement.is_worth_keeping() && self.prepared.remove(&statement.text).is_some() {
            self.prepared.clear();
            self.connection.clear_cached_statements().await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Session for MariaDbSession {
    async fn fetch(
        &mut self,
        statement: &Statement,
        _: bool,
        each: EachRow<'_>,
    ) -> Result<(), SqlError> {
        self.prepare(statement).await?;
        let query = self.query(statement);
        let mut rows = self.connection.fetch(query);
        let fetched = async {
            while let Some(row) = rows.try_next().await? {
                each(&row)?;
            }
            Ok(())
        };
        let fetched: Result<(), SqlError> = fetched.await;
        drop(rows);
        if fetched.is_err() {
            // It may be the preparation that has failed.
            self.prepared.remove(&statement.text);
        }
        fetched?;
        self.close(statement).await
    }

    async fn execute(&mut self, statement: &Statement) -> Result<u64, SqlError> {
        self.prepare(statement).await?;
        let query = self.query(statement);
        let done = self.connection.execute(query).await;
        if done.is_err() {
            self.prepared.remove(&statement.text);
        }
        let rows = done?.rows_affected();
        self.close(statement).await?;
        Ok(rows)
    }

    async fn execute_script(&mut self, text: &str) -> Result<(), SqlError> {
        let script = sqlx::raw_sql(AssertSqlSafe(text.to_owned()));
        Ok(script.execute(&mut self.connection).await.map(drop)?)
    }

    async fn ping(&mut self) -> Result<(), SqlError> {
        Ok(self.connection.ping().await?)
    }

    fn is_worth_keeping(&mut self) -> bool {
        self.connection.shrink_buffers();
        true
    }
}

fn query(statement: &Statement) -> Query<'_, MySql, MySqlArguments> {
    let query = match &statement.text {
        Cow::Borrowed(text) => sqlx::query(*text),
        // Text from outside is a value.
        Cow::Owned(text) => sqlx::query(AssertSqlSafe(text.clone())),
    };
    statement
        .values
        .iter()
        .fold(query, |query, value| match value {
            Value::Number(number) => query.bind(*number),
            Value::Text(text) => query.bind(text.as_deref()),
        })
}

impl Row for MySqlRow {
    fn number(&self, column: usize) -> Result<Option<i64>, SqlError> {
        Ok(self.try_get(column)?)
    }

    fn text(&self, column: usize) -> Result<Option<&str>, SqlError> {
        Ok(self.try_get(column)?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    /// A session on each node of the cluster.
    async fn sessions() -> [MariaDbSession; 2] {
        let urls = std::env::var("IMAGE_TAGS_TEST_GALERA");
        let urls = urls.expect("IMAGE_TAGS_TEST_GALERA is needed: see make races");
        let mut urls = urls.split(' ').map(|url| format!("{url}/mysql"));
        let mut next = async || {
            let url = urls.next().unwrap();
            let url = SqlUrl::try_from(&*url).unwrap();
            MariaDbSession::connect(&url).await.unwrap()
        };
        [next().await, next().await]
    }

    #[tokio::test]
    #[ignore = "needs a Galera cluster: make races"]
    async fn on_galera_no_statement_runs_after_its_transaction_was_rolled_back() {
        let [mut session, mut other] = sessions().await;
        let setup = "CREATE DATABASE prepared; CREATE TABLE prepared.t (id INT PRIMARY KEY, \
                     writes INT NOT NULL); INSERT INTO prepared.t VALUES (1, 0), (2, 0)";
        session.execute_script(setup).await.unwrap();
        other
            .execute_script("SET SESSION wsrep_sync_wait = 1")
            .await
            .unwrap();
        let lock = Statement::new("UPDATE prepared.t SET writes = writes + 1 WHERE id = 1");
        let write = Statement::new("UPDATE prepared.t SET writes = writes + 1 WHERE id = 2");
        for _ in 0..300 {
            session.execute_script("BEGIN").await.unwrap();
            session.execute(&lock).await.unwrap();
            let is_locked = AtomicBool::new(false);
            let lose = async {
                for number in 0.. {
                    if is_locked.load(Ordering::Relaxed) {
                        break;
                    }
                    let text = format!(
                        "SELECT {number}, a.writes, b.writes FROM prepared.t a JOIN prepared.t b \
                         ON a.id = b.id WHERE a.id IN (1, 2) ORDER BY a.id"
                    );
                    session.prepare(&Statement::new(text)).await?;
                }
                session.execute(&write).await
            };
            let win = async {
                other.execute(&lock).await.unwrap();
                is_locked.store(true, Ordering::Relaxed);
            };
            let (outcome, ()) = tokio::join!(lose, win);
            // The node may learn of the other write later than the client that wrote it.
            let outcome = match outcome {
                Ok(_) => session.execute_script("COMMIT").await,
                Err(error) => Err(error),
            };
            assert!(matches!(outcome, Err(SqlError::Conflict(_))), "{outcome:?}");
            session.execute_script("ROLLBACK").await.unwrap();
        }
    }
}
