//! The checks of a Glance's database: whether its tags may be changed.

use super::glance;
use super::store::Sql;
use crate::store::error::StoreError;

impl Sql {
    /// Allows changes of the tags of a Glance without a check.
    pub async fn allow_changes(&self) -> Result<(), StoreError> {
        self.look_for_check().await?;
        self.gate.open();
        Ok(())
    }

    /// Finds out whether a check has passed for Glance's database as it is, and allows changes or
    /// refuses them from now on.
    pub async fn look_for_check(&self) -> Result<bool, StoreError> {
        let has_passed = self.with_timeout(async {
            let mut connection = self.database.acquire().await.map_err(StoreError::from)?;
            let found = glance::find_check(&mut connection).await;
            Ok::<_, StoreError>(connection.finish(found).await?)
        });
        let (has_passed, guarded) = has_passed.await?;
        self.gate.set(has_passed, guarded);
        Ok(has_passed)
    }

    /// Notes that a check has passed for Glance's database as it is.
    pub async fn note_check(&self) -> Result<(), StoreError> {
        self.with_timeout(async {
            let mut connection = self.database.acquire().await.map_err(StoreError::from)?;
            let noted = glance::note_check(&mut connection).await;
            Ok(connection.finish(noted).await?)
        })
        .await
    }
}
