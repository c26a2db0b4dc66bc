//! The API, called through the real router. Most tests run in process; tests of sockets and of the
//! program use real ones.
//!
//! Start reading at `support`.

#![expect(
    unreachable_pub,
    reason = "nothing outside of a test binary can reach anything in it"
)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic is how a test fails"
)]

#[path = "../databases/backend.rs"]
mod backend;

mod catalogue;
mod development;
mod golden;
mod http;
mod identity;
mod image;
mod imports;
mod keystone;
mod matrix;
mod metrics;
mod program;
mod support;
