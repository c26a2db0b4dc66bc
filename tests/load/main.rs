//! The program under load as processes over real sockets: many clients at once, processes and servers that die. `make crash`
//! and `make races` run this; it takes long, and needs the database servers that `tests/databases/with` starts.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a panic is how a test fails"
)]

mod answer;
#[expect(dead_code, reason = "the stores in it are for other tests")]
#[path = "../databases/backend.rs"]
mod backend;
mod check;
mod check_tests;
mod choose;
mod client;
mod crash;
mod disturbance;
mod galera;
mod load;
mod model;
mod observe;
mod pressure;
mod program;
mod races;
mod record;
mod settings;
mod tally;
mod verdict;
