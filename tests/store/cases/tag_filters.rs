//! Lists by several tags.

use std::collections::BTreeSet;

use image_tags::image::{Attribute, Image, ImageId, Tag, Viewer, Visibility};
use image_tags::store::{Filter, ImageQuery, ImageStore};

use crate::support::{NO_QUOTA, Store, add, create, delete, remove, tag};

fn viewer() -> Viewer {
    Viewer::Project("mine".parse().unwrap())
}

fn any_of(texts: &[&str]) -> ImageQuery {
    ImageQuery {
        any_tags: Some(texts.iter().map(|text| tag(text)).collect()),
        ..ImageQuery::new(viewer(), 1000)
    }
}

async fn public(store: &dyn ImageStore, second: i64, texts: &[&str]) -> ImageId {
    let edit = |image: &mut Image| {
        image.visibility = Visibility::Public;
        image.owner = (second % 2 == 0).then(|| "mine".parse().unwrap());
        image.tags = texts.iter().map(|text| tag(text)).collect();
    };
    create(store, second, edit).await
}

async fn ids(store: &dyn ImageStore, query: &ImageQuery) -> Vec<ImageId> {
    let page = store.list(query).await.unwrap();
    assert!(!page.more);
    page.images.iter().map(|image| image.id()).collect()
}

pub(crate) async fn lists_by_any_of_several_tags_follow_every_change(store: Store) {
    let old = public(&*store, 1, &["a", "b"]).await;
    let new = public(&*store, 2, &["b", "c"]).await;
    assert_eq!(ids(&*store, &any_of(&["a", "b", "c"])).await, [new, old]);
    assert_eq!(ids(&*store, &any_of(&["a", "nope"])).await, [old]);
    assert_eq!(ids(&*store, &any_of(&[])).await, []);

    add(&*store, new, &tag("a"), NO_QUOTA).await.unwrap();
    remove(&*store, old, &tag("a")).await.unwrap();
    assert_eq!(ids(&*store, &any_of(&["a", "nope"])).await, [new]);
    delete(&*store, new).await.unwrap();
    assert_eq!(ids(&*store, &any_of(&["a", "b", "c"])).await, [old]);
}

/// Between the pages, images come and go, and those that were listed or will be listed get further
/// tags of the list.
pub(crate) async fn pages_by_any_of_several_tags_are_exact_while_others_write(store: Store) {
    let mut wanted = Vec::new();
    let texts = [&["a"][..], &["b"], &["a", "b", "c"], &["c", "x"]];
    for (second, texts) in (0..20).zip(texts.into_iter().cycle()) {
        wanted.push(public(&*store, second, texts).await);
    }
    wanted.reverse();
    let deleted = wanted.remove(13);
    let excluded = wanted.remove(7);
    add(&*store, excluded, &tag("no"), NO_QUOTA).await.unwrap();
    let mut query = ImageQuery {
        not_any_tags: [tag("no")].into(),
        limit: 3,
        ..any_of(&["a", "b", "c"])
    };
    let mut found: Vec<ImageId> = Vec::new();
    loop {
        let page = store.list(&query).await.unwrap();
        found.extend(page.images.iter().map(|image| image.id()));
        if !page.more {
            break;
        }
        assert_eq!(page.images.len(), 3);
        query.marker = found.last().copied();
        public(&*store, 100, &["a"]).await;
        for id in [found[0], *wanted.last().unwrap()] {
            for text in ["a", "b", "c"] {
                add(&*store, id, &tag(text), NO_QUOTA).await.unwrap();
            }
        }
        if found.len() == 3 {
            delete(&*store, deleted).await.unwrap();
        }
    }
    assert_eq!(found, wanted);
}

/// More tags and values than one statement can have in each of its parts.
pub(crate) async fn lists_with_very_many_tags_are_answered(store: Store) {
    let mut wanted = Vec::new();
    for (second, texts) in [(0, &["t0", "t70"][..]), (1, &["t399"]), (2, &["other"])] {
        wanted.push(public(&*store, second, texts).await);
    }
    let tags = |count| -> BTreeSet<Tag> { (0..count).map(|n| tag(&format!("t{n}"))).collect() };
    let ids_in: BTreeSet<_> = (0..1000).map(|_| ImageId::random().to_string()).collect();
    let of_wanted = wanted.iter().map(ToString::to_string);
    let one_of_many = Filter::Text(Attribute::Id, of_wanted.chain(ids_in).collect());
    for (any, filters, expected) in [
        (tags(100), vec![], &wanted[..1]),
        (tags(100), vec![one_of_many], &wanted[..1]),
        (tags(400), vec![], &wanted[..2]),
    ] {
        let query = ImageQuery {
            any_tags: Some(any),
            filters,
            ..any_of(&[])
        };
        let mut found = ids(&*store, &query).await;
        found.reverse();
        assert_eq!(found, expected);
    }
    let all = ImageQuery {
        tags: tags(400),
        not_all_tags: tags(400),
        not_any_tags: tags(400),
        ..ImageQuery::new(viewer(), 10)
    };
    assert_eq!(ids(&*store, &all).await, []);
}
