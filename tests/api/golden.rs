//! The recorded answers of Glance 33, replayed one by one over a socket.
//!
//! Each case begins with the image as its `state_before` says. What the service answers equals the recording, or the
//! case stands in `golden/differences.toml` with what is answered instead; `docs/compatibility.md` shows that list.

mod case;
mod compare;
pub mod differences;

use std::collections::BTreeSet;

use self::case::Case;
use self::differences::Differences;

#[tokio::test]
async fn every_recorded_answer_is_given_again_or_stands_in_the_list_of_differences() {
    let differences = Differences::load();
    let mut faults = Vec::new();
    for case in &Case::all() {
        let outcome = case.replay().await;
        if let Err(fault) = compare::check(case, &outcome, differences.of(case)) {
            faults.push(format!("{}: {fault}", case.id()));
        }
    }
    assert!(
        faults.is_empty(),
        "{} of the cases differ:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn every_difference_is_about_a_case_that_exists() {
    let cases: BTreeSet<String> = Case::all().iter().map(Case::id).collect();
    let listed = Differences::load();
    let unknown: Vec<_> = listed
        .cases()
        .filter(|case| !cases.contains(*case))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn the_table_of_the_compatibility_page_is_the_list_of_differences() {
    Differences::load().check_page();
}
