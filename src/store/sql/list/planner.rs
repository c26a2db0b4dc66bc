//! Chooses the access path of each scope.
//!
//! The choice decides how many rows a list scans, never which images it finds.

use super::access_path::AccessPath;
use super::scope::{MAX_SCOPES, VisibleScope};
use crate::store::query::ImageQuery;
use crate::store::sql::error::SqlError;
use crate::store::sql::pool::Connection;
use crate::store::sql::read;
use crate::store::sql::statement::Statement;

/// How far into their indexes access paths are compared: about as far as a page goes.
const PROBE_DEPTH: usize = 20;

/// The maximum number of terms of a compound `SELECT` in SQLite (`SQLITE_MAX_COMPOUND_SELECT`).
const MAX_COMPOUND_SELECT: usize = 500;

/// The maximum number of tags of a list.
///
/// One statement probes an access path for each scope and tag, and one more for the memberships,
/// each of them a term of a `UNION ALL`.
pub const MAX_LIST_TAGS: usize = (MAX_COMPOUND_SELECT - 1) / MAX_SCOPES;

/// An access path that the planner compares with the others of its scope.
struct Candidate<'a> {
    path: AccessPath<'a>,
    /// `created_at` of the row at [`PROBE_DEPTH`]; `None` if the path has fewer rows, or if it is
    /// the only path of its scope and was not probed.
    probe: Option<i64>,
}

/// The most selective access path of each scope: as a rule, that of the rarest tag.
pub(super) async fn best_paths<'a>(
    connection: &mut Connection<'_>,
    query: &'a ImageQuery,
    scopes: &[VisibleScope<'a>],
) -> Result<Vec<AccessPath<'a>>, SqlError> {
    let mut candidates: Vec<Vec<Candidate<'a>>> = scopes
        .iter()
        .map(|scope| {
            let paths = scope.paths(&query.tags).into_iter();
            paths.map(|path| Candidate { path, probe: None }).collect()
        })
        .collect();
    let mut compared: Vec<(&VisibleScope<'a>, &mut Candidate<'a>)> = scopes
        .iter()
        .zip(&mut candidates)
        .filter(|(_, candidates)| candidates.len() > 1)
        .flat_map(|(scope, candidates)| {
            candidates
                .iter_mut()
                .map(move |candidate| (scope, candidate))
        })
        .collect();
    if !compared.is_empty() {
        let probes = compared
            .iter()
            .enumerate()
            .map(|(index, (scope, candidate))| {
                let mut probe = Statement::new(format!("SELECT {index} AS place, ("));
                probe.push(scope.depth_probe(candidate.path, PROBE_DEPTH));
                probe.push(") AS reached");
                probe
            });
        let rows = connection
            .fetch(Statement::join(probes, " UNION ALL "))
            .await?;
        for row in &rows {
            let (index, probe) = read::pair(row)?;
            if let Some((_, candidate)) = compared.get_mut(index) {
                candidate.probe = probe;
            }
        }
    }
    // `None` sorts before every time: the path with the fewest rows is the best.
    Ok(candidates
        .into_iter()
        .filter_map(|candidates| {
            candidates
                .into_iter()
                .min_by_key(|candidate| candidate.probe)
        })
        .map(|candidate| candidate.path)
        .collect())
}
