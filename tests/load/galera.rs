//! The races on a Galera cluster of two MariaDB servers, with one process on each.

use crate::backend;
use crate::fault_injection::FaultInjection;
use crate::races::{check_undisturbed, check_with_faults};
use crate::scenario::Scenario;
use crate::settings::amount;

/// The URLs of one new database, through each of the servers.
pub(crate) async fn new_database() -> Vec<String> {
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
    let urls = new_database().await;
    let urls: Vec<_> = urls.iter().map(String::as_str).collect();
    let (all, promotions) = (Scenario::ALL_OPERATIONS, Scenario::PROMOTIONS);
    check_undisturbed("galera", &urls, all, amount(10, 60)).await;
    let urls = new_database().await;
    let urls: Vec<_> = urls.iter().map(String::as_str).collect();
    check_undisturbed("galera, promotions", &urls, promotions, amount(4, 30)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long, and needs database servers: make races"]
async fn a_cluster_keeps_what_killed_processes_acknowledged() {
    let urls = new_database().await;
    let urls: Vec<_> = urls.iter().map(String::as_str).collect();
    check_with_faults(
        "galera, kill -9 of a process",
        &urls,
        amount(10, 60),
        FaultInjection::KillProcess,
    )
    .await;
}
