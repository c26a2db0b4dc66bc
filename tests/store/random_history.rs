//! Random histories: a store against the plain meaning.

use std::collections::BTreeSet;
use std::sync::Arc;

use image_tags::identity::ProjectId;
use image_tags::image::{
    Image, ImageId, Member, MemberStatus, ScopedTag, TagAction, TagEvent, TagScope, Viewer,
    Visibility,
};
use image_tags::store::{Draft, HistoryQuery, HistorySubject, ImageStore};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use strum::VariantArray as _;

use crate::random_lists::{project, text};
use crate::support::{Kept, author, delete, moment, tag};

/// An image of the history: its tags, owner and members, and whether it is deleted in the end.
#[derive(Clone, Debug)]
struct Subject {
    image: Image,
    is_deleted: bool,
}

impl Subject {
    /// The part of it that a store keeps.
    fn kept(self, kept: Kept) -> Self {
        let mut image = (kept.part)(self.image);
        if self.is_deleted && !kept.former_members {
            image.members.clear();
        }
        Self { image, ..self }
    }
}

fn subject() -> impl Strategy<Value = Subject> {
    let tags = btree_set(text().prop_map(|text| tag(&text)), 0..4);
    let members = btree_map(project(), 0_i64..40, 0..3);
    let owner = prop::option::of(project());
    (tags, members, owner, any::<bool>()).prop_map(|(tags, members, owner, is_deleted)| {
        let mut image = Image::new(ImageId::random(), moment(0));
        image.tags = tags.into();
        image.owner = owner;
        let member = |second| Member::new(MemberStatus::Rejected, moment(second));
        let members = members.into_iter();
        image.members = members
            .map(|(project, second)| (project, member(second)))
            .collect();
        Subject { image, is_deleted }
    })
}

/// An event, of the image at the index.
fn event() -> impl Strategy<Value = (TagEvent, Index)> {
    let action = prop_oneof![Just(TagAction::Added), Just(TagAction::Removed)];
    (
        any::<Index>(),
        text(),
        0_i64..40,
        action,
        prop::option::of(project()),
        select(Visibility::VARIANTS),
    )
        .prop_map(|(index, text, second, action, owner, visibility)| {
            let event = TagEvent {
                id: 0,
                time: moment(second),
                image: ImageId::random(),
                tag: tag(&text),
                action,
                owner,
                visibility,
                user: "user".to_owned(),
                project: None,
                request_id: "req-1".to_owned(),
                reason: None,
            };
            (event, index)
        })
}

#[derive(Clone, Debug)]
enum About {
    Image(Index),
    Tag(String),
    Owner(String, Option<ProjectId>),
    Service(String),
}

#[derive(Clone, Debug)]
struct Query {
    viewer: Viewer,
    about: About,
    /// The event before which the page starts.
    before: Option<Index>,
    limit: usize,
}

fn query() -> impl Strategy<Value = Query> {
    let viewer = prop_oneof![
        1 => Just(Viewer::Nobody),
        12 => project().prop_map(Viewer::Project),
        4 => project().prop_map(Viewer::Admin),
    ];
    let about = prop_oneof![
        any::<Index>().prop_map(About::Image),
        text().prop_map(About::Tag),
        (text(), prop::option::of(project())).prop_map(|(text, owner)| About::Owner(text, owner)),
        text().prop_map(About::Service),
    ];
    (viewer, about, prop::option::of(any::<Index>()), 0_usize..6).prop_map(
        |(viewer, about, before, limit)| Query {
            viewer,
            about,
            before,
            limit,
        },
    )
}

fn sees(viewer: &Viewer, event: &TagEvent, subjects: &[Subject]) -> bool {
    let Viewer::Project(project) = viewer else {
        return matches!(viewer, Viewer::Admin(_));
    };
    let mut images = subjects.iter().map(|subject| &subject.image);
    let image = images.find(|image| image.id() == event.image).unwrap();
    let member = image.members.get(project);
    event.owner.as_ref() == Some(project)
        || matches!(event.visibility, Visibility::Public | Visibility::Community)
        || (event.visibility == Visibility::Shared
            && member.is_some_and(|member| member.created_at() <= event.time))
}

fn is_about(about: &HistorySubject, event: &TagEvent) -> bool {
    match about {
        HistorySubject::Image(image) => event.image == *image,
        HistorySubject::Tag(tag) => event.tag == *tag,
        HistorySubject::Scope(scoped) => {
            let is_owner = match &scoped.scope {
                TagScope::Owner(owner) => event.owner == *owner,
                TagScope::Service => true,
            };
            event.tag == scoped.tag && is_owner
        }
    }
}

/// Whether the event stays although it is old.
fn is_needed(event: &TagEvent, events: &[TagEvent], subjects: &[Subject]) -> bool {
    let of_owner = |other: &&TagEvent| other.owner == event.owner && other.tag == event.tag;
    let of_image = |other: &&TagEvent| other.image == event.image && other.tag == event.tag;
    let is_addition = |other: &&TagEvent| of_image(other) && other.action == TagAction::Added;
    let images = subjects.iter().filter(|subject| !subject.is_deleted);
    let images = images.map(|subject| &subject.image);
    let carriers: Vec<_> = images
        .filter(|image| image.tags.contains(&event.tag))
        .collect();
    let newest = events.iter().filter(of_owner).map(|other| other.id).max();
    let latest = events.iter().filter(is_addition);
    let latest = latest.max_by_key(|other| (other.time, other.id));
    let has_owner = carriers.iter().any(|image| image.owner == event.owner);
    let is_carried = carriers.iter().any(|image| image.id() == event.image);
    newest == Some(event.id) && has_owner
        || latest.map(|other| other.id) == Some(event.id) && is_carried
}

async fn all(store: &dyn ImageStore) -> Vec<TagEvent> {
    store.events_after(0, 1000).await.unwrap().events
}

async fn compare(
    store: Arc<dyn ImageStore>,
    subjects: Vec<Subject>,
    events: Vec<(TagEvent, Index)>,
    queries: Vec<Query>,
) {
    let restore = |draft: &mut Draft<'_>| {
        for subject in &subjects {
            draft.restore(subject.image.clone().try_into().unwrap())?;
        }
        Ok(())
    };
    store.write(&author(), &restore).await.unwrap();
    let events = events.into_iter().map(|(event, index)| {
        let image = index.get(&subjects).image.id();
        TagEvent { image, ..event }
    });
    let mut known = BTreeSet::new();
    let key = |event: &TagEvent| (event.image, event.tag.clone(), event.time, event.action);
    let events: Vec<_> = events.filter(|event| known.insert(key(event))).collect();
    assert_eq!(store.import_events(&events).await.unwrap(), events.len());
    for subject in &subjects {
        if subject.is_deleted {
            delete(&*store, subject.image.id()).await.unwrap();
        }
    }
    // With the ids of the store, and with the events of the deletions.
    let events = all(&*store).await;

    for Query {
        viewer,
        about,
        before,
        limit,
    } in queries
    {
        let subject = match about {
            About::Image(index) => HistorySubject::Image(index.get(&subjects).image.id()),
            About::Tag(text) => HistorySubject::Tag(tag(&text)),
            About::Owner(text, owner) => HistorySubject::Scope(ScopedTag {
                tag: tag(&text),
                scope: TagScope::Owner(owner),
            }),
            About::Service(text) => HistorySubject::Scope(ScopedTag {
                tag: tag(&text),
                scope: TagScope::Service,
            }),
        };
        let before = before.map(|index| index.get(&events).id);
        let mut expected: Vec<_> = events
            .iter()
            .rev()
            .filter(|event| is_about(&subject, event) && sees(&viewer, event, &subjects))
            .filter(|event| before.is_none_or(|before| event.id < before))
            .cloned()
            .collect();
        let more = expected.len() > limit;
        expected.truncate(limit);
        let query = HistoryQuery {
            viewer,
            subject,
            before,
            limit,
        };
        let page = store.history(&query).await.unwrap();
        assert_eq!((page.events, page.more), (expected, more), "{query:#?}");
    }

    let before = moment(30);
    let is_kept = |event: &&TagEvent| event.time >= before || is_needed(event, &events, &subjects);
    let kept: Vec<_> = events.iter().filter(is_kept).cloned().collect();
    let (mut removed, mut after) = (0, Some(0));
    while let Some(from) = after {
        let pruned = store.prune_history(before, from, 3).await.unwrap();
        (removed, after) = (removed + pruned.removed, pruned.next);
    }
    assert_eq!(removed, events.len() - kept.len());
    assert_eq!(all(&*store).await, kept);
}

/// Imports a random history into a new store, reads random pages of it and removes what is old, and
/// compares all of it with what it has to be.
pub(crate) fn check<F: Future<Output = Arc<dyn ImageStore>>>(new_store: fn() -> F, kept: Kept) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    proptest!(ProptestConfig::with_cases(24), |(
        subjects in vec(subject(), 1..6),
        events in vec(event(), 1..60),
        queries in vec(query(), 32),
    )| {
        let subjects = subjects.into_iter().map(|subject| subject.kept(kept)).collect();
        runtime.block_on(async { compare(new_store().await, subjects, events, queries).await });
    });
}
