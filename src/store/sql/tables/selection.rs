//! Reads what a write asks for: images, and the carriers of tags within their scopes.

use strum::VariantArray as _;

use super::glance;
use super::history::{self, equals_owner};
use super::image_cache::ImageCache;
use super::read;
use super::size_limit::SizeLimit;
use crate::image::{ImageId, Refusal, ScopedTag, TagScope, Visibility};
use crate::store::draft::{Carriers, Selection, Snapshot};
use crate::store::sql::drivers::{Connection, Engine, SqlError, Statement, placeholder_rows};

/// Reads what `selection` asks for. With `locked`, which needs a transaction, no other write can
/// change it until the transaction ends. Fails if the images are larger than `size_limit` together.
pub(in crate::store::sql) async fn read(
    connection: &mut Connection,
    cache: &ImageCache,
    selection: &Selection,
    locked: bool,
    size_limit: &SizeLimit,
) -> Result<Result<Snapshot, Refusal>, SqlError> {
    let mut snapshot = Snapshot::default();
    let mut ids = selection.images.clone();
    if locked {
        for tag in &selection.tags {
            lock_tag(connection, tag).await?;
        }
    }
    for tag in &selection.tags {
        match carriers(connection, tag).await? {
            Ok(found) => {
                ids.extend(&found.images);
                snapshot.carriers.insert(tag.clone(), found);
            }
            Err(refusal) => return Ok(Err(refusal)),
        }
    }
    if locked {
        lock_images(connection, ids.iter().copied().collect()).await?;
    }
    let mut size = 0;
    for id in ids {
        let image = cache.image(connection, id, size_limit).await?;
        size += image.as_ref().map_or(0, |image| image.size());
        snapshot.images.insert(id, image);
    }
    size_limit.check(size)?;
    if locked && !selection.tags.is_empty() {
        still_carry(&snapshot)?;
    }
    Ok(Ok(snapshot))
}

/// Locks the tag in its scope: every write that asks for its carriers waits for the end of the
/// transaction.
async fn lock_tag(connection: &mut Connection, tag: &ScopedTag) -> Result<(), SqlError> {
    let Some(text) = connection.engine().lock_tag() else {
        return Ok(());
    };
    // No id of a project is empty.
    let scope = match &tag.scope {
        TagScope::Service => "service".to_owned(),
        TagScope::Owner(None) => "owner:".to_owned(),
        TagScope::Owner(Some(owner)) => format!("owner:{owner}"),
    };
    let lock = Statement::new(text).with(scope).with(tag.tag.as_str());
    connection.execute(lock).await?;
    Ok(())
}

/// The images that carry the tag in its scope.
async fn carriers(
    connection: &mut Connection,
    tag: &ScopedTag,
) -> Result<Result<Carriers, Refusal>, SqlError> {
    let mut query = Statement::new("SELECT image_id FROM image_tags WHERE tag = ? AND ");
    query = query.with(tag.tag.as_str());
    match &tag.scope {
        TagScope::Owner(owner) => {
            query.push("owner ");
            query.push(equals_owner(owner.as_ref()));
        }
        // The index of tags starts with the visibility.
        TagScope::Service => {
            let all = Visibility::VARIANTS;
            let text = format!("visibility IN {}", placeholder_rows(1, all.len()));
            let all = all.iter().map(|visibility| visibility.as_str());
            query.push(Statement::new(text).with_all(all));
        }
    }
    query.push(Statement::new(" LIMIT ?").with(Carriers::MAX + 1));
    let images = connection.fetch(query, read::id_of).await?;
    let last = history::last_change(connection, tag).await?;
    let last = last.map_or((0, None), |(id, change)| (id, Some(change)));
    Ok(Carriers::checked(tag, images, last))
}

/// Locks the images, in the order of their ids.
async fn lock_images(connection: &mut Connection, ids: Vec<ImageId>) -> Result<(), SqlError> {
    if ids.is_empty() {
        return Ok(());
    }
    match connection.engine() {
        // The transaction itself excludes other writers.
        Engine::Sqlite => {}
        Engine::Postgres | Engine::MariaDb => {
            let text = format!(
                "SELECT id FROM images WHERE id IN {} ORDER BY id FOR UPDATE",
                placeholder_rows(1, ids.len())
            );
            let lock = Statement::new(text).with_all(ids);
            connection.fetch(lock, read::id_of).await?;
        }
        Engine::Glance => {
            for id in ids {
                glance::lock_image(connection, id).await?;
            }
        }
    }
    Ok(())
}

/// Checks that the carriers still carry the tag: before it was locked, an image may have lost it,
/// or have gone to another owner.
fn still_carry(snapshot: &Snapshot) -> Result<(), SqlError> {
    let stays = |tag: &ScopedTag, id: &ImageId| {
        let image = snapshot.images.get(id).and_then(Option::as_ref);
        image.is_some_and(|image| tag.is_on(image))
    };
    let mut carriers = snapshot.carriers.iter();
    if carriers.all(|(tag, found)| found.images.iter().all(|id| stays(tag, id))) {
        Ok(())
    } else {
        Err(SqlError::Conflict(
            "the tag was moved at the same time".into(),
        ))
    }
}
