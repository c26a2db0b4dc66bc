//! The guard of triggers: saves of Glance that would undo a change of tags do nothing to the tags.
//!
//! Glance saves an image with all tags that it has read before, so that a save may take back what
//! was changed since. The triggers keep the tags as they are whenever a session of Glance removes
//! one, or adds one that the image has or had. They note that in a table. So tags are changed by
//! this service only: what is sent to Glance itself is answered there and not done.

mod trigger;

use self::trigger::TRIGGERS;
use super::database::{GlanceDatabase, GlanceDatabaseError};
use crate::store::sql::drivers::{Connection, SqlError};

/// The tables of what the triggers have neutralised, and of the images whose tags were changed by
/// this service.
const TABLES: &str = include_str!("tables.sql");

/// Notes the images whose tags the service has changed before the guard was there, if it has.
const NOTE_CHANGED: &str = "SET @changed = (SELECT IF(COUNT(*) > 0, \
    CONCAT('INSERT IGNORE INTO image_tags_guarded SELECT image_id, UTC_TIMESTAMP() FROM `', DATABASE(), '_tags`.image_locks'), \
    'DO 0') FROM information_schema.tables \
    WHERE table_schema = CONCAT(DATABASE(), '_tags') AND table_name = 'image_locks'); \
    EXECUTE IMMEDIATE @changed";

/// Glance waits behind a statement that waits for a table. So it waits for five seconds only.
const SETUP: &str = "SET SESSION lock_wait_timeout = 5";

/// What is there of the guard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardStatus {
    /// The triggers that are not there, or are not visible without the right `TRIGGER`.
    pub missing: Vec<&'static str>,
    /// The triggers that do not do what those of this program do.
    pub different: Vec<&'static str>,
    /// How many changes the triggers have neutralised, and when the newest of them, in UTC.
    pub neutralised: Option<(u64, Option<String>)>,
}

impl GuardStatus {
    /// Whether the guard is installed as a whole.
    #[must_use]
    pub fn is_installed(&self) -> bool {
        self.missing.is_empty() && self.different.is_empty() && self.neutralised.is_some()
    }
}

impl GlanceDatabase {
    /// Installs the guard, or replaces it. If that fails, it leaves the guard that was there as it
    /// is, or removes what it has installed.
    pub async fn install_guard(&self) -> Result<(), GlanceDatabaseError> {
        let mut connection = self.connect().await?;
        connection.execute_script(SETUP).await?;
        let was_complete = status(&mut connection).await?.missing.is_empty();
        connection.execute_script(TABLES).await?;
        connection.execute_script(NOTE_CHANGED).await?;
        for trigger in TRIGGERS {
            if let Err(error) = connection.execute_script(trigger.create).await {
                if !was_complete {
                    remove(&mut connection).await?;
                }
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// Removes the guard, and the table of what it has neutralised.
    pub async fn remove_guard(&self) -> Result<(), GlanceDatabaseError> {
        let mut connection = self.connect().await?;
        connection.execute_script(SETUP).await?;
        Ok(remove(&mut connection).await?)
    }

    /// Looks what is there of the guard.
    pub async fn guard_status(&self) -> Result<GuardStatus, GlanceDatabaseError> {
        let mut connection = self.connect().await?;
        let status = status(&mut connection).await?;
        connection.release();
        Ok(status)
    }
}

/// Removes the triggers, then their tables.
async fn remove(connection: &mut Connection) -> Result<(), SqlError> {
    for trigger in TRIGGERS.iter().rev() {
        connection.execute_script(trigger.drop).await?;
    }
    let drop = "DROP TABLE IF EXISTS image_tags_neutralised, image_tags_guarded";
    connection.execute_script(drop).await
}

async fn status(connection: &mut Connection) -> Result<GuardStatus, SqlError> {
    let query = "SELECT trigger_name, action_statement FROM information_schema.triggers \
                 WHERE trigger_schema = DATABASE()";
    let triggers = connection.fetch(query.into(), |row| {
        let mut text = || Ok::<_, SqlError>(row.text()?.unwrap_or_default().to_owned());
        Ok((text()?, text()?))
    });
    let triggers = triggers.await?;
    let mut status = GuardStatus {
        missing: Vec::new(),
        different: Vec::new(),
        neutralised: None,
    };
    for trigger in TRIGGERS {
        match triggers.iter().find(|(name, _)| name == trigger.name) {
            None => status.missing.push(trigger.name),
            Some((_, body)) if body.trim() != trigger.body.trim() => {
                status.different.push(trigger.name);
            }
            Some(_) => {}
        }
    }
    let query = "SELECT COUNT(*) FROM information_schema.tables \
                 WHERE table_schema = DATABASE() AND table_name = 'image_tags_neutralised'";
    if connection.fetch_number(query).await? > 0 {
        let query = "SELECT COUNT(*), DATE_FORMAT(MAX(created_at), '%Y-%m-%dT%H:%i:%sZ') \
                     FROM image_tags_neutralised";
        let neutralised = connection.fetch_first(query.into(), |row| {
            Ok((row.count()?, row.text()?.map(str::to_owned)))
        });
        status.neutralised = neutralised.await?;
    }
    Ok(status)
}
