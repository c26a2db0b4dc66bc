//! The API, through the real router. Most tests run in process; those that are about sockets use real ones.

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
mod support;

mod access;
mod bodies;
mod command_line;
mod configuration;
mod data;
mod discovery;
mod early_answers;
mod endpoints;
mod faults;
mod golden;
mod health;
mod identity;
mod images;
mod keystone;
mod lists;
mod matrix;
mod members;
mod patches;
mod sockets;
mod tags;
