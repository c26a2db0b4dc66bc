//! The catalogue of tags.

use image_tags::image::{Image, ImageId, Member, MemberStatus, Viewer, Visibility};
use image_tags::store::{Draft, ImageStore, TagCount, TagPage, TagQuery};

use crate::support::{NO_QUOTA, Store, add, author, create, delete, moment, remove, tag};

fn mine() -> Viewer {
    Viewer::Project("mine".parse().unwrap())
}

fn query(viewer: Viewer) -> TagQuery {
    TagQuery {
        viewer,
        prefix: String::new(),
        after: None,
        limit: 100,
    }
}

/// The tags of a page, each with the number of its images.
fn counted(page: &TagPage) -> Vec<(&str, usize)> {
    let tags = page.tags.iter();
    tags.map(|count| (count.tag.as_str(), count.images))
        .collect()
}

async fn tagged(
    store: &dyn ImageStore,
    owner: &str,
    visibility: Visibility,
    texts: &[&str],
) -> ImageId {
    let edit = |image: &mut Image| {
        image.owner = owner.parse().ok();
        image.visibility = visibility;
        image.tags = texts.iter().map(|text| tag(text)).collect();
    };
    create(store, 0, edit).await
}

pub(crate) async fn the_catalogue_has_the_tags_of_the_images_that_a_viewer_lists(store: Store) {
    use Visibility::{Community, Private, Public, Shared};
    for (owner, visibility, member, hidden, text) in [
        ("mine", Private, None, false, "own-private"),
        ("mine", Community, None, false, "own-community"),
        (
            "mine",
            Shared,
            Some(MemberStatus::Accepted),
            true,
            "own-shared-hidden",
        ),
        ("mine", Public, None, false, "own-public"),
        ("other", Public, None, true, "public-hidden"),
        ("", Public, None, false, "public"),
        (
            "other",
            Shared,
            Some(MemberStatus::Accepted),
            false,
            "accepted",
        ),
        (
            "",
            Shared,
            Some(MemberStatus::Accepted),
            false,
            "accepted-ownerless",
        ),
        (
            "other",
            Shared,
            Some(MemberStatus::Pending),
            false,
            "x-pending",
        ),
        (
            "other",
            Shared,
            Some(MemberStatus::Rejected),
            false,
            "x-rejected",
        ),
        (
            "other",
            Private,
            Some(MemberStatus::Accepted),
            false,
            "x-private",
        ),
        ("other", Community, None, false, "x-community"),
        ("other", Shared, None, false, "x-shared"),
    ] {
        let edit = |image: &mut Image| {
            image.owner = owner.parse().ok();
            (image.visibility, image.hidden) = (visibility, hidden);
            image.tags = [tag(text), tag("every")].into();
            let member = member.map(|status| Member::new(status, moment(0)));
            image.members = member
                .map(|member| ("mine".parse().unwrap(), member))
                .into_iter()
                .collect();
        };
        create(&*store, 0, edit).await;
    }
    let page = store.tags(&query(mine())).await.unwrap();
    let wanted = [
        ("accepted", 1),
        ("accepted-ownerless", 1),
        ("every", 8),
        ("own-community", 1),
        ("own-private", 1),
        ("own-public", 1),
        ("own-shared-hidden", 1),
        ("public", 1),
        ("public-hidden", 1),
    ];
    assert_eq!((counted(&page), page.more), (wanted.to_vec(), false));

    let page = store
        .tags(&query(Viewer::Admin("other".parse().unwrap())))
        .await
        .unwrap();
    assert_eq!(page.tags.len(), 14);
    assert!(counted(&page).contains(&("every", 13)));
    let page = store.tags(&query(Viewer::Nobody)).await.unwrap();
    assert_eq!(page, TagPage::default());
}

pub(crate) async fn the_catalogue_follows_every_change(store: Store) {
    let viewer = mine();
    let check = async |wanted: &[(&str, usize)]| {
        let page = store.tags(&query(viewer.clone())).await.unwrap();
        assert_eq!(counted(&page), wanted);
    };
    let one = tagged(&*store, "mine", Visibility::Private, &["a", "b"]).await;
    let two = tagged(&*store, "other", Visibility::Public, &["b", "c"]).await;
    check(&[("a", 1), ("b", 2), ("c", 1)]).await;
    add(&*store, one, &tag("c"), NO_QUOTA).await.unwrap();
    remove(&*store, one, &tag("a")).await.unwrap();
    check(&[("b", 2), ("c", 2)]).await;

    let set = async |id, edit: &(dyn Fn(&mut Image) + Send + Sync)| {
        let change = |image: &mut Image| {
            edit(image);
            Ok(())
        };
        store.change(id, &author(), &change).await.unwrap();
    };
    set(two, &|image| image.visibility = Visibility::Shared).await;
    check(&[("b", 1), ("c", 1)]).await;
    let accepted = Member::new(MemberStatus::Accepted, moment(0));
    let member = || ("mine".parse().unwrap(), accepted.clone());
    set(two, &|image| image.members = [member()].into()).await;
    check(&[("b", 2), ("c", 2)]).await;
    set(one, &|image| image.owner = "other".parse().ok()).await;
    check(&[("b", 1), ("c", 1)]).await;
    set(two, &|image| image.members.clear()).await;
    check(&[]).await;
    set(one, &|image| image.visibility = Visibility::Public).await;
    check(&[("b", 1), ("c", 1)]).await;
    delete(&*store, one).await.unwrap();
    delete(&*store, two).await.unwrap();
    check(&[]).await;
}

pub(crate) async fn pages_of_the_catalogue_are_in_the_order_of_code_points(store: Store) {
    let mut texts = [
        "",
        " ",
        "A",
        "a",
        "a ",
        "aa",
        "a\u{D7FF}",
        "a\u{E000}",
        "a\u{FFFF}",
        "a\u{10000}",
        "a\u{10FFFF}",
        "a\u{10FFFF}\u{10FFFF}",
        "a😀",
        "b",
        "é",
        "\u{D7FF}",
        "\u{10FFFF}",
    ];
    texts.sort_unstable();
    for (place, text) in texts.iter().enumerate() {
        let (owner, visibility) = [
            ("mine", Visibility::Private),
            ("other", Visibility::Public),
            ("mine", Visibility::Public),
        ][place % 3];
        tagged(&*store, owner, visibility, &[text, "é"]).await;
    }
    for prefix in [
        "",
        "a",
        "a\u{D7FF}",
        "a\u{10FFFF}",
        "\u{10FFFF}",
        "é",
        "\0",
        "zz",
    ] {
        let wanted: Vec<_> = texts
            .iter()
            .filter(|text| text.starts_with(prefix))
            .collect();
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = TagQuery {
                prefix: prefix.to_owned(),
                after,
                limit: 2,
                ..query(mine())
            };
            let page = store.tags(&page).await.unwrap();
            found.extend(page.tags.iter().map(|count| count.tag.clone()));
            assert!(page.tags.len() == 2 || !page.more);
            after = found.last().cloned();
            if !page.more {
                break;
            }
        }
        let found: Vec<_> = found.iter().map(image_tags::image::Tag::as_str).collect();
        assert_eq!(
            found,
            wanted.into_iter().copied().collect::<Vec<_>>(),
            "{prefix:?}"
        );
    }
    for (after, prefix, wanted) in [("b", "a", ""), ("A", "a", "a"), ("a", "a", "a ")] {
        let page = TagQuery {
            prefix: prefix.to_owned(),
            after: Some(tag(after)),
            limit: 1,
            ..query(mine())
        };
        let page = store.tags(&page).await.unwrap();
        let first = page.tags.first().map_or("", |count| count.tag.as_str());
        assert_eq!(first, wanted, "after {after}");
    }
    let long = TagQuery {
        prefix: "a".repeat(256),
        ..query(mine())
    };
    assert_eq!(store.tags(&long).await.unwrap(), TagPage::default());
    let none = TagQuery {
        limit: 0,
        ..query(mine())
    };
    assert!(store.tags(&none).await.unwrap().more);
}

pub(crate) async fn images_of_a_tag_are_counted_up_to_the_maximum(store: Store) {
    let make = |number: usize| {
        let mut image = Image::new(ImageId::random(), moment(0));
        image.owner = "mine".parse().ok();
        image.visibility = [Visibility::Public, Visibility::Private][number % 2];
        image.tags = [tag("all")].into();
        if number > 0 {
            image.tags.insert(tag("all but one"));
        }
        if number < 10 {
            image.tags.insert(tag("few"));
        }
        image
    };
    let images: Vec<_> = (0..=TagCount::MAX_COUNT).map(make).collect();
    let write = |draft: &mut Draft<'_>| {
        for image in &images {
            draft.create(image.clone().try_into().unwrap());
        }
        Ok(())
    };
    store.write(&author(), &write).await.unwrap();
    for viewer in [mine(), Viewer::Admin("other".parse().unwrap())] {
        let page = store.tags(&query(viewer)).await.unwrap();
        let found = page.tags.iter().map(|count| (count.images, count.more));
        assert_eq!(
            found.collect::<Vec<_>>(),
            [(1000, true), (1000, false), (10, false)]
        );
    }
    let other = store
        .tags(&query(Viewer::Project("other".parse().unwrap())))
        .await;
    assert_eq!(
        counted(&other.unwrap()),
        [("all", 501), ("all but one", 500), ("few", 5)]
    );
}
