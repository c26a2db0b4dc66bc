//! A page of a list as one statement: the meaning of [`ImageQuery::matches`] and `Sort::compare` in SQL.
//!
//! What a viewer sees is made of branches that have no image in common, and for each of them there is an index in the order
//! newest first, by tag too. So a page takes from each branch as many images as it may show at most, and no more.
//!
//! `CROSS JOIN` says to SQLite that it shall go through the first table and look up in the second; to the others it is a join.

mod branch;
mod condition;
mod order;
#[cfg(test)]
mod scale;

use std::collections::BTreeMap;

use self::branch::{Branch, Way};
use self::order::Order;
use super::fault::Fault;
use super::pool::Connection;
use super::read::{self, Columns};
use super::room::Room;
use super::statement::Statement;
use super::url::Engine;
use crate::image::{Image, ImageId};
use crate::store::{ImageQuery, Page};

/// The size of an image with a good number of tags and properties.
const USUAL_SIZE: usize = 4 << 10;

/// The size of a page of `limit` images, if they are not larger than usual.
pub(super) fn usual_size(limit: usize) -> usize {
    limit.saturating_mul(USUAL_SIZE).min(Page::MAX_SIZE)
}

/// How far the ways to a branch are compared: about as far as a page goes.
const DEPTH: usize = 20;

/// The images of the page that `query` asks for, after `marker`, and whether there are more; if there is `room` for them.
pub(super) async fn page(
    connection: &mut Connection<'_>,
    query: &ImageQuery,
    marker: Option<&Image>,
    room: &Room,
) -> Result<(Vec<Image>, bool), Fault> {
    let branches = Branch::all(query);
    if branches.is_empty() {
        return Ok((Vec::new(), false));
    }
    let ways = best_ways(connection, query, &branches).await?;
    let listed = listed(query, &branches, &ways, marker);
    images_of(
        connection,
        listed,
        &order::by_names(&query.sort),
        query.limit,
        room,
    )
    .await
}

/// At most `limit` images by id, those after `after`, and whether there are more; if there is `room` for them.
pub(super) async fn by_id(
    connection: &mut Connection<'_>,
    after: Option<ImageId>,
    limit: usize,
    room: &Room,
) -> Result<(Vec<Image>, bool), Fault> {
    let mut listed = Statement::new("SELECT id, bytes FROM images");
    if let Some(after) = after {
        listed.push(Statement::new(" WHERE id > ?").with(after));
    }
    images_of(connection, listed, "id", limit, room).await
}

/// For each branch the way on which the fewest images are in between that are not wanted: by the rarest tag, as a rule. It
/// decides how far a list has to go through an index, not what it finds.
async fn best_ways<'a>(
    connection: &mut Connection<'_>,
    query: &'a ImageQuery,
    branches: &[Branch<'a>],
) -> Result<Vec<Way<'a>>, Fault> {
    let mut reached: Vec<Vec<_>> = branches
        .iter()
        .map(|branch| {
            branch
                .ways(&query.tags)
                .into_iter()
                .map(|way| (None, way))
                .collect()
        })
        .collect();
    let with_choice = branches
        .iter()
        .zip(&mut reached)
        .filter(|(_, ways)| ways.len() > 1);
    let mut asked: Vec<_> = with_choice
        .flat_map(|(branch, ways)| ways.iter_mut().map(move |way| (branch, way)))
        .collect();
    if !asked.is_empty() {
        let parts = asked.iter().enumerate().map(|(place, (branch, (_, way)))| {
            let mut part = Statement::new(format!("SELECT {place} AS place, ("));
            part.push(branch.reach(*way, DEPTH));
            part.push(") AS reached");
            part
        });
        let rows = connection
            .rows(Statement::join(parts, " UNION ALL "))
            .await?;
        for row in &rows {
            let (place, time) = read::pair(row)?;
            if let Some((_, (reached, _))) = asked.get_mut(place) {
                *reached = time;
            }
        }
    }
    // Nothing is before everything: a way that ends early is the best.
    let best =
        |ways: Vec<(Option<i64>, Way<'a>)>| ways.into_iter().min_by_key(|(reached, _)| *reached);
    Ok(reached
        .into_iter()
        .filter_map(best)
        .map(|(_, way)| way)
        .collect())
}

/// The ids of all images that `query` asks for after `marker`, with their sizes and with what they are sorted by; of each
/// branch as many as a page may have, and one more.
fn listed(
    query: &ImageQuery,
    branches: &[Branch<'_>],
    ways: &[Way<'_>],
    marker: Option<&Image>,
) -> Statement {
    let conditions = condition::of(query);
    let branches = branches.iter().zip(ways).map(|(branch, way)| {
        let order = Order::new(&query.sort, way.columns());
        let mut part = Statement::new(format!(
            "SELECT * FROM (SELECT i.id AS id, i.bytes AS bytes, {} FROM ",
            order.columns()
        ));
        part.push(branch.rows(*way, &query.tags));
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
    listed.push(Statement::join(branches, " UNION ALL "));
    listed.push(") parts");
    listed
}

/// The number of images that are looked up for a page of `limit`: without an image nobody would say whether there is one.
fn one_more(limit: usize) -> usize {
    limit.max(1).saturating_add(1)
}

/// The first `limit` images that are `listed` in this `order`, and whether there are more; if there is `room` for them. The
/// page ends before it is larger than that, but for its first image, of which the large parts are then left out.
async fn images_of(
    connection: &mut Connection<'_>,
    listed: Statement,
    order: &str,
    limit: usize,
    room: &Room,
) -> Result<(Vec<Image>, bool), Fault> {
    let rows = connection
        .rows(page_statement(
            connection.engine(),
            listed,
            order,
            limit,
            room.size(),
        ))
        .await?;
    // In the order of their places, whatever the order of the rows is.
    let (mut images, mut listed) = (BTreeMap::new(), 0);
    for row in &rows {
        let mut columns = Columns::of(row);
        let image = columns.image()?;
        images.insert(columns.number()?, image);
        listed = columns.count()?;
    }
    let images: Vec<_> = images.into_values().take(limit).collect();
    if let Some(first) = images.first() {
        room.check(first.size())?;
    }
    if images.len() < listed.min(limit) {
        // The others do not fit in. So it is a full page, or there has to be room for one.
        room.check(Page::MAX_SIZE)?;
    }
    let more = listed > images.len();
    Ok((images, more))
}

/// The statement for a page of at most `most` bytes. Without room for its first image it still says how large that is.
fn page_statement(
    engine: Engine,
    listed: Statement,
    order: &str,
    limit: usize,
    most: usize,
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
    let most_of_all = most.min(Page::MAX_SIZE);
    statement.push(
        Statement::new(text)
            .with(one_more(limit))
            .with(most)
            .with(limit.max(1))
            .with(most_of_all),
    );
    statement
}
