//! The contract of [`ImageStore`], held against every backend: one test per case and backend.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../databases/backend.rs"]
mod backend;
mod cases;
mod databases;
mod lists;
mod model;
mod proxy;

use std::sync::Arc;

use backend::Database;
use image_tags::store::{ImageStore, Memory};

type Store = Arc<dyn ImageStore>;

/// Makes a test of each case for each backend. A backend is an `async fn() -> Arc<dyn ImageStore>` that gives an empty
/// store.
macro_rules! conformance {
    ($($backend:ident $(#[$ignored:meta])?),+: $cases:tt) => {
        $(conformance!(@ $backend [$(#[$ignored])?] $cases);)+
    };
    (@ $backend:ident $ignored:tt [$($case:ident),+ $(,)?]) => {
        mod $backend {
            $(conformance!(@@ $backend $ignored $case);)+

            conformance!(@@@ $backend $ignored it_does_what_a_plain_model_does model);
            conformance!(@@@ $backend $ignored its_lists_are_those_of_the_store_in_memory lists);
        }
    };
    (@@ $backend:ident [$(#[$ignored:meta])?] $case:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        $(#[$ignored])?
        async fn $case() {
            super::cases::$case(super::$backend().await).await;
        }
    };
    (@@@ $backend:ident [$(#[$ignored:meta])?] $name:ident $module:ident) => {
        #[test]
        $(#[$ignored])?
        fn $name() {
            super::$module::check(super::$backend);
        }
    };
}

conformance!(
    memory,
    sqlite,
    sqlite_of_two_processes,
    postgres #[ignore = "needs a server: make stores"],
    postgres_of_two_processes #[ignore = "needs a server: make stores"],
    mariadb #[ignore = "needs a server: make stores"],
    mariadb_of_two_processes #[ignore = "needs a server: make stores"]:
    [
        what_was_created_is_found,
        an_id_is_created_once,
        an_unknown_image_is_not_changed,
        a_change_is_seen_and_counted,
        a_change_that_changes_nothing_is_not_written,
        a_refused_change_changes_nothing,
        a_refusal_is_handed_through,
        a_panic_in_a_change_leaves_the_image_as_it_was,
        different_tags_added_at_once_are_all_kept,
        the_same_tag_added_at_once_is_one,
        adds_at_the_quota_end_at_exactly_the_quota,
        adds_and_removes_at_once_undo_nothing,
        a_change_of_something_else_undoes_no_tag,
        a_change_does_not_take_a_new_image_for_the_old_one_with_its_id,
        tags_are_told_apart_byte_by_byte,
        lists_are_newest_first_with_ties_by_id,
        lists_show_what_the_viewer_sees,
        pages_hold_every_image_once_while_images_are_added,
        a_marker_that_cannot_be_seen_is_refused,
        a_deleted_image_is_gone,
        a_refused_deletion_deletes_nothing,
        changes_and_a_deletion_at_once_agree,
        lists_by_tag_follow_every_change,
        all_images_are_told_by_id_in_parts,
        images_move_to_another_store_and_back_as_they_are,
        lists_by_tag_follow_owner_and_visibility,
        everything_about_an_image_is_kept,
        the_largest_image_is_kept_and_no_larger_one,
    ]
);

async fn memory() -> Store {
    Arc::new(Memory::new())
}

async fn sqlite() -> Store {
    Database::Sqlite.store(0, &[]).await
}

async fn sqlite_of_two_processes() -> Store {
    Database::Sqlite.store(1, &[]).await
}

async fn postgres() -> Store {
    Database::Postgres.store(0, &[]).await
}

async fn postgres_of_two_processes() -> Store {
    Database::Postgres.store(1, &[]).await
}

async fn mariadb() -> Store {
    Database::MariaDb.store(0, &[]).await
}

async fn mariadb_of_two_processes() -> Store {
    Database::MariaDb.store(1, &[]).await
}
