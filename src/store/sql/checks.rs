//! The checks of a Glance's database: whether its tags may be changed.

use super::glance;
use super::store::Sql;
use crate::store::error::StoreError;

impl Sql {
    /// Finds out whether a check has passed for Glance's database as it is, and allows changes or
    /// refuses them from now on. With `is_assumed`, changes are allowed without a check.
    pub async fn look_for_check(&self, is_assumed: bool) -> Result<bool, StoreError> {
        let found = self.with_timeout(async {
            let mut connection = self.database.acquire().await.map_err(StoreError::from)?;
            let found = glance::find_check(&mut connection).await;
            Ok::<_, StoreError>(connection.finish(found).await?)
        });
        let (has_passed, guarded) = found.await?;
        let is_open = is_assumed || has_passed;
        self.gate.set(is_open, guarded);
        Ok(is_open)
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
