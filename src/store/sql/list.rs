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
use super::read;
use super::statement::Statement;
use super::url::Engine;
use crate::image::{Image, ImageId};
use crate::store::{ImageQuery, PAGE_BYTES};

/// How far the ways to a branch are compared: about as far as a page goes.
const DEPTH: usize = 20;

/// The images of the page that `query` asks for, after `marker`, and whether there are more.
pub(super) async fn page(
    connection: &mut Connection<'_>,
    query: &ImageQuery,
    marker: Option<&Image>,
) -> Result<(Vec<Image>, bool), Fault> {
    let branches = Branch::all(query);
    if branches.is_empty() {
        return Ok((Vec::new(), false));
    }
    let ways = best_ways(connection, query, &branches).await?;
    // Without an image nobody would say whether there is one.
    let limit = query.limit.max(1);
    let rows = connection.rows(statement(connection.engine(), query, &branches, &ways, marker, limit)).await?;
    let number = |row, column| read::number_in(row, read::NEXT + column);
    let listed = rows.first().map_or(Ok(0), |row| number(row, 1))?;
    let places = rows.iter().map(|row| Ok((number(row, 0)?, read::image_in(row)?)));
    // In the order of their places, whatever the order of the rows is.
    let images = places.collect::<Result<BTreeMap<_, _>, Fault>>()?;
    let images: Vec<_> = images.into_values().take(query.limit).collect();
    let more = usize::try_from(listed).map_err(Fault::unreadable)? > images.len();
    Ok((images, more))
}

/// At most `limit` images by id, those after `after`.
pub(super) async fn by_id(
    connection: &mut Connection<'_>,
    after: Option<ImageId>,
    limit: usize,
) -> Result<Vec<Image>, Fault> {
    let mut statement = Statement::new(format!("SELECT {} FROM images i", read::columns(connection.engine())));
    if let Some(after) = after {
        statement.push(Statement::new(" WHERE i.id > ?").with(after));
    }
    statement.push(Statement::new(" ORDER BY i.id LIMIT ?").with(limit));
    connection.rows(statement).await?.iter().map(read::image_in).collect()
}

/// For each branch the way on which the fewest images are in between that are not wanted: by the rarest tag, as a rule. It
/// decides how far a list has to go through an index, not what it finds.
async fn best_ways<'a>(
    connection: &mut Connection<'_>,
    query: &'a ImageQuery,
    branches: &[Branch<'a>],
) -> Result<Vec<Way<'a>>, Fault> {
    let mut reached: Vec<Vec<_>> =
        branches.iter().map(|branch| branch.ways(&query.tags).into_iter().map(|way| (None, way)).collect()).collect();
    let with_choice = branches.iter().zip(&mut reached).filter(|(_, ways)| ways.len() > 1);
    let mut asked: Vec<_> =
        with_choice.flat_map(|(branch, ways)| ways.iter_mut().map(move |way| (branch, way))).collect();
    if !asked.is_empty() {
        let parts = asked.iter().enumerate().map(|(place, (branch, (_, way)))| {
            let mut part = Statement::new(format!("SELECT {place} AS place, ("));
            part.push(branch.reach(*way, DEPTH));
            part.push(") AS reached");
            part
        });
        let rows = connection.rows(Statement::join(parts, " UNION ALL ")).await?;
        for row in &rows {
            let (place, time) = read::pair(row)?;
            if let Some((_, (reached, _))) = asked.get_mut(place) {
                *reached = time;
            }
        }
    }
    // Nothing is before everything: a way that ends early is the best.
    let best = |ways: Vec<(Option<i64>, Way<'a>)>| ways.into_iter().min_by_key(|(reached, _)| *reached);
    Ok(reached.into_iter().filter_map(best).map(|(_, way)| way).collect())
}

fn statement(
    engine: Engine,
    query: &ImageQuery,
    branches: &[Branch<'_>],
    ways: &[Way<'_>],
    marker: Option<&Image>,
    limit: usize,
) -> Statement {
    let conditions = condition::of(query);
    let branches = branches.iter().zip(ways).map(|(branch, way)| {
        let order = Order::new(&query.sort, way.columns());
        let mut part = Statement::new(format!(
            "SELECT * FROM (SELECT i.id AS id, i.property_bytes AS bytes, {} FROM ",
            order.columns()
        ));
        part.push(branch.rows(*way, &query.tags));
        part.push(conditions.clone());
        if let Some(marker) = marker {
            part.push(" AND ");
            part.push(order.after(marker));
        }
        part.push(Statement::new(format!(" ORDER BY {} LIMIT ?) part", order.by_columns())).with(limit + 1));
        part
    });
    let order = order::by_names(&query.sort);
    let columns = read::columns(engine);
    let mut statement = Statement::new("WITH listed AS (SELECT * FROM (");
    statement.push(Statement::join(branches, " UNION ALL "));
    let text = format!(
        ") parts ORDER BY {order} LIMIT ?), numbered AS (SELECT id, ROW_NUMBER() OVER (ORDER BY {order}) AS place, \
         SUM(bytes) OVER (ORDER BY {order} ROWS UNBOUNDED PRECEDING) AS bytes FROM listed), page AS (SELECT id, place, \
         (SELECT COUNT(*) FROM listed) AS listed FROM numbered WHERE place <= ? AND (place = 1 OR bytes <= ?)) \
         SELECT {columns}, page.place, page.listed FROM page CROSS JOIN images i WHERE i.id = page.id"
    );
    statement.push(Statement::new(text).with(limit + 1).with(limit).with(PAGE_BYTES));
    statement
}
