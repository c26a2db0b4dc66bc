//! Exports and imports between stores in memory.

use jiff::Timestamp;

use super::export::MAX_PAGE_IMAGES;
use super::{Imported, export, import};
use crate::image::{
    ExclusiveScope, Image, ImageData, ImageId, Member, MemberStatus, OnConflict, Status, TagRule,
    TagRuleParts, TagRules, Tags,
};
use crate::store::{Author, ImageStore, Memory};

fn image(number: u64) -> Image {
    let time = "2026-01-01T00:00:00.123456Z".parse::<Timestamp>().unwrap();
    let mut image = Image::new(ImageId::random(), time);
    image.name = number
        .is_multiple_of(2)
        .then(|| format!("\u{e9}\n{number}").parse().unwrap());
    image.owner = Some("project".parse().unwrap());
    image.tags = ["", "a", "\u{1f600}"]
        .map(|tag| tag.parse().unwrap())
        .into();
    image.members = [(
        "other".parse().unwrap(),
        Member::new(MemberStatus::Rejected, time),
    )]
    .into();
    image.properties = [("os".parse().unwrap(), "\"debian\"".parse().unwrap())].into();
    image.data = Some(ImageData::new(u64::MAX >> 1, "a", "b").unwrap());
    image.status = Status::Killed;
    image.hidden = true;
    image
}

async fn exported(store: &Memory) -> String {
    let mut lines = Vec::new();
    export(store, &mut lines).await.unwrap();
    String::from_utf8(lines).unwrap()
}

#[tokio::test]
async fn an_import_into_an_empty_store_exports_the_same_lines() {
    let store = Memory::with_images((0..=2 * MAX_PAGE_IMAGES as u64).map(image));
    let lines = exported(&store).await;
    assert_eq!(lines.lines().count(), 2 * MAX_PAGE_IMAGES + 1);
    let other = Memory::new();
    let imported = import(&other, &TagRules::default(), lines.as_bytes())
        .await
        .unwrap();
    assert_eq!(
        imported,
        Imported {
            created: 2 * MAX_PAGE_IMAGES as u64 + 1,
            kept: 0,
            events: 0,
        }
    );
    assert_eq!(exported(&other).await, lines);
}

#[tokio::test]
async fn an_import_brings_the_history_of_the_tags_once() {
    let store = Memory::with_images([image(0)]);
    let author = Author {
        user: "user",
        project: None,
        request_id: "req-1",
        reason: None,
    };
    let id = store.all(None, 1).await.unwrap().images[0].id();
    for tags in [&["b", "c"][..], &["c"], &["d"]] {
        let change = |image: &mut Image| {
            image.tags = tags.iter().map(|tag| tag.parse().unwrap()).collect();
            Ok(())
        };
        store.change(id, &author, &change).await.unwrap();
    }
    let lines = exported(&store).await;
    let other = Memory::new();
    for (created, events) in [(1, 8), (0, 0)] {
        let imported = import(&other, &TagRules::default(), lines.as_bytes()).await;
        let imported = imported.unwrap();
        assert_eq!((imported.created, imported.events), (created, events));
        assert_eq!(exported(&other).await, lines);
    }
}

#[tokio::test]
async fn an_existing_image_stays_unchanged() {
    let (mut mine, store) = (image(0), Memory::new());
    import(
        &store,
        &TagRules::default(),
        serde_json::to_string(&mine).unwrap().as_bytes(),
    )
    .await
    .unwrap();
    let before = exported(&store).await;
    mine.tags = Tags::default();
    let lines = format!(
        "{}\n{}\n",
        serde_json::to_string(&mine).unwrap(),
        serde_json::to_string(&image(1)).unwrap()
    );
    let imported = import(&store, &TagRules::default(), lines.as_bytes())
        .await
        .unwrap();
    assert_eq!(
        imported,
        Imported {
            created: 1,
            kept: 1,
            events: 0,
        }
    );
    assert!(exported(&store).await.contains(before.trim_end()));
}

#[tokio::test]
async fn an_import_moves_exclusive_tags_or_stops_as_their_rule_says() {
    for on_conflict in [OnConflict::Move, OnConflict::Refuse] {
        let parts = TagRuleParts {
            exclusive: Some(ExclusiveScope::Project),
            on_conflict: Some(on_conflict),
            ..TagRuleParts::default()
        };
        let rule = TagRule::new("a".parse().unwrap(), parts).unwrap();
        let rules = TagRules::new(vec![rule]).unwrap();
        let (mine, theirs) = (image(0), image(1));
        let ids = [mine.id(), theirs.id()];
        let store = Memory::with_images([mine]);
        let line = serde_json::to_string(&theirs).unwrap();
        let outcome = import(&store, &rules, line.as_bytes()).await;
        let mut carriers = Vec::new();
        for id in ids {
            let image = store.image(id).await.unwrap();
            carriers.push(image.map(|image| image.tags.contains(&"a".parse().unwrap())));
        }
        if on_conflict == OnConflict::Move {
            assert_eq!(outcome.unwrap().created, 1);
            assert_eq!(carriers, [Some(false), Some(true)]);
        } else {
            let error = outcome.unwrap_err().to_string();
            assert_eq!(error, "line 1: the tag \"a\" is on another image");
            assert_eq!(carriers, [Some(true), None]);
        }
    }
}

#[tokio::test]
async fn a_line_that_is_no_image_aborts_the_import_with_its_number() {
    let good = serde_json::to_string(&image(0)).unwrap();
    let long = good.replace("\"a\",", &format!("\"{}\",", "a".repeat(256)));
    for (bad, message) in [
        ("{", "EOF while parsing"),
        ("{}", "missing field `id`"),
        (
            &*good.replace("\"os_hidden\"", "\"hidden\""),
            "unknown field `hidden`",
        ),
        (&*long, "a tag has at most 255 characters"),
    ] {
        let store = Memory::new();
        let lines = format!("{good}\n{bad}\n{good}\n");
        let error = import(&store, &TagRules::default(), lines.as_bytes())
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("line 2: ") && error.contains(message),
            "{error}"
        );
        assert_eq!(exported(&store).await.lines().count(), 1);
    }
}
