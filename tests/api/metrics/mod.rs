//! What the service counts and measures, as its metrics show it.

mod cardinality;
mod connections;
mod keystone;
mod requests;
mod scrape;
mod store;
