//! The API, through the real router. Most tests run in process; those that are about sockets use real ones.

mod support;

mod access;
mod bodies;
mod command_line;
mod configuration;
mod discovery;
mod faults;
mod golden;
mod images;
mod sockets;
mod tags;
