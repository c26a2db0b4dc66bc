//! Settings from the environment: `FULL=1` for the duration and counts of a release, `SEED=…` to
//! repeat a run.

use fastrand::Rng;

/// `full` with `FULL=1`, otherwise `short`.
pub(crate) fn amount(short: u64, full: u64) -> u64 {
    if std::env::var_os("FULL").is_some_and(|value| value == "1") {
        full
    } else {
        short
    }
}

/// The random generator of a test. Prints its seed, which repeats the same operations but not their
/// timing.
pub(crate) fn seeded(test: &str) -> Rng {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(|| fastrand::u64(..));
    println!("{test}: SEED={seed}");
    Rng::with_seed(seed)
}
