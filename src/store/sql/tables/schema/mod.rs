//! The schema: created and migrated at the start, by one process at a time.
//!
//! A released migration never changes its statements; a new one is appended. A database that a
//! newer version of this program has migrated is not touched.
//!
//! Start reading at [`prepare`].

use super::read;
use super::size_limit::SizeLimit;
use super::write;
use crate::image::{Image, WriteId};
use crate::store::sql::drivers::{Connection, Engine, SqlError, Statement, Transaction};
use crate::store::sql::open_error::OpenError;

impl Engine {
    /// The migrations, one for each version of the schema, from version 1.
    fn migrations(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &[
                include_str!("sqlite/1.sql"),
                include_str!("sqlite/2.sql"),
                include_str!("sqlite/3.sql"),
                include_str!("sqlite/4.sql"),
                include_str!("sqlite/5.sql"),
            ],
            Self::Postgres => &[
                include_str!("postgres/1.sql"),
                include_str!("postgres/2.sql"),
                include_str!("postgres/3.sql"),
                include_str!("postgres/4.sql"),
                include_str!("postgres/5.sql"),
            ],
            Self::MariaDb => &[
                include_str!("mariadb/1.sql"),
                include_str!("mariadb/2.sql"),
                include_str!("mariadb/3.sql"),
                include_str!("mariadb/4.sql"),
                include_str!("mariadb/5.sql"),
            ],
            Self::Glance => &[include_str!("glance/1.sql"), include_str!("glance/2.sql")],
        }
    }

    /// Whether statements that change tables can be rolled back.
    fn migrates_in_transactions(self) -> bool {
        !self.is_mariadb()
    }
}

/// The first version whose images have the size of the whole image.
const FIRST_VERSION_WITH_SIZES: i64 = 2;

/// The number is arbitrary. It must stay the same in every version of this program.
const POSTGRES_LOCK: &str = "SELECT pg_advisory_xact_lock(7305807320452112745)";
const MARIADB_LOCK: &str = "SELECT GET_LOCK(CONCAT('image-tags-', MD5(DATABASE())), 60)";
const MARIADB_UNLOCK: &str = "SELECT RELEASE_LOCK(CONCAT('image-tags-', MD5(DATABASE())))";

/// Brings the schema up to date and, if there was none, inserts `images`. Several processes may
/// call it at the same time. On a server it changes the time-outs of the connection, which is
/// closed afterwards.
pub(in crate::store::sql) async fn prepare(
    mut transaction: Transaction<'_>,
    images: &[Image],
) -> Result<(), OpenError> {
    let engine = transaction.engine();
    if let Some(query) = engine.unsupported_setting()
        && let Some(message) = transaction.fetch_text(query).await?
    {
        return Err(OpenError::Failed(message.into()));
    }
    match engine {
        Engine::Sqlite => {}
        Engine::Postgres => {
            transaction
                .execute_script("SET statement_timeout = 0")
                .await?;
            transaction.execute_script(POSTGRES_LOCK).await?;
        }
        Engine::MariaDb | Engine::Glance => {
            // A change of a table ends the transaction. If this process vanishes silently, the
            // server releases its lock after a minute.
            transaction
                .execute_script("ROLLBACK; SET SESSION max_statement_time = 0, wait_timeout = 60")
                .await?;
            if transaction.fetch_number(MARIADB_LOCK).await? != 1 {
                return Err(OpenError::Unavailable(
                    "another process is migrating it".into(),
                ));
            }
        }
    }
    let found = migrate(&mut transaction).await?;
    if !engine.migrates_in_transactions() {
        transaction.execute_script("BEGIN").await?;
    }
    let known = known_version(engine);
    if engine.owns_images() && (1..FIRST_VERSION_WITH_SIZES).contains(&found) {
        measure_images(&mut transaction).await?;
    }
    // Only a new database gets the images of the configuration: in an older one, clients may have
    // deleted some of them.
    if engine.owns_images() && found == 0 {
        for image in images {
            let mut image = image.clone().measured();
            image.set_write_id(WriteId::random());
            write::insert(&mut transaction, &image).await?;
        }
    }
    for version in found + 1..=known {
        let record =
            Statement::new("INSERT INTO schema_version (version) VALUES (?)").with(version);
        transaction.execute(record).await?;
    }
    if engine.is_single_writer() {
        transaction.commit().await?;
        return Ok(());
    }
    transaction.execute_script("COMMIT").await?;
    if engine.is_mariadb() {
        transaction.fetch_number(MARIADB_UNLOCK).await?;
    }
    Ok(())
}

/// The version of the schema that this program works with.
fn known_version(engine: Engine) -> i64 {
    i64::try_from(engine.migrations().len()).unwrap_or(i64::MAX)
}

/// Migrates the tables to the newest version. Returns the version that they had, 0 if there were
/// none.
async fn migrate(connection: &mut Connection) -> Result<i64, OpenError> {
    let (engine, known) = (connection.engine(), known_version(connection.engine()));
    connection
        .execute_script(
            "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY)",
        )
        .await?;
    let found = version(connection).await?;
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    for (version, migration) in (1..).zip(engine.migrations()) {
        if version > found {
            connection.migrate(migration).await?;
        }
    }
    Ok(found)
}

/// Computes and writes the size of each image, one after the other.
async fn measure_images(connection: &mut Connection) -> Result<(), OpenError> {
    let all = connection.fetch("SELECT id FROM images".into(), read::id_of);
    for id in all.await? {
        if let Some(image) = read::image(connection, id, &SizeLimit::unlimited()).await? {
            write::update_size(connection, &image.measured()).await?;
        }
    }
    Ok(())
}

/// Checks that the schema is the one that this program works with. Changes nothing.
pub(in crate::store::sql) async fn check(connection: &mut Connection) -> Result<(), OpenError> {
    let engine = connection.engine();
    if connection.fetch_number(engine.has_schema()).await? == 0 {
        return Err(OpenError::NoTables);
    }
    let known = known_version(engine);
    match version(connection).await? {
        found if found > known => Err(OpenError::Newer { found, known }),
        found if found < known => Err(OpenError::Older { found, known }),
        _ => Ok(()),
    }
}

/// The version of the schema, 0 if no migration has been recorded.
async fn version(connection: &mut Connection) -> Result<i64, SqlError> {
    connection
        .fetch_number("SELECT COALESCE(MAX(version), 0) FROM schema_version")
        .await
}
