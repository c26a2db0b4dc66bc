//! The permission matrix: which caller may do what to which image, compared with a Glance 33 beside
//! a Keystone 30.
//!
//! `matrix/plan.toml` defines the cells: caller, operation and image. `matrix/glance.jsonl` has the
//! response of a Glance to each cell and its effect on the image (`tests/matrix` records it again).
//! Where this service differs, a row of `golden/differences.toml` has its response and the reason.
//!
//! Start reading at `plan`.

mod plan;
mod play;
pub mod recorded;
pub mod rows;

use std::collections::BTreeSet;

use image_tags::config::Config;
use image_tags::policy::Rule;

use self::plan::Plan;
use self::recorded::{Cell, Line, lines, lines_with_policy};
use crate::golden::differences::Differences;
use crate::support::config;

#[tokio::test]
async fn every_cell_matches_glance_or_a_listed_difference() {
    compare(&lines(), &config(), &Differences::load()).await;
}

#[tokio::test]
async fn with_a_policy_file_every_cell_matches_a_glance_with_the_same_file() {
    let mut config = config();
    config.policy.file =
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/matrix/policy.yaml").into();
    let rules = config.policy.policy().unwrap().overridden();
    assert_eq!(rules.len(), Rule::ALL.len());
    compare(&lines_with_policy(), &config, &Differences::load()).await;
}

async fn compare(lines: &[Line], config: &Config, differences: &Differences) {
    let (plan, mut mismatches) = (Plan::load(), Vec::new());
    for line in lines {
        for (cell, ours) in play::play(&plan, config, line).await {
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
    assert!(
        mismatches.is_empty(),
        "{} of the cells differ:\n{}",
        mismatches.len(),
        mismatches.join("\n")
    );
}

#[test]
fn the_recording_has_every_cell_of_the_plan_once_and_no_other() {
    let lines = lines();
    let recorded: Vec<_> = lines
        .iter()
        .flat_map(Line::cells)
        .map(|cell| cell.name())
        .collect();
    let once: BTreeSet<_> = recorded.iter().copied().collect();
    assert_eq!(once.len(), recorded.len());
    assert_eq!(once, Plan::load().cells().collect());
    assert!(once.len() >= 10_540, "{}", once.len());
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
