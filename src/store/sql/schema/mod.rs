//! The tables: made and brought up to date at the start, by one process at a time.
//!
//! A migration that has been released is never changed; a new one is put behind it. A database that a newer program has
//! migrated is left alone.

use super::fault::Fault;
use super::open::OpenError;
use super::pool::Connection;
use super::read;
use super::room::Room;
use super::statement::Statement;
use super::url::Engine;
use super::write;
use crate::image::Image;

impl Engine {
    /// What has to be done for each version of the schema, beginning with version 1.
    fn migrations(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &[include_str!("1-sqlite.sql"), include_str!("2-sqlite.sql")],
            Self::Postgres => &[
                include_str!("1-postgres.sql"),
                include_str!("2-postgres.sql"),
            ],
            Self::MariaDb => &[include_str!("1-mariadb.sql"), include_str!("2-mariadb.sql")],
        }
    }

    /// Takes statements about tables into transactions.
    fn migrates_in_transactions(self) -> bool {
        self != Self::MariaDb
    }
}

/// The version from which on images know their whole size.
const WITH_SIZES: i64 = 2;

/// Any number will do, as long as it stays the same.
const POSTGRES_LOCK: &str = "SELECT pg_advisory_xact_lock(7305807320452112745)";
const MARIADB_LOCK: &str = "SELECT GET_LOCK(CONCAT('image-tags-', MD5(DATABASE())), 60)";
const MARIADB_UNLOCK: &str = "SELECT RELEASE_LOCK(CONCAT('image-tags-', MD5(DATABASE())))";

/// Brings the schema up to date and, if there was none, puts `images` in. Several processes may do so at once. The
/// connection may then wait longer than others, and is closed afterwards.
pub(super) async fn prepare(
    mut connection: Connection<'_>,
    images: &[Image],
) -> Result<(), OpenError> {
    let engine = connection.engine();
    if let Some(flaw) = engine.flaw() {
        let rows = connection.rows(flaw.into()).await?;
        if let Some(flaw) = read::only_text(&rows)? {
            return Err(OpenError::Failed(flaw.into()));
        }
    }
    match engine {
        Engine::Sqlite => {
            connection.script("PRAGMA busy_timeout = 2000").await?;
            connection.begin(|| ()).await?;
        }
        Engine::Postgres => {
            connection.begin(|| ()).await?;
            connection.script("SET statement_timeout = 0").await?;
            connection.script(POSTGRES_LOCK).await?;
        }
        Engine::MariaDb => {
            // If this process vanishes without a word, its lock goes a minute later.
            connection
                .script("SET SESSION max_statement_time = 0, wait_timeout = 60")
                .await?;
            if read::only_number(&connection.rows(MARIADB_LOCK.into()).await?)? != 1 {
                return Err(OpenError::Unavailable(
                    "another process is migrating it".into(),
                ));
            }
        }
    }
    let found = migrate(&mut connection).await?;
    if !engine.migrates_in_transactions() {
        connection.begin(|| ()).await?;
    }
    let known = known_version(engine);
    if (1..WITH_SIZES).contains(&found) {
        measure(&mut connection).await?;
    }
    // The images of the configuration belong to a database that is new: some of them may have been deleted since.
    if found == 0 {
        for image in images {
            write::insert(&mut connection, &image.clone().measured()).await?;
        }
    }
    for version in found + 1..=known {
        let done = Statement::new("INSERT INTO schema_version (version) VALUES (?)").with(version);
        connection.run(done).await?;
    }
    connection.script("COMMIT").await?;
    if engine == Engine::MariaDb {
        connection.rows(MARIADB_UNLOCK.into()).await?;
    }
    Ok(())
}

/// The newest version that this program knows.
fn known_version(engine: Engine) -> i64 {
    i64::try_from(engine.migrations().len()).unwrap_or(i64::MAX)
}

/// Makes the tables those of the newest version, and answers which version they had; 0 for none.
async fn migrate(connection: &mut Connection<'_>) -> Result<i64, OpenError> {
    let (engine, known) = (connection.engine(), known_version(connection.engine()));
    connection
        .script("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY)")
        .await?;
    let found = version(connection).await?;
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    for (version, migration) in (1..).zip(engine.migrations()) {
        if version > found {
            connection.script(migration).await?;
        }
    }
    Ok(found)
}

/// Works out the size of each image, one after the other.
async fn measure(connection: &mut Connection<'_>) -> Result<(), OpenError> {
    let rows = connection.rows("SELECT id FROM images".into()).await?;
    for row in &rows {
        if let Some(image) =
            read::image(connection, read::id_in(row)?, &Room::for_any_image()).await?
        {
            write::size(connection, &image.measured()).await?;
        }
    }
    Ok(())
}

/// Refuses a schema that is not the one that this program works with, and changes nothing.
pub(super) async fn check(connection: &mut Connection<'_>) -> Result<(), OpenError> {
    let engine = connection.engine();
    if read::only_number(&connection.rows(engine.has_schema().into()).await?)? == 0 {
        return Err(OpenError::NoTables);
    }
    let known = known_version(engine);
    match version(connection).await? {
        found if found > known => Err(OpenError::Newer { found, known }),
        found if found < known => Err(OpenError::Older { found, known }),
        _ => Ok(()),
    }
}

async fn version(connection: &mut Connection<'_>) -> Result<i64, Fault> {
    let rows = connection
        .rows("SELECT COALESCE(MAX(version), 0) FROM schema_version".into())
        .await?;
    read::only_number(&rows)
}
