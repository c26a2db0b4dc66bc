//! The tables: made and brought up to date at the start, by one process at a time.
//!
//! A migration that has been released is never changed; a new one is put behind it. A database that a newer program has
//! migrated is left alone.

use super::fault::Fault;
use super::open::OpenError;
use super::pool::Connection;
use super::read;
use super::statement::Statement;
use super::url::Engine;
use super::write;
use crate::image::Image;

impl Engine {
    /// What has to be done for each version of the schema, beginning with version 1.
    fn migrations(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &[include_str!("schema/1-sqlite.sql")],
            Self::Postgres => &[include_str!("schema/1-postgres.sql")],
            Self::MariaDb => &[include_str!("schema/1-mariadb.sql")],
        }
    }

    /// Takes statements about tables into transactions.
    fn migrates_in_transactions(self) -> bool {
        self != Self::MariaDb
    }
}

/// Any number will do, as long as it stays the same.
const POSTGRES_LOCK: &str = "SELECT pg_advisory_xact_lock(7305807320452112745)";
const MARIADB_LOCK: &str = "SELECT GET_LOCK(CONCAT('image-tags-', MD5(DATABASE())), 60)";
const MARIADB_UNLOCK: &str = "SELECT RELEASE_LOCK(CONCAT('image-tags-', MD5(DATABASE())))";

/// Brings the schema up to date and, if there is no image, puts `images` in. Several processes may do so at once. The
/// connection may then wait longer than others, and is closed afterwards.
pub(super) async fn prepare(mut connection: Connection<'_>, images: &[Image]) -> Result<(), OpenError> {
    let engine = connection.engine();
    if let Some(flaw) = engine.flaw() {
        let rows = connection.rows(flaw.into()).await?;
        if let Some(flaw) = read::only_text(&rows)? {
            return Err(OpenError::Failed(flaw.into()));
        }
    }
    match engine {
        Engine::Sqlite => connection.begin().await?,
        Engine::Postgres => {
            connection.begin().await?;
            connection.script("SET statement_timeout = 0").await?;
            connection.script(POSTGRES_LOCK).await?;
        }
        Engine::MariaDb => {
            // If this process vanishes without a word, its lock goes a minute later.
            connection.script("SET SESSION max_statement_time = 0, wait_timeout = 60").await?;
            if read::only_number(&connection.rows(MARIADB_LOCK.into()).await?)? != 1 {
                return Err(OpenError::Unavailable("another process is migrating it".into()));
            }
        }
    }
    migrate(&mut connection).await?;
    if !engine.migrates_in_transactions() {
        connection.begin().await?;
    }
    if !images.is_empty() && connection.rows("SELECT 1 FROM images LIMIT 1".into()).await?.is_empty() {
        for image in images {
            write::insert(&mut connection, image).await?;
        }
    }
    connection.script("COMMIT").await?;
    if engine == Engine::MariaDb {
        connection.rows(MARIADB_UNLOCK.into()).await?;
    }
    Ok(())
}

async fn migrate(connection: &mut Connection<'_>) -> Result<(), OpenError> {
    let migrations = connection.engine().migrations();
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    connection.script("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY)").await?;
    let found = version(connection).await?;
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    for (version, migration) in (1_i64..).zip(migrations).filter(|(version, _)| *version > found) {
        connection.script(migration).await?;
        let done = Statement::new("INSERT INTO schema_version (version) VALUES (?)").with(version);
        connection.run(done).await?;
    }
    Ok(())
}

/// Refuses a schema that is not the one that this program works with, and changes nothing.
pub(super) async fn check(connection: &mut Connection<'_>) -> Result<(), OpenError> {
    let engine = connection.engine();
    if read::only_number(&connection.rows(engine.has_schema().into()).await?)? == 0 {
        return Err(OpenError::NoTables);
    }
    let known = i64::try_from(engine.migrations().len()).unwrap_or(i64::MAX);
    match version(connection).await? {
        found if found > known => Err(OpenError::Newer { found, known }),
        found if found < known => Err(OpenError::Older { found, known }),
        _ => Ok(()),
    }
}

async fn version(connection: &mut Connection<'_>) -> Result<i64, Fault> {
    let rows = connection.rows("SELECT COALESCE(MAX(version), 0) FROM schema_version".into()).await?;
    read::only_number(&rows)
}
