//! A change of one image with its events as one statement, which is a transaction of its own: one
//! round trip to the server in place of five.
//!
//! Only PostgreSQL gets one.

use super::events;
use super::image::update_of_row;
use super::insertion::Insertion;
use super::part::parts;
use crate::image::TagEvent;
use crate::store::plan::{ImageWrite, Plan};
use crate::store::sql::drivers::{Engine, Statement};

/// The maximum number of rows that the statement adds and removes. A larger write is rare, and its
/// statement would hardly be used again.
const MAX_ROWS: usize = 8;

/// Rows that a write removes or adds.
enum Rows {
    Removed(Statement),
    Added(Insertion),
}

/// The statement for `plan`, whose events are `events`, if the plan is a small change of one image.
///
/// If the image is no longer as it was, the statement does nothing and returns no rows. Otherwise
/// it returns a 0 and the ids of the events.
pub(in crate::store::sql) fn in_one_statement(
    engine: Engine,
    plan: &Plan,
    events: &[TagEvent],
) -> Option<Statement> {
    let [ImageWrite { before, after, .. }] = &*plan.writes else {
        return None;
    };
    // With a compound statement of MariaDB, the answers of a Galera cluster were not those of one
    // store. SQLite has no round trips to save.
    if engine != Engine::Postgres {
        return None;
    }
    let (before, after) = (before.as_deref()?, after.as_deref()?);
    let (mut number, mut rows) = (events.len(), Vec::new());
    for (old, new) in parts(before).iter().zip(&parts(after)) {
        let (removed, added) = (old.keys_not_in(new), new.keys_not_in(old));
        number += removed.len() + added.len();
        // Each part of the statement sees the rows as they were before it.
        if number > MAX_ROWS || removed.iter().any(|key| added.contains(key)) {
            return None;
        }
        if !removed.is_empty() {
            rows.push(Rows::Removed(old.removal(after.id(), &removed)));
        }
        if !added.is_empty() {
            rows.push(Rows::Added(new.addition(after.id(), &added)));
        }
    }
    let update = update_of_row(before, after);
    let events = (!events.is_empty()).then(|| events::insertion(events));
    Some(as_query(update, rows, events))
}

/// The statement as a query whose parts write
/// (<https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING>).
fn as_query(update: Statement, rows: Vec<Rows>, events: Option<Insertion>) -> Statement {
    const IF_UPDATED: &str = "EXISTS (SELECT 1 FROM updated)";
    let insertion = |Insertion { into, rows }| {
        let mut insertion = Statement::new(format!("{into}SELECT * FROM ("));
        insertion.push(rows);
        insertion.push(format!(") new WHERE {IF_UPDATED}"));
        insertion
    };
    let mut query = Statement::new("WITH updated AS (");
    query.push(update);
    query.push(" RETURNING id)");
    for (index, rows) in rows.into_iter().enumerate() {
        query.push(format!(", rows{index} AS ("));
        query.push(match rows {
            Rows::Removed(mut removal) => {
                removal.push(format!(" AND {IF_UPDATED}"));
                removal
            }
            Rows::Added(added) => insertion(added),
        });
        query.push(")");
    }
    if let Some(events) = events {
        query.push(", events AS (");
        query.push(insertion(events));
        query.push(" RETURNING id) SELECT 0 AS id FROM updated UNION ALL SELECT id FROM events");
    } else {
        query.push(" SELECT 0 AS id FROM updated");
    }
    query
}
