//! Lists and their pages.

use std::collections::BTreeSet;

use image_tags::identity::ProjectId;
use image_tags::image::{Image, ImageId, Member, MemberStatus, Quota, Status, Viewer, Visibility};
use image_tags::store::{ImageQuery, ListError, Page};

use crate::support::{
    NO_QUOTA, Store, add, author, create, delete, ids, moment, query, remove, tag,
};

pub(crate) async fn lists_are_newest_first_and_then_by_id(store: Store) {
    let mut wanted = Vec::new();
    for second in [2, 1, 3, 2, 1, 2] {
        wanted.push((moment(second), create(&*store, second, |_| {}).await));
    }
    wanted.sort();
    wanted.reverse();
    let wanted: Vec<_> = wanted.into_iter().map(|(_, id)| id).collect();
    assert_eq!(ids(&*store, &Viewer::Admin("admins".into())).await, wanted);
}

pub(crate) async fn lists_show_what_the_viewer_sees(store: Store) {
    use Visibility::{Community, Private, Public, Shared};
    let mut listed = BTreeSet::new();
    let (viewer, project) = (Viewer::Project("mine".into()), ProjectId::from("mine"));
    for (owner, visibility, member, hidden, is_listed) in [
        ("mine", Private, None, false, true),
        ("mine", Community, None, false, true),
        ("mine", Shared, None, false, true),
        ("mine", Private, None, true, false),
        ("other", Public, None, false, true),
        ("other", Public, None, true, false),
        ("other", Community, None, false, false),
        ("other", Private, Some(MemberStatus::Accepted), false, false),
        ("other", Shared, None, false, false),
        ("other", Shared, Some(MemberStatus::Pending), false, false),
        ("other", Shared, Some(MemberStatus::Rejected), false, false),
        ("other", Shared, Some(MemberStatus::Accepted), false, true),
    ] {
        let id = create(&*store, 0, |image| {
            image.owner = Some(owner.into());
            image.visibility = visibility;
            image.members = member
                .map(|status| (project.clone(), Member::new(status, moment(0))))
                .into_iter()
                .collect();
            image.hidden = hidden;
        });
        let id = id.await;
        if is_listed {
            listed.insert(id);
        }
    }
    assert_eq!(
        ids(&*store, &viewer)
            .await
            .into_iter()
            .collect::<BTreeSet<_>>(),
        listed
    );
    // All but the hidden ones and the community image of another project.
    assert_eq!(ids(&*store, &Viewer::Admin("mine".into())).await.len(), 9);
    assert_eq!(ids(&*store, &Viewer::Nobody).await.len(), 0);
}

pub(crate) async fn pages_hold_every_image_once_while_images_are_added(store: Store) {
    let mut old = BTreeSet::new();
    for number in 0..10 {
        old.insert(create(&*store, number / 3, |_| {}).await);
    }
    let (mut found, mut marker) = (Vec::new(), None);
    loop {
        let page = store
            .list(&query(&Viewer::Admin("admins".into()), marker, 3))
            .await
            .unwrap();
        create(&*store, 100, |_| {}).await;
        found.extend(page.images.iter().map(|image| image.id()));
        marker = found.last().copied();
        if !page.more {
            break;
        }
    }
    assert_eq!(found.len(), 10);
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), old);
}

pub(crate) async fn a_marker_that_the_viewer_cannot_see_is_refused(store: Store) {
    let id = create(&*store, 0, |image| image.visibility = Visibility::Private).await;
    let viewer = Viewer::Project("mine".into());
    for marker in [id, ImageId::random()] {
        let outcome = store.list(&query(&viewer, Some(marker), 3)).await;
        assert!(matches!(outcome, Err(ListError::NoSuchMarker)));
    }
}

/// `all` returns hidden and killed images too.
pub(crate) async fn all_images_are_read_by_id_in_pages(store: Store) {
    let mut wanted = BTreeSet::new();
    for second in 0..7 {
        let edit = |image: &mut Image| {
            image.hidden = second % 2 == 0;
            image.status = if second % 3 == 0 {
                Status::Killed
            } else {
                Status::Active
            };
        };
        wanted.insert(create(&*store, second, edit).await);
    }
    let mut found: Vec<ImageId> = Vec::new();
    loop {
        let part = store.all(found.last().copied(), 3).await.unwrap();
        assert!(part.images.len() <= 3);
        found.extend(part.images.iter().map(|image| image.id()));
        if !part.more {
            break;
        }
    }
    assert_eq!(found, wanted.into_iter().collect::<Vec<_>>());
}

pub(crate) async fn lists_by_tag_follow_every_change(store: Store) {
    let listed = async |wanted: &[&str]| {
        let query = ImageQuery {
            tags: wanted.iter().map(|text| tag(text)).collect(),
            ..ImageQuery::new(Viewer::Admin("admins".into()), 1000)
        };
        let page = store.list(&query).await.unwrap();
        page.images
            .iter()
            .map(|image| image.id())
            .collect::<Vec<_>>()
    };
    let old = create(&*store, 1, |image| image.tags = ["a", "b"].map(tag).into()).await;
    let new = create(&*store, 2, |image| image.tags = ["a", "A"].map(tag).into()).await;
    assert_eq!(listed(&["a"]).await, [new, old]);
    assert_eq!(listed(&["a", "b"]).await, [old]);
    assert_eq!(listed(&["A"]).await, [new]);
    assert_eq!(listed(&["a", "nope"]).await, []);

    add(&*store, new, &tag("b"), NO_QUOTA).await.unwrap();
    remove(&*store, old, &tag("a")).await.unwrap();
    assert_eq!(listed(&["b"]).await, [new, old]);
    assert_eq!(listed(&["a"]).await, [new]);
    delete(&*store, new).await.unwrap();
    assert_eq!(listed(&["b"]).await, [old]);
    assert_eq!(listed(&["a"]).await, []);
}

pub(crate) async fn lists_by_tag_follow_owner_and_visibility(store: Store) {
    let viewer = Viewer::Project("mine".into());
    let listed = async || {
        let query = ImageQuery {
            tags: [tag("x")].into(),
            ..ImageQuery::new(viewer.clone(), 10)
        };
        store.list(&query).await.unwrap().images.len()
    };
    let id = create(&*store, 0, |image| image.tags = [tag("x")].into()).await;
    let set = async |owner: &str, visibility| {
        let change = |image: &mut Image| {
            (image.owner, image.visibility) = (Some(owner.into()), visibility);
            Ok(())
        };
        store.change(id, &author(), &change).await.unwrap();
    };
    assert_eq!(listed().await, 0);
    set("mine", Visibility::Private).await;
    assert_eq!(listed().await, 1);
    set("other", Visibility::Private).await;
    assert_eq!(listed().await, 0);
    set("other", Visibility::Public).await;
    assert_eq!(listed().await, 1);
    set("other", Visibility::Shared).await;
    assert_eq!(listed().await, 0);
    store
        .change(id, &author(), &|image| {
            image.add_member(&"mine".into(), Quota::new(1))
        })
        .await
        .unwrap();
    store
        .change(id, &author(), &|image| {
            image.set_member_status(&"mine".into(), MemberStatus::Accepted)
        })
        .await
        .unwrap();
    assert_eq!(listed().await, 1);
}

pub(crate) async fn a_page_ends_before_it_exceeds_its_maximum_size(store: Store) {
    let mut wanted = BTreeSet::new();
    for second in 0..5 {
        let edit = |image: &mut Image| {
            image.properties = (0..24)
                .map(|number| (format!("p{number}"), "x".repeat(65_535)))
                .collect();
        };
        wanted.insert(create(&*store, second, edit).await);
    }
    let viewer = Viewer::Admin("admins".into());
    let (mut listed, mut all) = (Vec::new(), Vec::new());
    for _ in 0..wanted.len() {
        let page = store
            .list(&query(&viewer, listed.last().copied(), 10))
            .await
            .unwrap();
        assert!(!page.images.is_empty() && page.size() <= Page::MAX_SIZE);
        listed.extend(page.images.iter().map(|image| image.id()));
        assert_eq!(page.more, listed.len() < wanted.len());
        if !page.more {
            break;
        }
    }
    for _ in 0..wanted.len() {
        let page = store.all(all.last().copied(), 10).await.unwrap();
        assert!(!page.images.is_empty() && page.size() <= Page::MAX_SIZE);
        all.extend(page.images.iter().map(|image| image.id()));
        if !page.more {
            break;
        }
    }
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), wanted);
    assert_eq!(all, wanted.into_iter().collect::<Vec<_>>());
}
