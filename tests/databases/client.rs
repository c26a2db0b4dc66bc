//! A client of a database, beside the store.

use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection};
use tokio_postgres::NoTls;

/// A connection to a database.
#[derive(Debug)]
pub(crate) enum Client {
    Sqlite(rusqlite::Connection),
    Postgres(tokio_postgres::Client),
    MariaDb(MySqlConnection),
}

impl Client {
    /// Connects to the database at `url`, which may be that of an [`EmptyDatabase`].
    ///
    /// [`EmptyDatabase`]: super::EmptyDatabase
    pub(crate) async fn connect(url: &str) -> Self {
        let (server, options) = url.split_once('?').unwrap_or((url, ""));
        if let Some(file) = server.strip_prefix("sqlite://") {
            return Self::Sqlite(rusqlite::Connection::open(file).unwrap());
        }
        if url.starts_with("mysql:") {
            return Self::MariaDb(MySqlConnection::connect(url).await.unwrap());
        }
        let (client, connection) = tokio_postgres::connect(server, NoTls).await.unwrap();
        tokio::spawn(connection);
        let mut client = Self::Postgres(client);
        if let Some(schema) = options.strip_prefix("options[search_path]=") {
            client.run(&format!("SET search_path = {schema}")).await;
        }
        client
    }

    /// Executes one or more statements.
    pub(crate) async fn run(&mut self, text: &str) {
        match self {
            Self::Sqlite(connection) => connection.execute_batch(text).unwrap(),
            Self::Postgres(client) => client.batch_execute(text).await.unwrap(),
            Self::MariaDb(connection) => {
                let text = sqlx::raw_sql(AssertSqlSafe(text.to_owned()));
                text.execute(connection).await.unwrap();
            }
        }
    }
}
