//! PostgreSQL and MariaDB: the same tests on each.

use super::deletion::deletion_of_a_replaced_image;
use super::opening::{
    concurrent_starts, migration_from_version_1, newer_database, read_only_store,
};
use super::outages::{
    cut_connections, exhausted_pool, outage, silently_dead_connections, vanished_process,
};
use super::versions::{
    imported_again, imported_again_during_a_change, written_by_an_older_program,
};
use crate::backend::Database;

macro_rules! on_servers {
    ($($database:ident $name:ident: $lock:literal;)+) => {
        $(mod $name {
            use super::*;

            #[tokio::test]
            #[ignore = "needs a server: make stores"]
            async fn processes_may_start_at_the_same_time() {
                concurrent_starts(Database::$database).await;
            }

            #[tokio::test]
            #[ignore = "needs a server: make stores"]
            async fn a_migration_computes_the_sizes_of_images() {
                migration_from_version_1(Database::$database).await;
            }

            #[tokio::test]
            #[ignore = "needs a server: make stores"]
            async fn a_newer_database_is_refused() {
                newer_database(Database::$database).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "needs a server: make stores"]
            async fn a_read_only_store_changes_nothing() {
                read_only_store(Database::$database).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "needs a server: make stores"]
            async fn a_deletion_does_not_mistake_a_new_image_for_the_old_one_with_its_id() {
                deletion_of_a_replaced_image(Database::$database).await;
            }

            #[tokio::test]
            #[ignore = "needs a server: make stores"]
            async fn an_image_that_was_imported_again_is_read_as_it_is_now() {
                imported_again(Database::$database).await;
            }

            #[tokio::test]
            #[ignore = "needs a server: make stores"]
            async fn a_change_of_an_image_that_was_imported_again_meanwhile_is_decided_again() {
                imported_again_during_a_change(Database::$database).await;
            }

            #[tokio::test]
            #[ignore = "needs a server: make stores"]
            async fn an_image_that_an_older_program_wrote_is_read_as_it_is_now() {
                written_by_an_older_program(Database::$database).await;
            }

            #[tokio::test]
            #[ignore = "needs a server: make stores"]
            async fn an_exhausted_pool_is_reported_in_time() {
                exhausted_pool(Database::$database, $lock).await;
            }

            #[tokio::test]
            #[ignore = "needs a server: make stores"]
            async fn the_store_recovers_from_an_outage_of_the_server() {
                outage(Database::$database).await;
            }

            #[tokio::test]
            #[ignore = "needs a server: make stores"]
            async fn cut_connections_cost_at_most_one_change() {
                cut_connections(Database::$database).await;
            }

            #[tokio::test]
            #[ignore = "needs a server: make stores"]
            async fn silently_dead_idle_connections_are_replaced_quickly() {
                silently_dead_connections(Database::$database).await;
            }

            #[tokio::test]
            #[ignore = "needs a server: make stores"]
            async fn a_vanished_process_does_not_block_an_image_for_long() {
                vanished_process(Database::$database).await;
            }
        })+
    };
}

on_servers! {
    Postgres postgres: "BEGIN; LOCK TABLE images";
    MariaDb mariadb: "LOCK TABLES images WRITE";
}
