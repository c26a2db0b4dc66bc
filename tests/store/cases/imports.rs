//! Imports of images with exclusive tags.

use image_tags::image::{ExclusiveScope, Image, OnConflict, TagRule, TagRuleParts, TagRules};
use image_tags::store::ImageStore;
use image_tags::transfer::{Imported, export, import};

use crate::support::{Store, create, image, remove, tag};

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
