//! The permission matrix: which caller may do what to which image, compared with a Glance 33 beside
//! a Keystone 30.
//!
//! `matrix/plan.toml` defines the cells: caller, operation and image. `matrix/glance.jsonl` has the
//! response of a Glance to each cell and its effect on the image (`tests/matrix` records it again).
//! Where this service differs, a row of `golden/differences.toml` has its response and the reason.
//! `matrix/glance_policy.jsonl` has those of a Glance with the policy file `matrix/policy.yaml`,
//! and `matrix/policy_differences.toml` what differs then.
//!
//! Start reading at `plan`.

mod plan;
mod play;
pub mod recorded;
pub mod rows;

use std::collections::BTreeSet;

use image_tags::config::PolicyConfig;
use image_tags::policy::Rule;

use self::plan::Plan;
use self::recorded::{Cell, Line, lines, lines_with_policy};
use self::rows::Cells;
use crate::golden::differences::Differences;
use crate::support::config;

#[tokio::test]
async fn every_cell_matches_glance_or_a_listed_difference() {
    let (plan, config, differences) = (Plan::load(), config(), Differences::load());
    let mut mismatches = Vec::new();
    for line in &lines() {
        for (cell, ours) in play::play(&plan, &config, line).await {
            let expected = differences.instead_of(&cell);
            if expected == Some(cell.recorded) {
                mismatches.push(format!(
                    "{cell}: the list of differences has it, but it does not differ"
                ));
            }
            let expected = expected.unwrap_or(cell.recorded);
            if ours != *expected {
                mismatches.push(format!("{cell}: {ours}, but {expected} expected"));
            }
        }
    }
    assert_none(&mismatches);
}

/// What Glance says depends on the policy, so that a listed difference may be none here.
#[tokio::test]
async fn with_a_policy_file_every_cell_matches_a_glance_with_the_same_file() {
    let mut config = config();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/matrix/policy.yaml");
    config.policy = PolicyConfig::from_file(file.as_ref()).unwrap();
    assert_eq!(config.policy.policy().overridden(), Rule::ALL);
    let (plan, differences) = (
        Plan::load(),
        [Differences::with_policy(), Differences::load()],
    );
    let mut mismatches = Vec::new();
    for line in &lines_with_policy() {
        for (cell, ours) in play::play(&plan, &config, line).await {
            let mut instead = differences.iter().filter_map(|list| list.instead_of(&cell));
            if ours != *cell.recorded && !instead.any(|answer| ours == *answer) {
                mismatches.push(format!("{cell}: {ours}, but {} expected", cell.recorded));
            }
        }
    }
    let is_used = |row: &&Cells| {
        let lines = lines_with_policy();
        lines
            .iter()
            .flat_map(Line::cells)
            .any(|cell| row.matches(&cell))
    };
    let unused = differences[0].cells().filter(|row| !is_used(row));
    mismatches.extend(unused.map(|row| format!("no cell has this difference: {row:?}")));
    assert_none(&mismatches);
}

fn assert_none(mismatches: &[String]) {
    assert!(
        mismatches.is_empty(),
        "{} of the cells differ:\n{}",
        mismatches.len(),
        mismatches.join("\n")
    );
}

#[test]
fn the_recordings_have_every_cell_of_the_plan_once_and_no_other() {
    let plan = Plan::load();
    let of_policy = |[image, ..]: &[&str; 3]| plan.policy_images.iter().any(|name| name == image);
    for (lines, planned, minimum) in [
        (lines(), plan.cells().collect::<BTreeSet<_>>(), 10_540),
        (
            lines_with_policy(),
            plan.cells().filter(of_policy).collect(),
            3_570,
        ),
    ] {
        let cells = lines.iter().flat_map(Line::cells);
        let recorded: Vec<_> = cells.map(|cell| cell.name()).collect();
        let once: BTreeSet<_> = recorded.iter().copied().collect();
        assert_eq!(once.len(), recorded.len());
        assert_eq!(once, planned);
        assert!(once.len() >= minimum, "{}", once.len());
    }
}

#[test]
fn every_listed_row_explains_some_cell_and_no_cell_has_two_rows() {
    let (lines, differences) = (lines(), Differences::load());
    let cells: Vec<Cell<'_>> = lines.iter().flat_map(Line::cells).collect();
    for row in differences.cells() {
        assert!(cells.iter().any(|cell| row.matches(cell)), "{row:?}");
    }
    for cell in &cells {
        assert!(
            differences.cells().filter(|row| row.matches(cell)).count() < 2,
            "{cell}"
        );
    }
}
