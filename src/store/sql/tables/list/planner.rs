//! Chooses the access paths of each scope.
//!
//! The choice decides how many rows a list scans, never which images it finds.

use super::access_path::AccessPath;
use super::scope::{MAX_SCOPES, VisibleScope};
use crate::store::query::ImageQuery;
use crate::store::sql::drivers::{Connection, SqlError, Statement};

/// How far into their indexes access paths are compared: about as far as a page goes.
const PROBE_DEPTH: usize = 20;

/// The maximum number of terms of a compound `SELECT` in SQLite (`SQLITE_MAX_COMPOUND_SELECT`).
const MAX_COMPOUND_SELECT: usize = 500;

/// The maximum number of wanted tags of a list whose indexes are used.
///
/// One statement probes an access path for each scope and tag, and one more for the memberships,
/// each of them a term of a `UNION ALL`.
pub const MAX_LIST_TAGS: usize = (MAX_COMPOUND_SELECT - 1) / MAX_SCOPES;

/// A scope, or some of its images, and the access path to them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub(super) scope: VisibleScope<'a>,
    pub(super) path: AccessPath<'a>,
}

/// The parts that find the images of `scopes` in the fewest steps: as a rule, by the rarest tag.
/// Parts of one scope may find the same image.
pub(super) async fn best_parts<'a>(
    connection: &mut Connection,
    query: &'a ImageQuery,
    scopes: &[VisibleScope<'a>],
) -> Result<Vec<Part<'a>>, SqlError> {
    if query.tags.len() + query.any_tags.iter().flatten().count() > MAX_LIST_TAGS {
        return Ok(whole_scopes(scopes));
    }
    let plans: Vec<_> = scopes
        .iter()
        .map(|scope| (*scope, scope.plans(query)))
        .collect();
    let compared: Vec<_> = plans
        .iter()
        .filter(|(_, plans)| plans.len() > 1)
        .flat_map(|(scope, plans)| plans.iter().flatten().map(|path| part(*scope, *path)))
        .collect();
    let mut probes = probe(connection, &compared).await?.into_iter();
    let mut best = Vec::new();
    for (scope, mut plans) in plans {
        if plans.len() > 1 {
            // `None` sorts before every time: the path with the fewest rows is the best. Of paths
            // that are scanned together, the one with the most rows counts.
            let costs: Vec<_> = plans
                .iter()
                .map(|plan| probes.by_ref().take(plan.len()).max().flatten())
                .collect();
            let cheapest = (0..plans.len()).min_by_key(|index| costs[*index]);
            plans.swap(0, cheapest.unwrap_or_default());
        }
        let paths = plans.into_iter().next().unwrap_or_default();
        best.extend(paths.into_iter().map(|path| part(scope, path)));
    }
    Ok(best)
}

/// The parts that find the images of `scopes` without the index of a tag.
pub(super) fn whole_scopes<'a>(scopes: &[VisibleScope<'a>]) -> Vec<Part<'a>> {
    let whole = |scope: &VisibleScope<'a>| part(*scope, scope.whole());
    scopes.iter().map(whole).collect()
}

fn part<'a>(scope: VisibleScope<'a>, path: AccessPath<'a>) -> Part<'a> {
    Part { scope, path }
}

/// `created_at` of the row at [`PROBE_DEPTH`] of each part; `None` if it has fewer rows.
async fn probe(
    connection: &mut Connection,
    parts: &[Part<'_>],
) -> Result<Vec<Option<i64>>, SqlError> {
    let mut reached = vec![None; parts.len()];
    if parts.is_empty() {
        return Ok(reached);
    }
    let probes = parts.iter().enumerate().map(|(index, part)| {
        let mut probe = Statement::new(format!("SELECT {index} AS place, ("));
        probe.push(part.scope.depth_probe(part.path, PROBE_DEPTH));
        probe.push(") AS reached");
        probe
    });
    let probes = Statement::join(probes, " UNION ALL ");
    let found = connection.fetch(probes, |row| {
        Ok((row.count::<usize>()?, row.optional_number()?))
    });
    for (index, probe) in found.await? {
        if let Some(reached) = reached.get_mut(index) {
            *reached = probe;
        }
    }
    Ok(reached)
}
