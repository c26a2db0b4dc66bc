//! The history of tags.

use std::collections::BTreeMap;

use image_tags::image::{
    Image, ImageId, Member, MemberStatus, Reason, ScopedTag, TagAction, TagEvent, TagScope, Viewer,
    Visibility,
};
use image_tags::store::{Author, Draft, HistoryQuery, HistorySubject, ImageStore, Memory, Pruned};
use jiff::Timestamp;

use crate::support::{NO_QUOTA, Store, add, author, create, delete, moment, remove, tag};

pub(super) fn mine() -> Viewer {
    Viewer::Project("mine".parse().unwrap())
}

pub(super) fn admin() -> Viewer {
    Viewer::Admin("admins".parse().unwrap())
}

pub(super) fn query(viewer: Viewer, subject: HistorySubject) -> HistoryQuery {
    HistoryQuery {
        viewer,
        subject,
        before: None,
        limit: 100,
    }
}

pub(super) fn of_tag(text: &str) -> HistorySubject {
    HistorySubject::Tag(tag(text))
}

fn in_scope(text: &str, scope: TagScope) -> ScopedTag {
    ScopedTag {
        tag: tag(text),
        scope,
    }
}

/// The actions and tags of a history, newest first.
async fn lines(store: &dyn ImageStore, query: &HistoryQuery) -> Vec<String> {
    let page = store.history(query).await.unwrap();
    let ids: Vec<_> = page.events.iter().map(|event| event.id).collect();
    assert!(ids.is_sorted_by(|one, other| one > other), "{ids:?}");
    let events = page.events.iter();
    events
        .map(|event| format!("{} {}", event.action, event.tag))
        .collect()
}

async fn all_events(store: &dyn ImageStore) -> Vec<TagEvent> {
    let mut events: Vec<TagEvent> = Vec::new();
    loop {
        let after = events.last().map_or(0, |event| event.id);
        let page = store.events_after(after, 3).await.unwrap();
        assert!(page.events.len() == 3 || !page.more);
        events.extend(page.events);
        if !page.more {
            return events;
        }
    }
}

/// The events without their ids, which differ between stores.
fn without_ids(events: &[TagEvent]) -> Vec<TagEvent> {
    let events = events.iter().cloned();
    events.map(|event| TagEvent { id: 0, ..event }).collect()
}

fn an_event(image: ImageId, second: i64, text: &str, action: TagAction) -> TagEvent {
    TagEvent {
        id: 0,
        time: moment(second),
        image,
        tag: tag(text),
        action,
        owner: "mine".parse().ok(),
        visibility: Visibility::Private,
        user: "user".to_owned(),
        project: None,
        request_id: "req-1".to_owned(),
        reason: None,
    }
}

pub(crate) async fn an_event_keeps_everything_that_is_known_of_a_change(store: Store) {
    let id = create(&*store, 0, |image| {
        image.owner = "mine".parse().ok();
        image.visibility = Visibility::Community;
    });
    let id = id.await;
    let (project, reason) = (
        "p 'é".parse().unwrap(),
        "it's tested 😀".parse::<Reason>().unwrap(),
    );
    let by = Author {
        user: "u\"ser",
        project: Some(&project),
        request_id: "req-é",
        reason: Some(&reason),
    };
    let change = |image: &mut Image| {
        image.tags.insert(tag("a b"));
        Ok(())
    };
    let changed = store.change(id, &by, &change).await.unwrap();
    let page = store
        .history(&query(mine(), HistorySubject::Image(id)))
        .await
        .unwrap();
    let [event] = &page.events[..] else {
        panic!("{page:?}");
    };
    let wanted = TagEvent {
        id: event.id,
        time: changed.updated_at(),
        image: id,
        tag: tag("a b"),
        action: TagAction::Added,
        owner: "mine".parse().ok(),
        visibility: Visibility::Community,
        user: "u\"ser".to_owned(),
        project: Some(project.clone()),
        request_id: "req-é".to_owned(),
        reason: Some(reason.clone()),
    };
    assert_eq!((event, page.more), (&wanted, false));
    let last = store.last_event(&in_scope("a b", TagScope::Service)).await;
    assert_eq!(last.unwrap(), event.id);
}

pub(crate) async fn a_history_has_what_its_viewer_saw(store: Store) {
    use Visibility::{Community, Private, Public, Shared};
    let mut wanted = Vec::new();
    for (owner, visibility, is_member, is_deleted, is_visible) in [
        ("mine", Private, false, false, true),
        ("mine", Private, false, true, true),
        ("other", Private, false, false, false),
        ("other", Private, true, false, false),
        ("other", Public, false, true, true),
        ("other", Community, false, false, true),
        ("other", Shared, false, false, false),
        ("other", Shared, false, true, false),
        ("other", Shared, true, false, true),
        ("", Private, false, false, false),
        ("", Public, false, false, true),
    ] {
        let member = Member::new(MemberStatus::Pending, moment(0));
        let edit = |image: &mut Image| {
            image.owner = owner.parse().ok();
            image.visibility = visibility;
            image.tags = [tag("x"), tag("y")].into();
            if is_member {
                image.members = [("mine".parse().unwrap(), member)].into();
            }
        };
        let id = create(&*store, 0, edit).await;
        if is_deleted {
            delete(&*store, id).await.unwrap();
        }
        let of_image = query(mine(), HistorySubject::Image(id));
        let events = store.history(&of_image).await.unwrap().events;
        let expected = if is_deleted { 4 } else { 2 };
        assert_eq!(events.len(), if is_visible { expected } else { 0 });
        let of_image = query(admin(), HistorySubject::Image(id));
        assert_eq!(
            store.history(&of_image).await.unwrap().events.len(),
            expected
        );
        let of_image = query(Viewer::Nobody, HistorySubject::Image(id));
        assert_eq!(store.history(&of_image).await.unwrap().events, []);
        wanted.extend(events.into_iter().filter(|event| event.tag == tag("x")));
    }
    wanted.sort_by_key(|event| std::cmp::Reverse(event.id));
    let of_tag = query(mine(), of_tag("x"));
    assert_eq!(store.history(&of_tag).await.unwrap().events, wanted);
    for (owner, number) in [(Some("mine"), 3), (Some("other"), 4), (None, 1)] {
        let owner = owner.map(|owner| owner.parse().unwrap());
        let scope = in_scope("x", TagScope::Owner(owner.clone()));
        let of_owner = query(mine(), HistorySubject::Scope(scope.clone()));
        let expected = wanted.iter().filter(|event| event.owner == owner).cloned();
        let found = store.history(&of_owner).await.unwrap().events;
        assert_eq!(found, expected.collect::<Vec<_>>());
        assert_eq!(found.len(), number);
        let of_owner = query(admin(), HistorySubject::Scope(scope.clone()));
        let all = store.history(&of_owner).await.unwrap().events;
        assert_eq!(store.last_event(&scope).await.unwrap(), all[0].id);
    }
    let everywhere = HistorySubject::Scope(in_scope("x", TagScope::Service));
    assert_eq!(
        store
            .history(&query(mine(), everywhere))
            .await
            .unwrap()
            .events,
        wanted
    );
}

pub(crate) async fn pages_of_a_history_are_newest_first_and_exact_while_it_grows(store: Store) {
    let id = create(&*store, 0, |image| image.owner = "mine".parse().ok()).await;
    for _ in 0..4 {
        add(&*store, id, &tag("a"), NO_QUOTA).await.unwrap();
        add(&*store, id, &tag("b"), NO_QUOTA).await.unwrap();
        remove(&*store, id, &tag("a")).await.unwrap();
        remove(&*store, id, &tag("b")).await.unwrap();
    }
    let wanted = lines(&*store, &query(mine(), HistorySubject::Image(id))).await;
    assert_eq!(wanted.len(), 16);
    assert_eq!(
        wanted[..4],
        ["removed b", "removed a", "added b", "added a"]
    );
    for subject in [HistorySubject::Image(id), of_tag("a")] {
        let whole = lines(&*store, &query(mine(), subject.clone())).await;
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let page = HistoryQuery {
                before,
                limit: 3,
                ..query(mine(), subject.clone())
            };
            let page = store.history(&page).await.unwrap();
            assert!(page.events.len() == 3 || !page.more);
            found.extend(
                page.events
                    .iter()
                    .map(|event| format!("{} {}", event.action, event.tag)),
            );
            before = page.events.last().map(|event| event.id);
            add(&*store, id, &tag("a"), NO_QUOTA).await.unwrap();
            remove(&*store, id, &tag("a")).await.unwrap();
            if !page.more {
                break;
            }
        }
        assert_eq!(found, whole);
    }
    let none = HistoryQuery {
        limit: 0,
        ..query(mine(), of_tag("a"))
    };
    let none = store.history(&none).await.unwrap();
    assert_eq!((none.events, none.more), (Vec::new(), true));
}

pub(crate) async fn the_latest_addition_tells_who_put_a_tag_where_it_is(store: Store) {
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(create(&*store, 0, |_| {}).await);
    }
    for (id, text) in [(ids[0], "a"), (ids[0], "b"), (ids[1], "b"), (ids[1], "a")] {
        add(&*store, id, &tag(text), NO_QUOTA).await.unwrap();
    }
    remove(&*store, ids[0], &tag("a")).await.unwrap();
    add(&*store, ids[0], &tag("a"), NO_QUOTA).await.unwrap();
    remove(&*store, ids[1], &tag("a")).await.unwrap();
    let asked = [ids[1], ids[2], ids[0], ImageId::random()];
    let found = store.latest_additions(&tag("a"), &asked).await.unwrap();
    let found: Vec<_> = found
        .into_iter()
        .map(|event| event.map(|event| (event.image, event.id)))
        .collect();
    let whole = store
        .history(&query(admin(), of_tag("a")))
        .await
        .unwrap()
        .events;
    let newest = |id| {
        let mut of_image = whole.iter().filter(|event| event.image == id);
        let newest = of_image.find(|event| event.action == TagAction::Added);
        newest.map(|event| (event.image, event.id))
    };
    assert_eq!(found, asked.map(newest));
    assert_eq!(found.iter().flatten().count(), 2);

    let many: Vec<_> = (0..1000)
        .map(|_| ImageId::random())
        .chain([ids[0]])
        .collect();
    let found = store.latest_additions(&tag("a"), &many).await.unwrap();
    assert_eq!(found.len(), 1001);
    assert_eq!(found.iter().flatten().count(), 1);
    assert!(found[1000].is_some());
    assert_eq!(store.latest_additions(&tag("a"), &[]).await.unwrap(), []);
}

pub(crate) async fn a_history_is_exported_and_imported_once(store: Store) {
    let other = Memory::new();
    let id = create(&other, 0, |image| image.tags = [tag("a"), tag("b")].into()).await;
    for text in ["c", "d"] {
        add(&other, id, &tag(text), NO_QUOTA).await.unwrap();
        remove(&other, id, &tag(text)).await.unwrap();
    }
    let exported = all_events(&other).await;
    assert_eq!(exported.len(), 6);
    let own = create(&*store, 0, |image| image.tags = [tag("own")].into()).await;
    assert_eq!(store.import_events(&exported[..4]).await.unwrap(), 4);
    assert_eq!(store.import_events(&exported).await.unwrap(), 2);
    assert_eq!(store.import_events(&exported).await.unwrap(), 0);
    let twice = [exported[0].clone(), exported[0].clone()];
    assert_eq!(store.import_events(&twice).await.unwrap(), 0);
    assert_eq!(store.import_events(&[]).await.unwrap(), 0);
    let all = all_events(&*store).await;
    assert_eq!(all[0].image, own);
    assert_eq!(without_ids(&all[1..]), without_ids(&exported));
    assert!(all.is_sorted_by_key(|event| event.id));

    // An event at the same time is another one if its image, tag or action is.
    let event = an_event(id, 0, "x", TagAction::Added);
    let others = [
        event.clone(),
        event.clone(),
        TagEvent {
            tag: tag("y"),
            ..event.clone()
        },
        TagEvent {
            action: TagAction::Removed,
            ..event.clone()
        },
        TagEvent {
            image: own,
            ..event.clone()
        },
        TagEvent {
            time: moment(1),
            ..event
        },
    ];
    assert_eq!(store.import_events(&others).await.unwrap(), 5);
}

async fn prune(store: &dyn ImageStore, before: Timestamp, limit: usize) -> usize {
    let (mut removed, mut after) = (0, Some(0));
    while let Some(from) = after {
        let part: Pruned = store.prune_history(before, from, limit).await.unwrap();
        assert!(part.removed <= limit && part.next.is_none_or(|next| next > from));
        removed += part.removed;
        after = part.next;
    }
    removed
}

pub(crate) async fn old_events_are_removed_but_not_what_is_needed(store: Store) {
    use TagAction::{Added, Removed};
    let restored = |texts: &[&str]| {
        let mut image = Image::new(ImageId::random(), moment(0));
        image.owner = "mine".parse().ok();
        image.tags = texts.iter().map(|text| tag(text)).collect();
        image
    };
    let mut of_nobody = restored(&["d", "e"]);
    of_nobody.owner = None;
    let images = [
        restored(&["a", "b"]),
        restored(&["a"]),
        restored(&[]),
        of_nobody,
    ];
    let write = |draft: &mut Draft<'_>| {
        for image in &images {
            draft.restore(image.clone().try_into().unwrap())?;
        }
        Ok(())
    };
    store.write(&author(), &write).await.unwrap();
    let [one, two, three, four] = images.each_ref().map(Image::id);
    let owned_by = |owner: &str, event| TagEvent {
        owner: owner.parse().ok(),
        ..event
    };
    // Each event, and whether it is kept if all are old enough.
    let events = [
        (an_event(one, 1, "a", Added), false),
        (an_event(one, 2, "a", Removed), false),
        (an_event(one, 3, "a", Added), true),
        (an_event(one, 4, "b", Added), true),
        (an_event(two, 5, "b", Added), false),
        // No event of the tag and the project is newer, and another image of it has the tag.
        (an_event(two, 6, "b", Removed), true),
        (an_event(three, 7, "a", Added), false),
        (an_event(three, 8, "a", Removed), false),
        (an_event(two, 9, "a", Added), true),
        // No image of the owner has the tag.
        (an_event(three, 10, "c", Added), false),
        (an_event(three, 11, "c", Removed), false),
        (owned_by("", an_event(three, 12, "c", Added)), false),
        (owned_by("", an_event(three, 13, "c", Removed)), false),
        (owned_by("other", an_event(three, 14, "b", Added)), false),
        (owned_by("", an_event(three, 15, "e", Removed)), true),
        (owned_by("", an_event(four, 16, "d", Added)), true),
        // What was added later is newer, although its event came to the history before.
        (owned_by("", an_event(four, 15, "d", Added)), false),
        (owned_by("", an_event(four, 17, "d", Removed)), false),
        (owned_by("", an_event(three, 18, "d", Removed)), true),
    ];
    let all: Vec<_> = events.iter().map(|(event, _)| event.clone()).collect();
    store.import_events(&all).await.unwrap();
    assert_eq!(prune(&*store, moment(1), 100).await, 0, "none is older");
    assert_eq!(prune(&*store, moment(2), 100).await, 1, "one is older");
    for limit in [2, 100] {
        prune(&*store, moment(100), limit).await;
        let kept: Vec<_> = events.iter().filter(|(_, is_kept)| *is_kept).collect();
        let kept: Vec<_> = kept.into_iter().map(|(event, _)| event.clone()).collect();
        assert_eq!(without_ids(&all_events(&*store).await), kept);
    }

    // The tag is still on the image, but the newest event of its project is another one.
    let found = store
        .latest_additions(&tag("a"), &[one, two, three])
        .await
        .unwrap();
    let times: Vec<_> = found
        .iter()
        .map(|event| event.as_ref().map(|event| event.time))
        .collect();
    assert_eq!(times, [Some(moment(3)), Some(moment(9)), None]);
}

pub(crate) async fn members_of_a_deleted_image_see_its_history_as_long_as_it_is_kept(store: Store) {
    let mut ids = BTreeMap::new();
    for (second, text) in [(1, "old"), (2, "new")] {
        let edit = |image: &mut Image| {
            image.owner = "other".parse().ok();
            let member = Member::new(MemberStatus::Accepted, moment(0));
            image.members = [("mine".parse().unwrap(), member)].into();
        };
        let id = create(&*store, 0, edit).await;
        let event = TagEvent {
            visibility: Visibility::Shared,
            owner: "other".parse().ok(),
            ..an_event(id, second, "t", TagAction::Added)
        };
        store.import_events(&[event]).await.unwrap();
        delete(&*store, id).await.unwrap();
        ids.insert(text, id);
    }
    let number = async |text: &str| {
        let query = query(mine(), HistorySubject::Image(ids[text]));
        store.history(&query).await.unwrap().events.len()
    };
    assert_eq!((number("old").await, number("new").await), (1, 1));
    let of_owner = in_scope("t", TagScope::Owner("other".parse().ok()));
    for subject in [of_tag("t"), HistorySubject::Scope(of_owner)] {
        let events = store.history(&query(mine(), subject)).await.unwrap().events;
        assert_eq!(events.len(), 2);
    }
    assert_eq!(prune(&*store, moment(2), 1).await, 1);
    assert_eq!((number("old").await, number("new").await), (0, 1));
    let event = TagEvent {
        visibility: Visibility::Shared,
        owner: "other".parse().ok(),
        ..an_event(ids["old"], 3, "t", TagAction::Added)
    };
    store.import_events(&[event]).await.unwrap();
    assert_eq!(number("old").await, 0, "its members are no longer known");
}
