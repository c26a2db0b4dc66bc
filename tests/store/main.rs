//! The contract of [`ImageStore`], held against every backend: one test per case and backend.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod cases;
mod model;

use std::sync::Arc;

use image_tags::store::{ImageStore, Memory};

/// Makes a test of each case for each backend. A backend is an `async fn() -> Arc<dyn ImageStore>` that gives an empty
/// store.
macro_rules! conformance {
    ($backend:ident: $($case:ident),+ $(,)?) => {
        mod $backend {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $case() {
                    super::cases::$case(super::$backend().await).await;
                }
            )+

            #[test]
            fn it_does_what_a_plain_model_does() {
                super::model::check(super::$backend);
            }
        }
    };
}

macro_rules! every_case_for {
    ($($backend:ident),+) => {
        $(conformance!(
            $backend:
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
            tags_are_told_apart_byte_by_byte,
            lists_are_newest_first_with_ties_by_id,
            lists_show_what_the_viewer_sees,
            pages_hold_every_image_once_while_images_are_added,
            a_marker_that_cannot_be_seen_is_refused,
            a_deleted_image_is_gone,
            a_refused_deletion_deletes_nothing,
            changes_and_a_deletion_at_once_agree,
            lists_by_tag_follow_every_change,
        );)+
    };
}

every_case_for!(memory);

async fn memory() -> Arc<dyn ImageStore> {
    Arc::new(Memory::new())
}
