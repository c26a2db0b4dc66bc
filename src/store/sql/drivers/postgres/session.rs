//! A connection with one user.

use async_trait::async_trait;

use super::client::PostgresClient;
use crate::store::sql::drivers::error::SqlError;
use crate::store::sql::drivers::session::{EachRow, Session};
use crate::store::sql::drivers::statement::Statement;

#[async_trait]
impl Session for PostgresClient {
    async fn fetch(
        &mut self,
        statement: &Statement,
        _: bool,
        each: EachRow<'_>,
    ) -> Result<(), SqlError> {
        PostgresClient::fetch(self, statement, each).await
    }

    async fn execute(&mut self, statement: &Statement) -> Result<u64, SqlError> {
        PostgresClient::execute(self, statement).await
    }

    async fn execute_script(&mut self, text: &str) -> Result<(), SqlError> {
        PostgresClient::execute_script(self, text).await
    }

    async fn ping(&mut self) -> Result<(), SqlError> {
        PostgresClient::ping(self).await
    }

    fn is_worth_keeping(&mut self) -> bool {
        !self.is_closed() && !self.has_grown()
    }
}
