//! The triggers of the guard.

/// A trigger in Glance's database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trigger {
    pub(super) name: &'static str,
    /// What it does, as the database reports it.
    pub(super) body: &'static str,
    /// The statement that creates or replaces it.
    pub(super) create: &'static str,
    pub(super) drop: &'static str,
}

macro_rules! trigger {
    ($name:literal, $event:literal, $file:literal) => {
        Trigger {
            name: $name,
            body: include_str!($file),
            create: concat!(
                "CREATE OR REPLACE TRIGGER ",
                $name,
                " ",
                $event,
                " FOR EACH ROW ",
                include_str!($file)
            ),
            drop: concat!("DROP TRIGGER IF EXISTS ", $name),
        }
    };
}

/// The triggers in the order in which they are installed. The first notes which image a session
/// deletes, for its tags go with it; the second keeps a tag that a session would remove, and the
/// third removes at once what a session would add again.
///
/// A session that sets `@image_tags_writer` is left alone.
///
/// In a trigger, `InnoDB` locks the gap where a row was looked for and not found. Two sessions that
/// create images with tags would then keep each other from it, and Glance would answer 500. So the
/// third trigger looks for the tag only if the service has changed tags of the image.
pub(super) const TRIGGERS: [Trigger; 3] = [
    trigger!(
        "image_tags_guard_images",
        "AFTER UPDATE ON images",
        "images_after_update.sql"
    ),
    trigger!(
        "image_tags_guard_update",
        "BEFORE UPDATE ON image_tags",
        "image_tags_before_update.sql"
    ),
    trigger!(
        "image_tags_guard_insert",
        "BEFORE INSERT ON image_tags",
        "image_tags_before_insert.sql"
    ),
];
