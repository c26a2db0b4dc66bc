//! Concurrent writes, of which none undoes another.

use std::collections::BTreeSet;
use std::sync::Arc;

use image_tags::image::{Image, ImageId, Member, MemberStatus, Quota, Refusal};
use image_tags::store::WriteError;

use crate::support::{
    NO_QUOTA, Store, add, at_once, author, create, delete, image, moment, remove, replacing, tag,
    tags,
};

pub(crate) async fn of_concurrent_creates_with_one_id_only_one_succeeds(store: Store) {
    let wanted = Image::new(ImageId::random(), moment(0));
    let outcomes = at_once(0..16, |_| {
        let (store, wanted) = (Arc::clone(&store), wanted.clone());
        async move { store.create(wanted.try_into().unwrap(), &author()).await }
    });
    let outcomes = outcomes.await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(
        outcomes
            .iter()
            .all(|outcome| matches!(outcome, Ok(_) | Err(WriteError::Exists)))
    );
}

pub(crate) async fn concurrent_adds_of_different_tags_are_all_kept(store: Store) {
    let id = create(&*store, 0, |_| {}).await;
    let names: BTreeSet<_> = (0..64).map(|number| format!("tag-{number}")).collect();
    let outcomes = at_once(names.clone(), |name| {
        let store = Arc::clone(&store);
        async move { add(&*store, id, &tag(&name), NO_QUOTA).await }
    });
    assert!(outcomes.await.iter().all(Result::is_ok));
    assert_eq!(tags(&*store, id).await, names);
    assert_eq!(image(&*store, id).await.revision(), 64);
}

pub(crate) async fn concurrent_adds_of_the_same_tag_store_it_once(store: Store) {
    let id = create(&*store, 0, |_| {}).await;
    let outcomes = at_once(0..64, |_| {
        let store = Arc::clone(&store);
        async move { add(&*store, id, &tag("x"), NO_QUOTA).await }
    });
    assert!(outcomes.await.iter().all(Result::is_ok));
    assert_eq!(tags(&*store, id).await, ["x".to_owned()].into());
    assert_eq!(image(&*store, id).await.revision(), 1);
    remove(&*store, id, &tag("x")).await.unwrap();
    assert_eq!(tags(&*store, id).await, [].into());
}

pub(crate) async fn concurrent_adds_stop_exactly_at_the_quota(store: Store) {
    let id = create(&*store, 0, |image| {
        image.tags = (0..120)
            .map(|number| tag(&format!("old-{number}")))
            .collect();
    })
    .await;
    let outcomes = at_once(0..64, |number| {
        let store = Arc::clone(&store);
        async move { add(&*store, id, &tag(&format!("new-{number}")), 128).await }
    });
    let outcomes = outcomes.await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 8);
    let refused = |outcome: &Result<_, _>| {
        matches!(
            outcome,
            Err(WriteError::Refused(Refusal::TooManyTags {
                attempted: 129,
                maximum: 128
            }))
        )
    };
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome.is_ok() || refused(outcome))
    );
    assert_eq!(tags(&*store, id).await.len(), 128);
}

pub(crate) async fn concurrent_adds_and_removes_do_not_undo_each_other(store: Store) {
    let id = create(&*store, 0, |image| {
        image.tags = (0..32)
            .map(|number| tag(&format!("old-{number}")))
            .collect();
    })
    .await;
    let outcomes = at_once(0..64, |number| {
        let store = Arc::clone(&store);
        async move {
            match number {
                0..32 => remove(&*store, id, &tag(&format!("old-{number}"))).await,
                _ => add(&*store, id, &tag(&format!("new-{number}")), NO_QUOTA).await,
            }
        }
    });
    assert!(outcomes.await.iter().all(Result::is_ok));
    assert_eq!(
        tags(&*store, id).await,
        (32..64).map(|number| format!("new-{number}")).collect()
    );
}

pub(crate) async fn concurrent_changes_of_properties_undo_no_tag(store: Store) {
    let id = create(&*store, 0, |_| {}).await;
    let outcomes = at_once(0..64, |number| {
        let store = Arc::clone(&store);
        async move {
            let name = format!("n{number}");
            if number % 2 == 0 {
                return add(&*store, id, &tag(&name), NO_QUOTA).await;
            }
            let change = |image: &mut Image| {
                let (name, value) = (name.parse().unwrap(), name.parse().unwrap());
                image.properties.insert(name, value);
                Ok(())
            };
            store.change(id, &author(), &change).await
        }
    });
    assert!(outcomes.await.iter().all(Result::is_ok));
    let image = image(&*store, id).await;
    assert_eq!((image.tags.len(), image.properties.len()), (32, 32));
}

pub(crate) async fn a_change_does_not_mistake_a_new_image_for_the_old_one_with_its_id(
    store: Store,
) {
    let id = create(&*store, 0, |image| image.tags = [tag("old")].into()).await;
    let replace = replacing(&store, id, |image| image.tags = [tag("new")].into());
    let change = |image: &mut Image| {
        replace();
        image.add_tag(&tag("added"), Quota::new(NO_QUOTA))
    };
    let after = store.change(id, &author(), &change).await.unwrap();
    assert_eq!(after.tags, ["added", "new"].map(tag).into());
    assert_eq!(after, image(&*store, id).await);
}

/// A change that was acknowledged after the deletion would be lost.
pub(crate) async fn no_change_is_acknowledged_after_a_concurrent_deletion(store: Store) {
    for _ in 0..20 {
        let id = create(&*store, 0, |_| {}).await;
        let outcomes = at_once(0..8, |number| {
            let store = Arc::clone(&store);
            async move {
                match number {
                    0 => delete(&*store, id).await.map(|()| None),
                    _ => add(&*store, id, &tag(&format!("tag-{number}")), NO_QUOTA)
                        .await
                        .map(Some),
                }
            }
        });
        for outcome in outcomes.await {
            assert!(matches!(outcome, Ok(_) | Err(WriteError::NoSuchImage)));
        }
        assert_eq!(store.image(id).await.unwrap(), None);
    }
}

pub(crate) async fn of_concurrent_deletions_of_one_image_only_one_succeeds(store: Store) {
    for _ in 0..20 {
        let id = create(&*store, 0, |image| {
            let member = || Member::new(MemberStatus::Pending, moment(0));
            image.members = ["one", "other"]
                .map(|project| (project.parse().unwrap(), member()))
                .into();
        })
        .await;
        let outcomes = at_once(0..8, |_| {
            let store = Arc::clone(&store);
            async move { delete(&*store, id).await }
        });
        let outcomes = outcomes.await;
        let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        let late = |outcome: &&Result<_, _>| matches!(outcome, Err(WriteError::NoSuchImage));
        let late = outcomes.iter().filter(late).count();
        assert_eq!((done, late), (1, 7), "{outcomes:?}");
    }
}
