//! Load tests: processes of the program over real sockets, with many clients at once, while
//! processes and database servers are killed.
//!
//! `make crash`, `make races` and `make pressure` run them. They take long, and the races need the
//! database servers that `tests/databases/with` starts.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a panic is how a test fails"
)]

#[expect(dead_code, reason = "the stores in it are for other tests")]
#[path = "../databases/backend.rs"]
mod backend;
mod crash;
mod fault_injection;
mod galera;
mod linearizability;
mod pressure;
mod program;
mod promotion;
mod races;
mod scenario;
mod settings;
mod uploads;
mod workload;
