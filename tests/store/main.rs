//! Every backend against the contract of `ImageStore`: one test for each case and backend.
//!
//! Start reading at `cases`. What only a database can get wrong is in `databases`.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../databases/backend.rs"]
mod backend;
mod beside_glance;
mod cases;
mod databases;
mod proxy;
mod random_changes;
mod random_history;
mod random_lists;
mod random_tags;
mod support;

use std::sync::Arc;

use backend::Database;
use image_tags::store::Memory;
use support::Store;

/// Makes a test of each case for each backend. A backend is an `async fn() -> Store` that returns
/// an empty store.
///
/// Beside a Glance, the cases of the last list do not apply, each for the reason that follows it.
/// Those of the list before need room for characters of four bytes, which Glance's tables do not
/// have at first.
macro_rules! conformance {
    (
        own_images: [$($own:ident $(#[$own_ignored:meta])?),+ $(,)?],
        of_glance: [$($of_glance:ident $(#[$of_glance_ignored:meta])?),+ $(,)?],
        of_glance_in_utf8mb3: [$($utf8mb3:ident $(#[$utf8mb3_ignored:meta])?),+ $(,)?],
        cases: $cases:tt,
        with_characters_of_four_bytes: $four_bytes:tt,
        not_of_glance: $not_of_glance:tt $(,)?
    ) => {
        $(conformance!(@ $own crate::support::Kept::EVERYTHING, [$(#[$own_ignored])?]
            $cases $four_bytes $not_of_glance);)+
        $(conformance!(@ $of_glance crate::beside_glance::KEPT, [$(#[$of_glance_ignored])?]
            $cases $four_bytes []);)+
        $(conformance!(@ $utf8mb3 crate::beside_glance::KEPT_IN_UTF8MB3, [$(#[$utf8mb3_ignored])?]
            $cases [] []);)+
    };
    (
        @ $backend:ident $kept:path, $ignored:tt [$($case:ident),* $(,)?]
        [$($four_bytes:ident),* $(,)?] [$($not_of_glance:ident: $reason:literal),* $(,)?]
    ) => {
        mod $backend {
            $(conformance!(@@ $backend $ignored $case);)*
            $(conformance!(@@ $backend $ignored $four_bytes);)*
            $(conformance!(@@ $backend $ignored $not_of_glance);)*

            conformance!(@@@ $backend $kept, $ignored
                random_changes_match_a_plain_model random_changes);
            conformance!(@@@ $backend $kept, $ignored
                random_lists_match_the_store_in_memory random_lists);
            conformance!(@@@ $backend $kept, $ignored
                random_tag_pages_match_a_plain_model random_tags);
            conformance!(@@@ $backend $kept, $ignored
                random_histories_match_a_plain_model random_history);
        }
    };
    (@@ $backend:ident [$(#[$ignored:meta])?] $case:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        $(#[$ignored])?
        async fn $case() {
            super::cases::$case(super::$backend().await).await;
        }
    };
    (@@@ $backend:ident $kept:path, [$(#[$ignored:meta])?] $name:ident $module:ident) => {
        #[test]
        $(#[$ignored])?
        fn $name() {
            super::$module::check(super::$backend, $kept);
        }
    };
}

conformance!(
    own_images: [
        memory,
        sqlite,
        sqlite_of_two_processes,
        postgres #[ignore = "needs a server: make stores"],
        postgres_of_two_processes #[ignore = "needs a server: make stores"],
        mariadb #[ignore = "needs a server: make stores"],
        mariadb_of_two_processes #[ignore = "needs a server: make stores"],
    ],
    of_glance: [
        glance_in_utf8mb4 #[ignore = "needs a server: make stores"],
        glance_with_guard_of_two_processes #[ignore = "needs a server: make stores"],
    ],
    of_glance_in_utf8mb3: [glance #[ignore = "needs a server: make stores"]],
    cases: [
        changing_an_unknown_image_fails,
        a_change_is_visible_and_raises_the_revision,
        a_change_that_changes_nothing_is_not_written,
        a_refused_change_changes_nothing,
        a_refusal_reaches_the_caller,
        a_panic_in_a_change_leaves_the_image_as_it_was,
        concurrent_adds_of_different_tags_are_all_kept,
        concurrent_adds_of_the_same_tag_store_it_once,
        concurrent_adds_stop_exactly_at_the_quota,
        concurrent_adds_and_removes_do_not_undo_each_other,
        concurrent_changes_of_properties_undo_no_tag,
        tags_are_compared_byte_by_byte,
        lists_are_newest_first_and_then_by_id,
        lists_show_what_the_viewer_sees,
        pages_hold_every_image_once_while_images_are_added,
        a_marker_that_the_viewer_cannot_see_is_refused,
        a_deleted_image_is_gone,
        a_refused_deletion_deletes_nothing,
        no_change_is_acknowledged_after_a_concurrent_deletion,
        lists_by_tag_follow_every_change,
        all_images_are_read_by_id_in_pages,
        a_page_ends_before_it_exceeds_its_maximum_size,
        lists_by_tag_follow_owner_and_visibility,
        lists_by_any_of_several_tags_follow_every_change,
        pages_by_any_of_several_tags_are_exact_while_others_write,
        lists_with_very_many_tags_are_answered,
        the_catalogue_has_the_tags_of_the_images_that_a_viewer_lists,
        the_catalogue_follows_every_change,
        images_of_a_tag_are_counted_up_to_the_maximum,
        an_event_keeps_everything_that_is_known_of_a_change,
        a_history_has_what_its_viewer_saw,
        pages_of_a_history_are_newest_first_and_exact_while_it_grows,
        the_latest_addition_tells_who_put_a_tag_where_it_is,
        a_history_is_exported_and_imported_once,
        old_events_are_removed_but_not_what_is_needed,
        a_member_sees_what_happened_from_the_sharing_on,
        who_reuses_the_id_of_a_deleted_image_shares_nothing_of_its_history,
        an_import_can_be_repeated_after_its_exclusive_tags_have_moved,
        the_largest_image_is_stored_and_a_larger_one_is_refused,
        a_tag_moves_between_images_in_one_write,
        a_write_sees_the_carriers_of_its_scope_only,
        a_refused_write_over_several_images_changes_none,
        a_tag_on_more_images_than_a_write_reads_is_refused,
        concurrent_moves_leave_the_tag_on_one_image_at_every_instant,
        moves_and_deletions_of_the_carrier_do_not_bring_it_back,
    ],
    with_characters_of_four_bytes: [
        a_created_image_can_be_read,
        pages_of_the_catalogue_are_in_the_order_of_code_points,
        every_text_and_number_is_stored_exactly,
        another_store_takes_an_export_of_every_image,
    ],
    not_of_glance: [
        of_concurrent_creates_with_one_id_only_one_succeeds:
            "only Glance creates images",
        of_concurrent_deletions_of_one_image_only_one_succeeds:
            "only Glance deletes images",
        a_change_does_not_mistake_a_new_image_for_the_old_one_with_its_id:
            "Glance does not give the id of a deleted image to another one before it is purged",
        every_attribute_is_stored_exactly:
            "Glance's times are in seconds, and its uploads and imports are its own",
        export_and_import_preserve_every_image:
            "Glance's uploads and imports are its own, and only Glance creates images",
        an_imported_image_that_gets_an_exclusive_tag_is_in_its_history:
            "only Glance creates images",
        an_import_with_its_history_adds_nothing_to_it:
            "only Glance creates images",
        deleting_an_image_and_changing_its_owner_are_events_of_its_tags:
            "Glance does both, and notes no events",
        members_of_a_deleted_image_see_its_history_as_long_as_it_is_kept:
            "Glance does not keep since when a project was a member of a deleted image",
        a_member_of_a_deleted_image_sees_what_happened_from_the_sharing_on:
            "Glance does not keep since when a project was a member of a deleted image",
        members_of_two_deleted_images_with_one_id_see_the_history_of_theirs:
            "Glance does not keep since when a project was a member of a deleted image",
    ],
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

async fn glance() -> Store {
    beside_glance::in_utf8mb3().await
}

async fn glance_in_utf8mb4() -> Store {
    beside_glance::in_utf8mb4().await
}

async fn glance_with_guard_of_two_processes() -> Store {
    beside_glance::with_guard_of_two_processes().await
}
