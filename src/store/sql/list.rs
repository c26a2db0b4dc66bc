//! A page of a list as one statement: the meaning of [`ImageQuery::matches`] and [`Sort::compare`] in SQL.
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

use self::branch::Branch;
use self::order::Order;
use super::fault::Fault;
use super::pool::Connection;
use super::read;
use super::statement::Statement;
use crate::image::{Image, ImageId, Tag};
use crate::store::{ImageQuery, PAGE_BYTES};

/// How many images of each tag are counted, to begin with the tag that fewest have.
const COUNTED: usize = 1000;

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
    let tags = rarest_first(connection, query).await?;
    // Without an image nobody would say whether there is one.
    let limit = query.limit.max(1);
    let rows = connection.rows_once(statement(query, &branches, &tags, marker, limit)).await?;
    let (mut images, all) = read::images(&rows)?;
    images.truncate(query.limit);
    let more = usize::try_from(all).map_err(Fault::unreadable)? > images.len();
    Ok((images, more))
}

/// At most `limit` images by id, those after `after`.
pub(super) async fn by_id(
    connection: &mut Connection<'_>,
    after: Option<ImageId>,
    limit: usize,
) -> Result<Vec<Image>, Fault> {
    let mut statement = Statement::new("WITH page AS (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS place FROM images");
    if let Some(after) = after {
        statement.push(Statement::new(" WHERE id > ?").with(after));
    }
    statement.push(Statement::new(" ORDER BY id LIMIT ?) ").with(limit));
    statement.push(read::all_rows("page.place, 0", on_page));
    let rows = connection.rows(statement).await?;
    Ok(read::images(&rows)?.0)
}

/// The rows of a table that are about the images of the page. `CROSS JOIN` has SQLite go through the page and look up each
/// image, not the other way round.
fn on_page(table: &str, column: &str) -> Statement {
    format!("page CROSS JOIN {table} WHERE {column} = page.id").into()
}

/// The tags of the query, beginning with the one that fewest images have. It decides how far a list has to go through an
/// index, not what it finds.
async fn rarest_first<'a>(connection: &mut Connection<'_>, query: &'a ImageQuery) -> Result<Vec<&'a Tag>, Fault> {
    let mut tags: Vec<_> = query.tags.iter().collect();
    if tags.len() > 1 {
        let count = |(index, tag): (usize, &&Tag)| {
            let text = "SELECT COUNT(*) FROM (SELECT 1 FROM image_tags WHERE tag = ? LIMIT ?) counted";
            Statement::new(format!("SELECT {index} AS place, ({text}) AS images")).with(tag.as_str()).with(COUNTED)
        };
        let rows = connection.rows_once(Statement::join(tags.iter().enumerate().map(count), " UNION ALL ")).await?;
        let counts = read::pairs(&rows)?;
        let mut counted: Vec<_> = counts.into_iter().map(|(place, images)| (images, place)).collect();
        counted.sort_unstable();
        tags = counted.into_iter().filter_map(|(_, place)| tags.get(place).copied()).collect();
    }
    Ok(tags)
}

fn statement(
    query: &ImageQuery,
    branches: &[Branch<'_>],
    tags: &[&Tag],
    marker: Option<&Image>,
    limit: usize,
) -> Statement {
    let conditions = condition::of(query);
    let branches = branches.iter().map(|branch| {
        let order = Order::new(&query.sort, branch.columns(tags));
        let mut part = Statement::new(format!(
            "SELECT * FROM (SELECT i.id AS id, i.property_bytes AS bytes, {} FROM ",
            order.columns()
        ));
        part.push(branch.rows(tags));
        part.push(conditions.clone());
        if let Some(marker) = marker {
            part.push(" AND ");
            part.push(order.after(marker));
        }
        part.push(Statement::new(format!(" ORDER BY {} LIMIT ?) part", order.by_columns())).with(limit + 1));
        part
    });
    let order = order::by_names(&query.sort);
    let mut statement = Statement::new("WITH listed AS (SELECT * FROM (");
    statement.push(Statement::join(branches, " UNION ALL "));
    let text = format!(
        ") parts ORDER BY {order} LIMIT ?), numbered AS (SELECT id, ROW_NUMBER() OVER (ORDER BY {order}) AS place, \
         SUM(bytes) OVER (ORDER BY {order} ROWS UNBOUNDED PRECEDING) AS bytes FROM listed), page AS (SELECT id, place, \
         (SELECT COUNT(*) FROM listed) AS listed FROM numbered WHERE place <= ? AND (place = 1 OR bytes <= ?)) "
    );
    statement.push(Statement::new(text).with(limit + 1).with(limit).with(PAGE_BYTES));
    statement.push(read::all_rows("page.place, page.listed", on_page));
    statement
}
