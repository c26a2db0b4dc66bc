//! What the tests of databases share.

use std::sync::Arc;
use std::time::Duration;

use image_tags::budget::Budget;
use image_tags::image::{Image, ImageId};
use image_tags::store::{ImageStore, Sql, SqlUrl, StoreError, WriteError};
use jiff::Timestamp;

use crate::support::{author, tag};

/// Longer than any operation that does not wait takes on a busy machine.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) fn sql(url: &str, connections: usize) -> Arc<Sql> {
    sql_with_timeout(url, connections, TIMEOUT)
}

pub(crate) fn sql_with_timeout(url: &str, connections: usize, timeout: Duration) -> Arc<Sql> {
    Arc::new(Sql::new(
        SqlUrl::try_from(url).unwrap(),
        connections,
        timeout,
        Budget::new(256 << 20),
    ))
}

pub(crate) fn an_image() -> Image {
    Image::new(ImageId::random(), Timestamp::now())
}

pub(crate) async fn add(store: &Sql, id: ImageId, text: &str) -> Result<(), WriteError> {
    let tag = tag(text);
    let change = |image: &mut Image| {
        image.tags.insert(tag.clone());
        Ok(())
    };
    store.change(id, &author(), &change).await.map(drop)
}

pub(crate) fn is_unavailable<T: std::fmt::Debug>(outcome: &Result<T, WriteError>) -> bool {
    matches!(outcome, Err(WriteError::Store(StoreError::Unavailable(_))))
}
