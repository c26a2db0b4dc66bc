//! The races on a cluster of two MariaDB servers (Galera), with one process on each.

use crate::backend;
use crate::disturbance::Disturbance;
use crate::races::{disturbed, undisturbed};
use crate::settings::amount;

/// The URLs of one new database, by way of each of the servers.
async fn empty() -> Vec<String> {
    let servers = std::env::var("IMAGE_TAGS_TEST_GALERA")
        .expect("IMAGE_TAGS_TEST_GALERA is needed: see make races");
    let name = format!("test_{}", uuid::Uuid::new_v4().simple());
    let servers: Vec<_> = servers.split(' ').collect();
    backend::run(servers[0], format!("CREATE DATABASE {name}")).await;
    servers
        .iter()
        .map(|server| format!("{server}/{name}"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long, and needs database servers: make races"]
async fn a_cluster_is_as_linearizable_as_one_server() {
    let urls = empty().await;
    undisturbed(
        "galera",
        &urls.iter().map(String::as_str).collect::<Vec<_>>(),
        amount(10, 60),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long, and needs database servers: make races"]
async fn a_cluster_keeps_what_processes_acknowledged_that_are_killed() {
    let urls = empty().await;
    let urls: Vec<_> = urls.iter().map(String::as_str).collect();
    disturbed(
        "galera, kill -9 of a process",
        &urls,
        amount(10, 60),
        Disturbance::Processes,
    )
    .await;
}
