//! SQL that walks through the tags of a scope, skipping from each to the next.

use super::range::TagRange;
use super::scope::IndexedScope;
use crate::store::sql::drivers::Statement;

/// A query for the first `number` tags of the scope within `range`, each with the number of its
/// images.
pub(super) fn query(scope: IndexedScope<'_>, range: &TagRange<'_>, number: usize) -> Statement {
    let mut query =
        Statement::new("WITH RECURSIVE walk(tag, place) AS (SELECT * FROM (SELECT t.tag, 1 FROM ");
    query.push(next(scope, range.condition()));
    query.push(") first UNION ALL SELECT (SELECT t.tag FROM ");
    query.push(next(scope, range.after("walk.tag")));
    query.push("), walk.place + 1 FROM walk WHERE walk.tag IS NOT NULL AND walk.place < ");
    query.push(Statement::new("?) SELECT walk.tag AS tag, ").with(number));
    query.push(scope.count("walk.tag"));
    query.push(" AS images FROM walk WHERE walk.tag IS NOT NULL");
    query
}

/// Begins a transaction on MariaDB that reads everything as it is now.
pub(super) const BEGIN_SNAPSHOT: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; \
                                         START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

/// The same for all of `scopes`, as one statement that loops, for MariaDB: in a query, it can only
/// find the next tag by reading the rows of all tags before it. Returns one row with one text: the
/// tags and numbers as netstrings.
///
/// MariaDB answers `MIN` with one look into the index. To find the first row in an order, it may
/// read all tags before the range, if it thinks that most rows are in the range.
pub(super) fn script(
    scopes: &[IndexedScope<'_>],
    range: &TagRange<'_>,
    number: usize,
) -> Statement {
    const TEXT: &str = "CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";
    let mut script = Statement::new(format!(
        "BEGIN NOT ATOMIC DECLARE found VARCHAR(255) {TEXT}; DECLARE place INT; \
         DECLARE packed LONGTEXT {TEXT} DEFAULT ''; "
    ));
    for scope in scopes {
        script.push("SET place = 1, found = (SELECT MIN(t.tag) FROM ");
        script.push(rows(*scope, range.condition()));
        script.push(
            "); WHILE found IS NOT NULL DO \
             SET packed = CONCAT(packed, OCTET_LENGTH(found), ':', found, ",
        );
        script.push(scope.count("found"));
        script.push(", ':'); SET found = CASE WHEN place < ");
        script.push(Statement::new("? THEN (SELECT MIN(t.tag) FROM ").with(number));
        script.push(rows(*scope, range.after("found")));
        script.push(") END, place = place + 1; END WHILE; ");
    }
    script.push("SELECT packed; END");
    script
}

/// The first `number` tags of the scope within `range`, each with the number of its images that no
/// other scope counts. It reads all rows of the scope.
pub(super) fn groups(scope: IndexedScope<'_>, range: &TagRange<'_>, number: usize) -> Statement {
    let mut query = Statement::new("SELECT t.tag AS tag, ");
    query.push(scope.sum());
    query.push(" AS images FROM ");
    query.push(rows(scope, range.condition()));
    query.push(Statement::new(" GROUP BY t.tag ORDER BY t.tag LIMIT ?").with(number));
    query
}

/// The first row of the scope that meets `condition`.
fn next(scope: IndexedScope<'_>, condition: Statement) -> Statement {
    let mut next = rows(scope, condition);
    next.push(" ORDER BY t.tag LIMIT 1");
    next
}

/// The rows of the scope that meet `condition`.
fn rows(scope: IndexedScope<'_>, condition: Statement) -> Statement {
    let mut rows = scope.rows();
    rows.push(condition);
    rows
}
