//! Random pages of the catalogue of tags: a store against the plain meaning.

use std::collections::BTreeMap;
use std::sync::Arc;

use image_tags::image::{Image, MemberStatus, Tag, Viewer, Visibility};
use image_tags::store::{ImageStore, TagQuery};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::random_lists::{image, project, text};
use crate::support::{Kept, author, tag};

fn query() -> impl Strategy<Value = TagQuery> {
    let viewer = prop_oneof![
        1 => Just(Viewer::Nobody),
        12 => project().prop_map(Viewer::Project),
        6 => project().prop_map(Viewer::Admin),
    ];
    (
        viewer,
        text(),
        prop::option::of(text()),
        0_usize..6,
        any::<bool>(),
    )
        .prop_map(|(viewer, prefix, after, limit, has_prefix)| TagQuery {
            viewer,
            prefix: if has_prefix { prefix } else { String::new() },
            after: after.map(|text| tag(&text)),
            limit,
        })
}

fn is_listed(image: &Image, viewer: &Viewer) -> bool {
    match viewer {
        Viewer::Nobody => false,
        Viewer::Admin(_) => true,
        Viewer::Project(project) => {
            let member = image.members.get(project);
            image.owner.as_ref() == Some(project)
                || image.visibility == Visibility::Public
                || (image.visibility == Visibility::Shared
                    && member.is_some_and(|member| member.status == MemberStatus::Accepted))
        }
    }
}

/// The tags on the page with the numbers of their images, and whether more follow.
fn expected(images: &[Image], query: &TagQuery) -> (Vec<(Tag, usize)>, bool) {
    let mut counts = BTreeMap::<Tag, usize>::new();
    let listed = images
        .iter()
        .filter(|image| is_listed(image, &query.viewer));
    for tag in listed.flat_map(|image| &image.tags) {
        *counts.entry(tag.clone()).or_default() += 1;
    }
    counts.retain(|tag, _| {
        let follows = query.after.as_ref().is_none_or(|after| tag > after);
        follows && tag.as_str().starts_with(&query.prefix)
    });
    let more = counts.len() > query.limit;
    (counts.into_iter().take(query.limit).collect(), more)
}

async fn compare(store: Arc<dyn ImageStore>, images: Vec<Image>, queries: Vec<TagQuery>) {
    for image in &images {
        let image = image.clone().try_into().unwrap();
        store.create(image, &author()).await.unwrap();
    }
    for query in queries {
        let page = store.tags(&query).await.unwrap();
        let found = page.tags.into_iter().map(|count| (count.tag, count.images));
        assert_eq!(
            (found.collect(), page.more),
            expected(&images, &query),
            "{query:#?}"
        );
    }
}

/// Sends random queries to a new store with random images, and compares the pages with what they
/// have to be.
pub(crate) fn check<F: Future<Output = Arc<dyn ImageStore>>>(new_store: fn() -> F, kept: Kept) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    proptest!(ProptestConfig::with_cases(24), |(images in vec(image(), 1..16), queries in vec(query(), 24))| {
        let images = images.into_iter().map(kept.part).collect();
        runtime.block_on(async { compare(new_store().await, images, queries).await });
    });
}
