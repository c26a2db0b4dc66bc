//! The statement of a page, and the images that it returns.

use std::collections::BTreeMap;

use super::condition;
use super::order::{self, Order};
use super::planner::{Part, best_parts, whole_scopes};
use super::scope::VisibleScope;
use crate::image::{Image, ImageId};
use crate::store::query::ImageQuery;
use crate::store::sql::drivers::{ColumnReader, Connection, Engine, SqlError, Statement};
use crate::store::sql::tables::read;
use crate::store::sql::tables::size_limit::SizeLimit;
use crate::store::sql::tables::version::Version;
use crate::store::stored::Page;

/// The size of an image with many tags and properties, in bytes.
const EXPECTED_IMAGE_SIZE: usize = 4 << 10;

/// The maximum number of values of a list by the indexes of several tags. It keeps the statement
/// below the limit of each engine, of which SQLite's is the lowest with 32,766, and bounds the time
/// to plan it.
const MAX_LIST_VALUES: usize = 10_000;

/// The expected size of a page of `limit` images, in bytes.
pub(in crate::store::sql) fn expected_size(limit: usize) -> usize {
    limit
        .saturating_mul(EXPECTED_IMAGE_SIZE)
        .min(Page::MAX_SIZE)
}

/// The images of a list in its order, from a marker on: as many as the page may have, and one more.
pub(in crate::store::sql) struct Listed {
    /// The id, the size, the version and the sort keys of the images, in no particular order.
    images: Statement,
    /// What follows `ORDER BY`.
    order: String,
    limit: usize,
}

/// The images that `query` lists after `marker`; `None` if no image can be in the list.
pub(in crate::store::sql) async fn statement(
    connection: &mut Connection,
    query: &ImageQuery,
    marker: Option<&Image>,
) -> Result<Option<Listed>, SqlError> {
    let scopes = VisibleScope::all(query);
    if scopes.is_empty() {
        return Ok(None);
    }
    let parts = best_parts(connection, query, &scopes).await?;
    let mut images = listed(connection.engine(), query, &parts, marker);
    if images.values.len() > MAX_LIST_VALUES && parts.len() > scopes.len() {
        images = listed(connection.engine(), query, &whole_scopes(&scopes), marker);
    }
    Ok(Some(Listed {
        images,
        order: order::by_names(&query.sort),
        limit: query.limit,
    }))
}

impl Listed {
    /// The statement that reads the images of a page of at most `max_bytes`.
    pub(in crate::store::sql) fn page(self, engine: Engine, max_bytes: usize) -> Statement {
        page_statement(engine, self.images, &self.order, self.limit, max_bytes)
    }
}

/// Reads the ids and versions of the images of a page, and whether more follow; `None` if they are
/// larger than `size_limit`, or than a page may be.
pub(in crate::store::sql) async fn versions(
    connection: &mut Connection,
    listed: &Listed,
    size_limit: &SizeLimit,
) -> Result<Option<(Vec<(ImageId, Version)>, bool)>, SqlError> {
    let text = "SELECT id, bytes, revision, write_id FROM (";
    let mut statement = Statement::new(text);
    statement.push(listed.images.clone());
    let text = format!(") listed ORDER BY {} LIMIT ?", listed.order);
    statement.push(Statement::new(text).with(one_more(listed.limit)));
    let version = |row: &mut ColumnReader<'_>| {
        Ok((
            read::id_of(row)?,
            row.count::<usize>()?,
            Version::read(row)?,
        ))
    };
    let mut found = connection.fetch(statement, version).await?;
    let more = found.len() > listed.limit;
    found.truncate(listed.limit);
    let size = found.iter().map(|(_, size, _)| size).sum::<usize>();
    let fits = size <= size_limit.bytes().min(Page::MAX_SIZE);
    let versions = found.into_iter().map(|(id, _, version)| (id, version));
    Ok(fits.then(|| (versions.collect(), more)))
}

/// Reads the images of the page, and whether more follow. Fails if they are
/// larger than `size_limit`.
pub(in crate::store::sql) async fn page(
    connection: &mut Connection,
    listed: Listed,
    size_limit: &SizeLimit,
) -> Result<(Vec<Image>, bool), SqlError> {
    let limit = listed.limit;
    let statement = listed.page(connection.engine(), size_limit.bytes());
    images_of(connection, statement, limit, size_limit).await
}

/// Reads at most `limit` images in the order of their ids, starting after `after`, and whether more
/// follow. Fails if they are larger than `size_limit`.
pub(in crate::store::sql) async fn by_id(
    connection: &mut Connection,
    after: Option<ImageId>,
    limit: usize,
    size_limit: &SizeLimit,
) -> Result<(Vec<Image>, bool), SqlError> {
    let mut listed = Statement::new("SELECT id, bytes FROM images");
    if let Some(after) = after {
        listed.push(Statement::new(" WHERE id > ?").with(after));
    }
    let max_bytes = size_limit.bytes();
    let statement = page_statement(connection.engine(), listed, "id", limit, max_bytes);
    images_of(connection, statement, limit, size_limit).await
}

/// The id, the size, the version and the sort keys of the images that `query` lists after `marker`:
/// from each part as many as a page may have, and one more.
fn listed(
    engine: Engine,
    query: &ImageQuery,
    parts: &[Part<'_>],
    marker: Option<&Image>,
) -> Statement {
    // The first images of the list are among the first of each part, whether the parts overlap or
    // not. So no part has to leave out the images of another one, of which there may be many.
    let overlap = parts.windows(2).any(|two| two[0].scope == two[1].scope);
    let union = if overlap { " UNION " } else { " UNION ALL " };
    let conditions = condition::of(query);
    let parts = parts.iter().map(|Part { scope, path }| {
        let order = Order::new(&query.sort, path.columns());
        let mut part = Statement::new(format!(
            "SELECT * FROM (SELECT i.id AS id, i.bytes AS bytes, {}, {} FROM ",
            Version::COLUMNS,
            order.columns()
        ));
        part.push(scope.rows(engine, *path, query));
        part.push(conditions.clone());
        if let Some(marker) = marker {
            part.push(" AND ");
            part.push(order.after(marker));
        }
        part.push(
            Statement::new(format!(" ORDER BY {} LIMIT ?) part", order.by_columns()))
                .with(one_more(query.limit)),
        );
        part
    });
    let mut listed = Statement::new("SELECT * FROM (");
    listed.push(Statement::join(parts, union));
    listed.push(") parts");
    listed
}

/// The number of images that the statement lists for a page of `limit`. The one more tells whether
/// the list goes on, also for a page of no images.
fn one_more(limit: usize) -> usize {
    limit.max(1).saturating_add(1)
}

/// Reads the at most `limit` images of a page, and whether more follow.
///
/// Fails if the page is larger than `size_limit`. The statement itself keeps within the limit: it
/// ends the page early, and leaves out the large parts of a first image that exceeds it.
async fn images_of(
    connection: &mut Connection,
    statement: Statement,
    limit: usize,
    size_limit: &SizeLimit,
) -> Result<(Vec<Image>, bool), SqlError> {
    // The map sorts the images by place: the rows come in no particular order.
    let engine = connection.engine();
    let (mut images, mut listed) = (BTreeMap::new(), 0);
    let place = |row: &mut ColumnReader<'_>| {
        let image = read::whole_image(engine, row)?;
        Ok((row.number()?, image, row.count()?))
    };
    for (place, image, number) in connection.fetch(statement, place).await? {
        images.insert(place, image);
        listed = number;
    }
    let images: Vec<_> = images.into_values().take(limit).collect();
    if let Some(first) = images.first() {
        size_limit.check(first.size())?;
    }
    if images.len() < listed.min(limit) {
        // Some images did not fit. The page is full if the limit is that of a page; otherwise retry
        // with that limit.
        size_limit.check(Page::MAX_SIZE)?;
    }
    let more = listed > images.len();
    Ok((images, more))
}

/// The statement of a page of at most `max_bytes`: the first `limit` images of `listed` in this
/// `order`. If the first image is larger, its row has its size without its large parts.
fn page_statement(
    engine: Engine,
    listed: Statement,
    order: &str,
    limit: usize,
    max_bytes: usize,
) -> Statement {
    let columns = read::columns(engine, Some("page.fits = 1"));
    let mut statement = Statement::new("WITH listed AS (");
    statement.push(listed);
    let text = format!(
        " ORDER BY {order} LIMIT ?), numbered AS (SELECT id, ROW_NUMBER() OVER (ORDER BY {order}) AS place, \
         SUM(bytes) OVER (ORDER BY {order} ROWS UNBOUNDED PRECEDING) AS bytes, COUNT(*) OVER () AS listed FROM listed), \
         page AS (SELECT id, place, CASE WHEN bytes <= ? THEN 1 ELSE 0 END AS fits, listed FROM numbered \
         WHERE place <= ? AND (place = 1 OR bytes <= ?)) \
         SELECT {columns}, page.place, page.listed FROM page CROSS JOIN images i WHERE i.id = page.id"
    );
    let max_page_bytes = max_bytes.min(Page::MAX_SIZE);
    statement.push(
        Statement::new(text)
            .with(one_more(limit))
            .with(max_bytes)
            .with(limit.max(1))
            .with(max_page_bytes),
    );
    statement
}
