//! The races of one exclusive tag on a Galera cluster of two MariaDB servers, with one process on
//! each.

use super::if_match::check_conditional_promotions;
use super::races::{check_kills, check_race};
use crate::fault_injection::FaultInjection;
use crate::galera::new_database;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long, and needs database servers: make races"]
async fn in_a_cluster_a_tag_is_always_on_one_image() {
    let urls = new_database().await;
    let urls: Vec<_> = urls.iter().map(String::as_str).collect();
    check_race("galera, one exclusive tag", &urls, 16, 12).await;
    let urls = new_database().await;
    let urls: Vec<_> = urls.iter().map(String::as_str).collect();
    check_conditional_promotions("galera, one exclusive tag", &urls).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long, and needs database servers: make races"]
async fn killed_processes_of_a_cluster_leave_the_tag_on_one_image() {
    let urls = new_database().await;
    let urls: Vec<_> = urls.iter().map(String::as_str).collect();
    let name = "galera, one exclusive tag, kill -9 of a process";
    check_kills(name, &urls, FaultInjection::KillProcess).await;
}
