//! The recorded responses of Glance 33, replayed one by one over a socket.
//!
//! Each case begins with the image of its `state_before`. The response equals the recorded one, or
//! `golden/differences.toml` lists the case with the response of this service;
//! `docs/compatibility.md` shows that list.
//!
//! Start reading at `case`.

mod case;
mod compare;
pub mod differences;
mod images;
mod placeholders;
mod replay;

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, stream};

use self::case::Case;
use self::differences::Differences;
use self::replay::replay;

/// Each case has its own server. Some wait until it gives up a request, others for a new database.
const CONCURRENT_CASES: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_response_equals_the_recorded_one_or_is_a_listed_difference() {
    let differences = Differences::load();
    let mut replays = stream::iter(Case::all())
        .map(|case| {
            tokio::spawn(async move {
                let outcome = replay(&case).await;
                (case, outcome)
            })
        })
        .buffered(CONCURRENT_CASES);
    let mut mismatches = Vec::new();
    while let Some(replayed) = replays.next().await {
        let (case, outcome) = replayed.unwrap();
        if let Err(mismatch) = compare::check(&case, &outcome, differences.of(&case)) {
            mismatches.push(format!("{}: {mismatch}", case.id()));
        }
    }
    assert!(
        mismatches.is_empty(),
        "{} of the cases differ:\n{}",
        mismatches.len(),
        mismatches.join("\n")
    );
}

#[test]
fn every_listed_difference_names_a_recorded_case() {
    let cases: BTreeSet<String> = Case::all().iter().map(Case::id).collect();
    let listed = Differences::load();
    let unknown: Vec<_> = listed
        .cases()
        .filter(|case| !cases.contains(*case))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn the_compatibility_page_shows_the_list_of_differences() {
    Differences::load().check_page();
}
