//! Imports of images with exclusive tags.

use image_tags::image::{
    ExclusiveScope, Image, ImageId, OnConflict, ScopedTag, TagAction, TagEvent, TagRule,
    TagRuleParts, TagRules, TagScope,
};
use image_tags::store::{HistorySubject, ImageStore, Memory};
use image_tags::transfer::{Imported, export, import};

use super::history::{admin, query};
use crate::support::{NO_QUOTA, Store, add, create, delete, image, remove, tag, tags};

/// A rule for each of three tags, which are exclusive: `moving`, `refused` and `fixed`.
fn rules() -> TagRules {
    let rule = |pattern: &str, on_conflict, is_immutable| {
        let parts = TagRuleParts {
            exclusive: Some(ExclusiveScope::Project),
            on_conflict,
            immutable: is_immutable,
            ..TagRuleParts::default()
        };
        TagRule::new(pattern.parse().unwrap(), parts).unwrap()
    };
    let rules = vec![
        rule("moving", Some(OnConflict::Move), false),
        rule("refused", Some(OnConflict::Refuse), false),
        rule("fixed", None, true),
    ];
    TagRules::new(rules).unwrap()
}

async fn exported(store: &dyn ImageStore) -> String {
    let mut lines = Vec::new();
    export(store, &mut lines).await.unwrap();
    String::from_utf8(lines).unwrap()
}

async fn imported(store: &dyn ImageStore, lines: &str) -> Imported {
    import(store, &rules(), lines.as_bytes()).await.unwrap()
}

/// The tag among the images without an owner.
fn scoped(text: &str) -> ScopedTag {
    ScopedTag {
        tag: tag(text),
        scope: TagScope::Owner(None),
    }
}

/// The history of the tag, oldest first.
async fn history(store: &dyn ImageStore, text: &str) -> Vec<TagEvent> {
    let query = query(admin(), HistorySubject::Scope(scoped(text)));
    let mut events = store.history(&query).await.unwrap().events;
    events.reverse();
    events
}

fn lines(events: &[TagEvent]) -> Vec<(ImageId, TagAction, &str)> {
    let events = events.iter();
    events
        .map(|event| (event.image, event.action, &*event.user))
        .collect()
}

pub(crate) async fn an_import_can_be_repeated_after_its_exclusive_tags_have_moved(store: Store) {
    for text in ["moving", "refused", "fixed"] {
        let edit = |image: &mut Image| image.tags = [tag(text)].into();
        let old = create(&*store, 0, edit).await;
        let lines = exported(&*store).await;
        remove(&*store, old, &tag(text)).await.unwrap();
        let new = create(&*store, 1, edit).await;
        let before = (image(&*store, old).await, image(&*store, new).await);
        let outcome = imported(&*store, &lines).await;
        assert_eq!((outcome.created, outcome.events), (0, 0), "{text}");
        let after = (image(&*store, old).await, image(&*store, new).await);
        assert_eq!(after, before, "{text}");
    }
}

pub(crate) async fn an_imported_image_that_gets_an_exclusive_tag_is_in_its_history(store: Store) {
    use TagAction::{Added, Removed};
    let other = Memory::new();
    let edit = |image: &mut Image| image.tags = [tag("moving"), tag("free")].into();
    let new = create(&other, 0, edit).await;
    let whole = exported(&other).await;
    let only_image: String = whole
        .lines()
        .filter(|line| !line.contains("tag_event"))
        .collect();
    for (exported, text) in [(&whole, "with its history"), (&only_image, "without")] {
        let old = create(&*store, 1, edit).await;
        let before = store.last_event(&scoped("moving")).await.unwrap();
        assert_eq!(imported(&*store, exported).await.created, 1, "{text}");
        assert_eq!(tags(&*store, old).await, ["free".to_owned()].into());
        let events = history(&*store, "moving").await;
        let events: Vec<_> = events
            .into_iter()
            .filter(|event| event.id > before && event.user == "import")
            .collect();
        let wanted = [(old, Removed, "import"), (new, Added, "import")];
        assert_eq!(lines(&events), wanted, "{text}");
        let last = store.last_event(&scoped("moving")).await.unwrap();
        assert_eq!(last, events[1].id, "{text}");
        let latest = store
            .latest_additions(&tag("moving"), &[new])
            .await
            .unwrap();
        assert_eq!(latest[0].as_ref(), Some(&events[1]), "{text}");
        // Tags that are not exclusive have the history that was imported.
        let free = history(&*store, "free").await;
        assert!(free.iter().all(|event| event.user != "import"), "{text}");
        delete(&*store, new).await.unwrap();
    }
}

pub(crate) async fn an_import_with_its_history_adds_nothing_to_it(store: Store) {
    let other = Memory::new();
    let edit = |image: &mut Image| image.tags = [tag("refused"), tag("fixed")].into();
    let old = create(&other, 0, |_| {}).await;
    add(&other, old, &tag("moving"), NO_QUOTA).await.unwrap();
    remove(&other, old, &tag("moving")).await.unwrap();
    let new = create(&other, 1, edit).await;
    add(&other, new, &tag("moving"), NO_QUOTA).await.unwrap();
    let exported = exported(&other).await;
    let (events, images): (Vec<_>, Vec<_>) = exported
        .lines()
        .partition(|line| line.contains("tag_event"));
    assert!(
        exported.starts_with(&events.join("\n")),
        "events come first"
    );
    for (created, number) in [(2, 5), (0, 0)] {
        let outcome = imported(&*store, &exported).await;
        assert_eq!((outcome.created, outcome.events), (created, number));
        for text in ["moving", "refused", "fixed"] {
            let is_imported = |event: &TagEvent| event.user == "import";
            let events = history(&*store, text).await;
            assert!(!events.iter().any(is_imported), "{text}");
            let last = events.last().unwrap();
            assert_eq!((last.image, last.action), (new, TagAction::Added), "{text}");
        }
    }

    // The images may also come first, as in older exports. Then the import says who set the tags.
    let store = Memory::new();
    let images_first = [images, events].concat().join("\n");
    let outcome = imported(&store, &images_first).await;
    assert_eq!((outcome.created, outcome.events), (2, 5));
    for text in ["moving", "refused", "fixed"] {
        let events = history(&store, text).await;
        assert_eq!(events[0].user, "import", "{text}");
        let last = events.last().unwrap();
        assert_eq!((last.image, last.action), (new, TagAction::Added), "{text}");
    }
}
