//! One attempt at each operation that reads.

use std::sync::Arc;

use super::attempt::Attempt;
use crate::image::{Image, ImageId};
use crate::store::error::{ListError, StoreError};
use crate::store::query::{ImageQuery, TagPage, TagQuery};
use crate::store::sql::drivers::{Connection, SqlError};
use crate::store::sql::store::Sql;
use crate::store::sql::tables::size_limit::SizeLimit;
use crate::store::sql::tables::{catalogue, list};
use crate::store::stored::{Page, StoredImage};

impl Sql {
    pub(in crate::store::sql) async fn try_read(
        &self,
        id: ImageId,
        size_limit: SizeLimit,
    ) -> Attempt<Option<StoredImage>, StoreError> {
        let image = self.cache.image_in(&self.database, id, &size_limit);
        let image = image.await?;
        Ok(Ok(image.map(|image| stored(image, size_limit))))
    }

    pub(in crate::store::sql) async fn try_list(
        &self,
        query: &ImageQuery,
        size_limit: SizeLimit,
    ) -> Attempt<Page, ListError> {
        let mut connection = self.database.acquire().await?;
        let outcome = self.read_list(&mut connection, query, size_limit).await;
        connection.finish(outcome).await
    }

    async fn read_list(
        &self,
        connection: &mut Connection,
        query: &ImageQuery,
        size_limit: SizeLimit,
    ) -> Attempt<Page, ListError> {
        let marker = match query.marker {
            None => None,
            Some(id) => match self.cache.image(connection, id, &size_limit).await? {
                Some(image) if query.viewer.sees(&image) => Some(image),
                _ => return Ok(Err(ListError::NoSuchMarker)),
            },
        };
        let size_limit = size_limit.raised_to(list::expected_size(query.limit), &self.budget)?;
        let listed = list::statement(connection, query, marker.as_deref()).await?;
        // It may be large, and the page gets the room of it.
        drop(marker);
        let Some(listed) = listed else {
            return Ok(Ok(Page::default()));
        };
        if self.cache.keeps_images()
            && let Some((versions, more)) = list::versions(connection, &listed, &size_limit).await?
        {
            let versions = versions.iter();
            let cached = versions.map(|(id, version)| self.cache.get(*id, *version));
            if let Some(images) = cached.collect() {
                return Ok(Ok(page(images, more, size_limit)));
            }
        }
        let (images, more) = list::page(connection, listed, &size_limit).await?;
        let images = images.into_iter();
        let images = images.map(|image| self.cache.keep_read(image));
        let images = images.collect();
        Ok(Ok(page(images, more, size_limit)))
    }

    pub(in crate::store::sql) async fn try_all(
        &self,
        after: Option<ImageId>,
        limit: usize,
        size_limit: SizeLimit,
    ) -> Attempt<Page, StoreError> {
        let mut connection = self.database.acquire().await?;
        let outcome = self
            .read_all(&mut connection, after, limit, size_limit)
            .await;
        connection.finish(outcome).await.map(Ok)
    }

    async fn read_all(
        &self,
        connection: &mut Connection,
        after: Option<ImageId>,
        limit: usize,
        size_limit: SizeLimit,
    ) -> Result<Page, SqlError> {
        let size_limit = size_limit.raised_to(list::expected_size(limit), &self.budget)?;
        let (images, more) = list::by_id(connection, after, limit, &size_limit).await?;
        let images = images.into_iter().map(Arc::new);
        let images = images.collect();
        Ok(page(images, more, size_limit))
    }

    pub(in crate::store::sql) async fn try_tags(
        &self,
        query: &TagQuery,
    ) -> Attempt<TagPage, StoreError> {
        let mut connection = self.database.acquire().await?;
        let page = catalogue::page(&mut connection, query).await;
        connection.finish(page).await.map(Ok)
    }
}

/// An image, with the part of the reservation that it keeps.
fn stored(image: Arc<Image>, size_limit: SizeLimit) -> StoredImage {
    let memory = size_limit.into_retained(image.size());
    StoredImage { image, memory }
}

/// A page, with the part of the reservation that its images keep.
fn page(images: Vec<Arc<Image>>, more: bool, size_limit: SizeLimit) -> Page {
    let page = Page {
        images,
        more,
        ..Page::default()
    };
    Page {
        memory: size_limit.into_retained(page.size()),
        ..page
    }
}
