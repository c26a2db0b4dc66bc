//! `make pressure`: whatever clients do, the process stays small and continues to serve other
//! clients.
//!
//! Each test has a process of its own with the default configuration and SQLite. It checks the peak
//! resident memory of the process (`VmHWM`), and the answers and latency of a background client.

mod background_client;
mod large_data;
mod large_images;
mod slow_clients;
mod target;
