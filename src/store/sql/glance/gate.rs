//! Whether tags may be changed in Glance's database: only after a check has shown that Glance does
//! not undo it.
//!
//! A check counts for the schema that it was made with: the columns of Glance's tables, their
//! triggers, and the version of the schema that Glance has noted. If triggers that guard the tags
//! are gone, or Glance was upgraded, another check is needed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use jiff::Timestamp;

use crate::image::ImageId;
use crate::store::error::StoreError;
use crate::store::sql::drivers::{
    Connection, Database, Engine, SqlError, Statement, count, placeholder_rows,
};

/// Whether changes are allowed, as it was found out last.
#[derive(Debug)]
pub(in crate::store::sql) struct Gate {
    is_open: AtomicBool,
    /// The table of the guard in Glance's database, if there is one.
    guarded: RwLock<Option<String>>,
}

impl Gate {
    /// A gate that is closed until a check was found, if the images belong to a Glance.
    pub(in crate::store::sql) fn new(engine: Engine) -> Self {
        Self {
            is_open: AtomicBool::new(engine.owns_images()),
            guarded: RwLock::default(),
        }
    }

    /// Whether all of the images are noted for the guard, if there is one.
    pub(in crate::store::sql) async fn has_noted(
        &self,
        connection: &mut Connection,
        images: &[ImageId],
    ) -> Result<bool, SqlError> {
        let Some(table) = self.guarded() else {
            return Ok(true);
        };
        let values = placeholder_rows(1, images.len());
        let text = format!("SELECT COUNT(*) FROM {table} WHERE image_id IN {values}");
        let noted = connection.fetch_first(Statement::new(text).with_all(images.to_vec()), count);
        Ok(noted.await? == Some(images.len()))
    }

    /// Notes for the guard that the tags of these images are changed, before that is done. No
    /// transaction may be in progress: Glance may hold a lock there, and must not wait for this
    /// service.
    pub(in crate::store::sql) async fn note(
        &self,
        database: &Database,
        images: &[ImageId],
    ) -> Result<(), SqlError> {
        let Some(table) = self.guarded() else {
            return Ok(());
        };
        let rows = vec!["(?, UTC_TIMESTAMP())"; images.len()].join(", ");
        let text = format!("INSERT IGNORE INTO {table} (image_id, since) VALUES {rows}");
        let mut connection = database.acquire().await?;
        let noted = connection.execute(Statement::new(text).with_all(images.to_vec()));
        let noted = noted.await;
        let noted = connection.finish(noted).await;
        // Without the table, or the right to write it, no change is safe.
        noted.map(drop).map_err(|error| match error {
            SqlError::Internal(source) => SqlError::Unavailable(source),
            other => other,
        })
    }

    fn guarded(&self) -> Option<String> {
        let guarded = self.guarded.read();
        guarded.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets what was found out: whether changes are allowed, and the table of the guard.
    pub(in crate::store::sql) fn set(&self, is_open: bool, guarded: Option<String>) {
        let mut known = self.guarded.write().unwrap_or_else(PoisonError::into_inner);
        *known = guarded;
        self.is_open.store(is_open, Ordering::Release);
    }

    /// Fails while changes are not allowed.
    pub(in crate::store::sql) fn pass(&self) -> Result<(), StoreError> {
        if self.is_open.load(Ordering::Acquire) {
            Ok(())
        } else {
            Err(StoreError::Unavailable(
                "no check has passed for Glance's database as it is: image-tags glance check"
                    .into(),
            ))
        }
    }
}

/// What belongs to the schema of Glance: its columns and triggers, in one text.
const SCHEMA: &str = "SELECT GROUP_CONCAT(part ORDER BY part SEPARATOR '\n') FROM (\
    SELECT CONCAT_WS(' ', table_name, column_name, column_type, collation_name, is_nullable) AS part \
    FROM information_schema.columns \
    WHERE table_name IN ('images', 'image_tags', 'image_properties', 'image_members') AND table_schema = ? \
    UNION ALL SELECT CONCAT_WS(' ', trigger_name, action_timing, event_manipulation, event_object_table, action_statement) \
    FROM information_schema.triggers WHERE trigger_schema = ?) parts";

/// The digest of the schema of Glance, from a connection to the database of the program's tables.
async fn schema_digest(connection: &mut Connection, glance: &str) -> Result<String, SqlError> {
    let query = Statement::new(SCHEMA).with(glance).with(glance);
    let schema = connection.fetch_text(query).await?.unwrap_or_default();
    let query = format!("SELECT GROUP_CONCAT(version_num) FROM `{glance}`.alembic_version");
    let version = connection.fetch_text(query).await?.unwrap_or_default();
    Ok(blake3::hash(format!("{schema}\n{version}").as_bytes()).to_string())
}

/// Whether a check has passed, and the table of the guard if there is one.
pub(in crate::store::sql) async fn find_check(
    connection: &mut Connection,
) -> Result<(bool, Option<String>), SqlError> {
    let glance = glance_database(connection).await?;
    let digest = schema_digest(connection, &glance).await?;
    let query = Statement::new("SELECT COUNT(*) FROM glance_checks WHERE digest = ?");
    let has_passed = connection.fetch_number(query.with(digest)).await? > 0;
    let query = "SELECT COUNT(*) FROM information_schema.tables \
                 WHERE table_schema = ? AND table_name = 'image_tags_guarded'";
    let query = Statement::new(query).with(&*glance);
    let has_guard = connection.fetch_number(query).await? > 0;
    let guarded = has_guard.then(|| format!("`{glance}`.image_tags_guarded"));
    if let Some(table) = &guarded {
        // The guard may be newer than changes of tags.
        let note = format!(
            "INSERT IGNORE INTO {table} (image_id, since) SELECT l.image_id, UTC_TIMESTAMP() FROM image_locks l \
             LEFT JOIN {table} g ON g.image_id = CONVERT(l.image_id USING ascii) WHERE g.image_id IS NULL"
        );
        connection.execute(note.into()).await?;
    }
    Ok((has_passed, guarded))
}

/// The name of Glance's database, from a connection to that of the program's tables.
async fn glance_database(connection: &mut Connection) -> Result<String, SqlError> {
    let own = connection
        .fetch_text("SELECT DATABASE()")
        .await?
        .unwrap_or_default();
    Ok(own.strip_suffix("_tags").unwrap_or(&own).to_owned())
}

pub(in crate::store::sql) async fn note_check(connection: &mut Connection) -> Result<(), SqlError> {
    let glance = glance_database(connection).await?;
    let digest = schema_digest(connection, &glance).await?;
    let note = Statement::new("REPLACE INTO glance_checks (digest, passed_at) VALUES (?, ?)");
    let note = note.with(&*digest).with(Timestamp::now());
    connection.execute(note).await?;
    // A check of the database as it was before says nothing if it becomes so again.
    let forget = Statement::new("DELETE FROM glance_checks WHERE digest <> ?");
    connection.execute(forget.with(digest)).await.map(drop)
}
