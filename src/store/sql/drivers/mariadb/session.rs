//! A connection to a server.

use std::borrow::Cow;

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use sqlx::mysql::{MySqlArguments, MySqlRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySql, MySqlConnection, Row as _};

use crate::store::sql::drivers::error::SqlError;
use crate::store::sql::drivers::row::Row;
use crate::store::sql::drivers::session::{EachRow, Session};
use crate::store::sql::drivers::statement::{Statement, Value};

/// A connection to a server.
#[derive(Debug)]
pub(super) struct MariaDbSession(MySqlConnection);

impl MariaDbSession {
    pub(super) fn new(connection: MySqlConnection) -> Self {
        Self(connection)
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
        let mut rows = self.0.fetch(query(statement));
        while let Some(row) = rows.try_next().await? {
            each(&row)?;
        }
        Ok(())
    }

    async fn execute(&mut self, statement: &Statement) -> Result<u64, SqlError> {
        Ok(self.0.execute(query(statement)).await?.rows_affected())
    }

    async fn execute_script(&mut self, text: &str) -> Result<(), SqlError> {
        let script = sqlx::raw_sql(AssertSqlSafe(text.to_owned()));
        Ok(script.execute(&mut self.0).await.map(drop)?)
    }

    async fn ping(&mut self) -> Result<(), SqlError> {
        Ok(self.0.ping().await?)
    }

    fn is_worth_keeping(&mut self) -> bool {
        self.0.shrink_buffers();
        true
    }
}

fn query(statement: &Statement) -> Query<'_, MySql, MySqlArguments> {
    let query = match &statement.text {
        Cow::Borrowed(text) => sqlx::query(*text),
        // Text from outside is a value.
        Cow::Owned(text) => sqlx::query(AssertSqlSafe(text.clone())),
    };
    let query = query.persistent(statement.is_worth_keeping());
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
