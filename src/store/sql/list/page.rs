//! The statement of a page, and the images that it returns.

use std::collections::BTreeMap;

use super::access_path::AccessPath;
use super::condition;
use super::order::{self, Order};
use super::planner::best_paths;
use super::scope::VisibleScope;
use crate::image::{Image, ImageId};
use crate::store::query::ImageQuery;
use crate::store::sql::engine::Engine;
use crate::store::sql::error::SqlError;
use crate::store::sql::pool::Connection;
use crate::store::sql::read;
use crate::store::sql::size_limit::SizeLimit;
use crate::store::sql::statement::Statement;
use crate::store::stored::Page;

/// The size of an image with many tags and properties, in bytes.
const EXPECTED_IMAGE_SIZE: usize = 4 << 10;

/// The expected size of a page of `limit` images, in bytes.
pub(crate) fn expected_size(limit: usize) -> usize {
    limit
        .saturating_mul(EXPECTED_IMAGE_SIZE)
        .min(Page::MAX_SIZE)
}

/// Reads the page of `query` that starts after `marker`, and whether the list goes on. Fails if the
/// page is larger than `size_limit`.
pub(crate) async fn page(
    connection: &mut Connection<'_>,
    query: &ImageQuery,
    marker: Option<&Image>,
    size_limit: &SizeLimit,
) -> Result<(Vec<Image>, bool), SqlError> {
    let scopes = VisibleScope::all(query);
    if scopes.is_empty() {
        return Ok((Vec::new(), false));
    }
    let paths = best_paths(connection, query, &scopes).await?;
    let listed = listed(query, &scopes, &paths, marker);
    images_of(
        connection,
        listed,
        &order::by_names(&query.sort),
        query.limit,
        size_limit,
    )
    .await
}

/// Reads at most `limit` images in the order of their ids, starting after `after`, and whether more
/// follow. Fails if they are larger than `size_limit`.
pub(crate) async fn by_id(
    connection: &mut Connection<'_>,
    after: Option<ImageId>,
    limit: usize,
    size_limit: &SizeLimit,
) -> Result<(Vec<Image>, bool), SqlError> {
    let mut listed = Statement::new("SELECT id, bytes FROM images");
    if let Some(after) = after {
        listed.push(Statement::new(" WHERE id > ?").with(after));
    }
    images_of(connection, listed, "id", limit, size_limit).await
}

/// The id, the size and the sort keys of the images that `query` lists after `marker`: from each
/// scope as many as a page may have, and one more.
pub(super) fn listed(
    query: &ImageQuery,
    scopes: &[VisibleScope<'_>],
    paths: &[AccessPath<'_>],
    marker: Option<&Image>,
) -> Statement {
    let conditions = condition::of(query);
    let parts = scopes.iter().zip(paths).map(|(scope, path)| {
        let order = Order::new(&query.sort, path.columns());
        let mut part = Statement::new(format!(
            "SELECT * FROM (SELECT i.id AS id, i.bytes AS bytes, {} FROM ",
            order.columns()
        ));
        part.push(scope.rows(*path, &query.tags));
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
    listed.push(Statement::join(parts, " UNION ALL "));
    listed.push(") parts");
    listed
}

/// The number of images that the statement lists for a page of `limit`. The one more tells whether
/// the list goes on, also for a page of no images.
fn one_more(limit: usize) -> usize {
    limit.max(1).saturating_add(1)
}

/// Reads the first `limit` images of `listed` in this `order`, and whether more follow.
///
/// Fails if the page is larger than `size_limit`. The statement itself keeps within the limit: it
/// ends the page early, and leaves out the large parts of a first image that exceeds it.
async fn images_of(
    connection: &mut Connection<'_>,
    listed: Statement,
    order: &str,
    limit: usize,
    size_limit: &SizeLimit,
) -> Result<(Vec<Image>, bool), SqlError> {
    let rows = connection
        .fetch(page_statement(
            connection.engine(),
            listed,
            order,
            limit,
            size_limit.bytes(),
        ))
        .await?;
    let number = |row, column| read::number_in(row, read::NEXT + column);
    let listed = rows.first().map_or(Ok(0), |row| number(row, 1))?;
    let listed = usize::try_from(listed).map_err(SqlError::unreadable)?;
    let places = rows
        .iter()
        .map(|row| Ok((number(row, 0)?, read::image_in(row)?)));
    // The map sorts the images by place: the rows come in no particular order.
    let images = places.collect::<Result<BTreeMap<_, _>, SqlError>>()?;
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

/// The statement of a page of at most `max_bytes`. If the first image is larger, its row has its
/// size without its large parts.
pub(super) fn page_statement(
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
         SUM(bytes) OVER (ORDER BY {order} ROWS UNBOUNDED PRECEDING) AS bytes FROM listed), page AS (SELECT id, place, \
         CASE WHEN bytes <= ? THEN 1 ELSE 0 END AS fits, (SELECT COUNT(*) FROM listed) AS listed FROM numbered \
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
