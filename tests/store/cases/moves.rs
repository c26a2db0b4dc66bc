//! Writes over several images: a tag that moves from one image to another in one step.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use image_tags::image::{ImageId, Refusal, ScopedTag, TagAction, TagEvent, TagScope, Tags, Viewer};
use image_tags::store::{Carriers, Draft, ImageQuery, ImageStore, WriteError, Written};

use crate::support::{Store, at_once, author, create, delete, image, remove, tag, tags};

fn in_project(project: &str) -> ScopedTag {
    ScopedTag {
        tag: tag("current"),
        scope: TagScope::Owner(project.parse().ok()),
    }
}

fn everywhere() -> ScopedTag {
    ScopedTag {
        tag: tag("current"),
        scope: TagScope::Service,
    }
}

/// Puts the tag on the image and takes it from all others in the scope.
async fn move_to(
    store: &dyn ImageStore,
    id: ImageId,
    wanted: &ScopedTag,
) -> Result<Written, WriteError> {
    let write = |draft: &mut Draft<'_>| {
        for carrier in &draft.carriers(wanted)?.images {
            draft.image(*carrier)?.tags.remove(&wanted.tag);
        }
        draft.image(id)?.tags.insert(wanted.tag.clone());
        Ok(())
    };
    store.write(&author(), &write).await
}

/// The images that carry the tag, in one list.
async fn carriers(store: &dyn ImageStore) -> BTreeSet<ImageId> {
    let mut query = ImageQuery::new(Viewer::Admin("admin".parse().unwrap()), 100);
    query.tags = [tag("current")].into();
    let page = store.list(&query).await.unwrap();
    page.images.iter().map(|image| image.id()).collect()
}

async fn owned(store: &dyn ImageStore, second: i64, project: &str) -> ImageId {
    create(store, second, |image| image.owner = project.parse().ok()).await
}

fn line(event: &TagEvent) -> (TagAction, ImageId) {
    (event.action, event.image)
}

pub(crate) async fn a_tag_moves_between_images_in_one_write(store: Store) {
    let ids = [
        owned(&*store, 0, "one").await,
        owned(&*store, 1, "one").await,
    ];
    let wanted = in_project("one");
    let first = move_to(&*store, ids[0], &wanted).await.unwrap();
    assert_eq!(
        first.events.iter().map(line).collect::<Vec<_>>(),
        [(TagAction::Added, ids[0])]
    );
    let second = move_to(&*store, ids[1], &wanted).await.unwrap();
    assert_eq!(
        second.events.iter().map(line).collect::<Vec<_>>(),
        [(TagAction::Removed, ids[0]), (TagAction::Added, ids[1])]
    );
    let all = [first.events, second.events].concat();
    assert!(
        all.is_sorted_by(|one, next| one.id < next.id && one.time <= next.time),
        "{all:?}"
    );
    assert!(
        all.iter()
            .all(|event| event.user == "user" && event.request_id == "req-1")
    );
    assert_eq!(carriers(&*store).await, [ids[1]].into());
    assert_eq!(image(&*store, ids[0]).await.revision(), 2);
    let again = move_to(&*store, ids[1], &wanted).await.unwrap();
    assert!(again.events.is_empty());
    assert_eq!(
        image(&*store, ids[1]).await.revision(),
        1,
        "it was there already"
    );
}

pub(crate) async fn a_write_sees_the_carriers_of_its_scope_only(store: Store) {
    let mut expected = Vec::new();
    for project in ["one", "two", ""] {
        let id = owned(&*store, 0, project).await;
        move_to(&*store, id, &in_project(project)).await.unwrap();
        expected.push(id);
    }
    assert_eq!(
        carriers(&*store).await.len(),
        3,
        "one in each project, and one without an owner"
    );
    for (wanted, ids) in [
        (in_project("one"), &expected[..1]),
        (in_project(""), &expected[2..]),
        (in_project("three"), &[]),
        (everywhere(), &expected[..]),
    ] {
        let seen = std::sync::Mutex::new(Carriers::default());
        let look = |draft: &mut Draft<'_>| {
            seen.lock().unwrap().clone_from(draft.carriers(&wanted)?);
            Ok(())
        };
        store.write(&author(), &look).await.unwrap();
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        let seen = seen.into_inner().unwrap();
        assert_eq!(
            (seen.images, seen.last_event > 0),
            (ids.clone(), !ids.is_empty())
        );
    }
    move_to(&*store, expected[0], &everywhere()).await.unwrap();
    assert_eq!(carriers(&*store).await, [expected[0]].into());
}

pub(crate) async fn a_refused_write_over_several_images_changes_none(store: Store) {
    let ids = [
        owned(&*store, 0, "one").await,
        owned(&*store, 1, "one").await,
    ];
    move_to(&*store, ids[0], &in_project("one")).await.unwrap();
    let refuse_late = |draft: &mut Draft<'_>| {
        draft.image(ids[0])?.tags = Tags::default();
        draft.image(ids[1])?.tags.insert(tag("current"));
        Err(Refusal::NoSuchTag.into())
    };
    let outcome = store.write(&author(), &refuse_late).await;
    assert!(matches!(
        outcome,
        Err(WriteError::Refused(Refusal::NoSuchTag))
    ));
    let missing = ImageId::random();
    let unknown = |draft: &mut Draft<'_>| {
        draft.image(ids[0])?.tags = Tags::default();
        draft.image(missing).map(drop)
    };
    let outcome = store.write(&author(), &unknown).await;
    assert!(matches!(outcome, Err(WriteError::NoSuchImage)));
    let endless = |draft: &mut Draft<'_>| {
        draft.image(ids[0])?.tags = Tags::default();
        draft.image(ImageId::random()).map(drop)
    };
    let outcome = store.write(&author(), &endless).await;
    assert!(outcome.is_err(), "an impure write ends");
    assert_eq!(carriers(&*store).await, [ids[0]].into());
    assert_eq!(image(&*store, ids[0]).await.revision(), 1);
}

pub(crate) async fn a_tag_on_more_images_than_a_write_reads_is_refused(store: Store) {
    for second in 0..=i64::try_from(Carriers::MAX).unwrap() {
        create(&*store, second, |image| {
            image.owner = "one".parse().ok();
            image.tags = [tag("current")].into();
        })
        .await;
    }
    let id = owned(&*store, 0, "one").await;
    let outcome = move_to(&*store, id, &in_project("one")).await;
    assert!(matches!(
        outcome,
        Err(WriteError::Refused(Refusal::TooManyCarriers { .. }))
    ));
    assert!(tags(&*store, id).await.is_empty());
}

pub(crate) async fn concurrent_moves_leave_the_tag_on_one_image_at_every_instant(store: Store) {
    let mut ids = Vec::new();
    for second in 0..8 {
        ids.push(owned(&*store, second, "one").await);
    }
    move_to(&*store, ids[0], &in_project("one")).await.unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn({
        let (store, is_over) = (Arc::clone(&store), Arc::clone(&is_over));
        async move {
            let mut reads = 0;
            while !is_over.load(Ordering::Relaxed) {
                let found = carriers(&*store).await;
                assert_eq!(found.len(), 1, "{found:?}");
                reads += 1;
            }
            reads
        }
    });
    let moves = at_once(0..32, |number| {
        let (store, id) = (Arc::clone(&store), ids[number % ids.len()]);
        async move { move_to(&*store, id, &in_project("one")).await }
    });
    let mut events: Vec<_> = moves
        .await
        .into_iter()
        .flat_map(|outcome| outcome.unwrap().events)
        .collect();
    is_over.store(true, Ordering::Relaxed);
    assert!(reader.await.unwrap() > 0);
    events.sort_by_key(|event| event.id);
    // One line: each move takes the tag from where the move before has put it.
    let mut place = ids[0];
    for pair in events.chunks(2) {
        assert_eq!(line(&pair[0]), (TagAction::Removed, place));
        assert_eq!(pair[1].action, TagAction::Added);
        place = pair[1].image;
    }
    assert_eq!(carriers(&*store).await, [place].into());
}

pub(crate) async fn moves_and_deletions_of_the_carrier_do_not_bring_it_back(store: Store) {
    let mut ids = Vec::new();
    for second in 0..8 {
        ids.push(owned(&*store, second, "one").await);
    }
    let outcomes = at_once(ids.clone(), |id| {
        let store = Arc::clone(&store);
        async move {
            move_to(&*store, id, &in_project("one")).await.unwrap();
            // Another move may have taken it meanwhile.
            let removed = remove(&*store, id, &tag("current")).await;
            assert!(matches!(
                removed,
                Ok(_) | Err(WriteError::Refused(Refusal::NoSuchTag))
            ));
            delete(&*store, id).await
        }
    });
    assert!(outcomes.await.iter().all(Result::is_ok));
    assert!(carriers(&*store).await.is_empty());
}

pub(crate) async fn deleting_an_image_and_changing_its_owner_are_events_of_its_tags(store: Store) {
    let id = create(&*store, 0, |image| {
        image.owner = "one".parse().ok();
        image.tags = [tag("a"), tag("b")].into();
    })
    .await;
    let give = |draft: &mut Draft<'_>| {
        draft.image(id)?.owner = "two".parse().ok();
        Ok(())
    };
    let given = store.write(&author(), &give).await.unwrap().events;
    let seen = |events: &[TagEvent]| {
        let of = |event: &TagEvent| {
            let owner = event.owner.as_ref().unwrap().to_string();
            (event.action, event.tag.to_string(), owner)
        };
        events.iter().map(of).collect::<Vec<_>>()
    };
    let expected =
        |action, owner: &str| ["a", "b"].map(|tag| (action, tag.to_owned(), owner.to_owned()));
    let (lost, won) = (
        expected(TagAction::Removed, "one"),
        expected(TagAction::Added, "two"),
    );
    assert_eq!(seen(&given), [lost, won].concat());
    let deletion = |draft: &mut Draft<'_>| draft.delete(id);
    let gone = store.write(&author(), &deletion).await.unwrap();
    assert_eq!(seen(&gone.events), expected(TagAction::Removed, "two"));
    assert!(gone.images.is_empty());
}
