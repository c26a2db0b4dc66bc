//! What only a store in a database can get wrong.
//!
//! `servers` and `sqlite` hold the tests; the files about a topic hold what the tests of several
//! engines run.

mod deletion;
mod opening;
mod outages;
mod postgres_only;
mod servers;
mod sqlite;
mod support;
mod tls;
mod versions;
