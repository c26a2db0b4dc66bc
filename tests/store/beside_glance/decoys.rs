//! Rows and values of Glance that no case may see. Every image has some.
//!
//! Glance marks what it removes, notes things to itself, may give a tag two rows, and takes what
//! this service refuses, such as a NUL. It knows formats that the service does not, and data of
//! which it has no SHA-512 digest.

use super::statement::Statement;

/// A tag, a member and the start of a name that the service refuses.
pub(super) const WITH_NUL: &str = "\0 of Glance";

/// A format that is in Glance's own configuration.
pub(super) const FORMAT: &str = "of-glance";

/// The data of an image without a SHA-512 digest: the size of it and of its disk, then the checksum
/// and another digest with its algorithm.
pub(super) const SIZES: [i64; 2] = [3, 4];
pub(super) const DIGESTS: [&str; 3] = ["of Glance", "sha256", "of Glance"];

/// The rows of a new image with its first tag.
pub(super) fn rows(id: &str, tag: Option<&str>) -> Vec<Statement> {
    let mut rows = vec![
        row("image_tags", "value", id, WITH_NUL, false),
        row("image_tags", "value", id, "removed", true),
        row("image_members", "can_share, member", id, WITH_NUL, false),
        row("image_members", "can_share, member", id, "removed", true),
        row(
            "image_properties",
            "name",
            id,
            "os_glance_stage_host",
            false,
        ),
        row("image_properties", "name", id, WITH_NUL, false),
        row("image_properties", "name", id, "removed", true),
    ];
    rows.extend(tag.map(|tag| row("image_tags", "value", id, tag, false)));
    rows
}

fn row(table: &str, columns: &str, id: &str, text: &str, is_removed: bool) -> Statement {
    let can_share = if columns.contains(',') { "0, " } else { "" };
    let (deleted_at, deleted) = if is_removed {
        ("UTC_TIMESTAMP()", 1)
    } else {
        ("NULL", 0)
    };
    let insert = format!(
        "INSERT INTO {table} (image_id, {columns}, created_at, updated_at, deleted_at, deleted) \
         VALUES (?, {can_share}?, UTC_TIMESTAMP(), UTC_TIMESTAMP(), {deleted_at}, {deleted})"
    );
    Statement::new(insert).with(id).with(text)
}
