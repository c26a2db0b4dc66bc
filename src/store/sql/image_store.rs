//! [`ImageStore`] for a database: each operation as attempts that are retried.

use std::sync::Arc;

use async_trait::async_trait;

use super::store::Sql;
use super::write::Write;
use crate::image::{Image, ImageId};
use crate::store::contract::{Author, Change, Check, ImageStore};
use crate::store::error::{ChangeError, CreateError, ListError, StoreError};
use crate::store::query::ImageQuery;
use crate::store::stored::{Page, StoredImage};
use crate::store::successor::successor;

#[async_trait]
impl ImageStore for Sql {
    async fn image(&self, id: ImageId) -> Result<Option<StoredImage>, StoreError> {
        self.with_retry(|_, size_limit| self.try_read(id, size_limit))
            .await
    }

    async fn list(&self, query: &ImageQuery) -> Result<Page, ListError> {
        self.with_retry(|_, size_limit| self.try_list(query, size_limit))
            .await
    }

    async fn all(&self, after: Option<ImageId>, limit: usize) -> Result<Page, StoreError> {
        self.with_retry(|_, size_limit| self.try_all(after, limit, size_limit))
            .await
    }

    async fn create(&self, image: Image, _by: &Author<'_>) -> Result<StoredImage, CreateError> {
        let image = Arc::new(image.storable()?);
        self.with_retry(|_, size_limit| self.try_create(&image, size_limit))
            .await
    }

    async fn change(
        &self,
        id: ImageId,
        _by: &Author<'_>,
        change: Change<'_>,
    ) -> Result<StoredImage, ChangeError> {
        let decide = |image: &Image| {
            Ok(successor(image, change)?.map(|after| Write::Update(Arc::new(after))))
        };
        self.with_retry(|locked, size_limit| self.try_write(id, &decide, locked, size_limit))
            .await
    }

    async fn delete(
        &self,
        id: ImageId,
        _by: &Author<'_>,
        check: Check<'_>,
    ) -> Result<(), ChangeError> {
        let decide = |image: &Image| {
            check(image)?;
            Ok(Some(Write::Delete))
        };
        self.with_retry(|locked, size_limit| self.try_write(id, &decide, locked, size_limit))
            .await
            .map(drop)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.with_timeout(async { Ok(self.pool.ping().await?) })
            .await
    }
}
