//! Who may do what: the answers of a Glance 33 beside a Keystone 30, given again by this service.
//!
//! `matrix/plan.toml` says which callers ask which operations of which images; `matrix/glance.jsonl` has what a Glance
//! answered to each of these cells and what it did to the image (`tests/matrix` asks it anew). Where the service answers
//! something else, a row of `golden/differences.toml` says what and why.

mod plan;
mod play;
pub mod recorded;
pub mod rows;

use std::collections::BTreeSet;

use self::plan::Plan;
use self::recorded::{Cell, Line, lines};
use crate::golden::differences::Differences;
use crate::support::config;

#[tokio::test]
async fn every_cell_of_the_matrix_is_answered_as_glance_does_or_as_a_row_of_the_differences_says() {
    let (plan, config, differences) = (Plan::load(), config(), Differences::load());
    let mut faults = Vec::new();
    for line in &lines() {
        for (cell, ours) in play::play(&plan, &config, line).await {
            let expected = differences.instead_of(&cell);
            if expected == Some(cell.recorded) {
                faults.push(format!(
                    "{cell}: it is listed as a difference, but there is none"
                ));
            }
            let expected = expected.unwrap_or(cell.recorded);
            if ours != *expected {
                faults.push(format!("{cell}: {ours}, but {expected} expected"));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} of the cells differ:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn every_cell_of_the_plan_is_recorded_once_and_no_other() {
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
fn every_row_about_cells_is_about_some_and_no_cell_has_two() {
    let (lines, differences) = (lines(), Differences::load());
    let cells: Vec<Cell<'_>> = lines.iter().flat_map(Line::cells).collect();
    for row in differences.cells() {
        assert!(cells.iter().any(|cell| row.is_about(cell)), "{row:?}");
    }
    for cell in &cells {
        assert!(
            differences.cells().filter(|row| row.is_about(cell)).count() < 2,
            "{cell}"
        );
    }
}
