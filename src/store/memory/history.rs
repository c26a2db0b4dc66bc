//! The history of tags in memory, oldest first, with indexes by image and by tag.

use std::collections::{BTreeMap, HashMap, VecDeque, vec_deque};
use std::sync::Arc;

use jiff::Timestamp;

use crate::identity::ProjectId;
use crate::image::{Image, ImageId, ScopedTag, Tag, TagEvent, TagScope};

/// What an event takes besides its texts: the fields, and its places in the indexes.
const EVENT_BYTES: usize = 480;

/// An event, which the indexes share.
pub(super) type Event = Arc<TagEvent>;

/// The events of the history. The oldest make room for new ones when it is full.
#[derive(Debug)]
pub(super) struct History {
    events: BTreeMap<u64, Event>,
    by_image: HashMap<ImageId, VecDeque<Event>>,
    /// The events of each tag, those of all owners and those of each.
    by_tag: HashMap<ScopedTag, VecDeque<Event>>,
    /// The members that deleted images with events had.
    former_members: HashMap<ImageId, FormerMembers>,
    /// The id of the newest event that there ever was.
    last_id: u64,
    /// The highest id of the events that were removed, 0 without one.
    last_removed: u64,
    bytes: usize,
    max_bytes: usize,
}

/// The members of an image that was deleted, which another image may have followed.
#[derive(Debug)]
struct FormerMembers {
    deleted_at: Timestamp,
    /// Since when each project was a member.
    since: HashMap<ProjectId, Timestamp>,
}

impl FormerMembers {
    /// What they take, in bytes.
    fn size(&self) -> usize {
        let each = size_of::<(ProjectId, Timestamp)>();
        let texts = self.since.keys().map(|project| project.as_str().len());
        size_of::<(ImageId, Self)>() + texts.map(|length| length + each).sum::<usize>()
    }
}

impl Default for History {
    fn default() -> Self {
        Self {
            events: BTreeMap::new(),
            by_image: HashMap::new(),
            by_tag: HashMap::new(),
            former_members: HashMap::new(),
            last_id: 0,
            last_removed: 0,
            bytes: 0,
            max_bytes: usize::MAX,
        }
    }
}

impl History {
    /// Limits the size of all events together, in bytes.
    pub(super) fn set_max_bytes(&mut self, max_bytes: usize) {
        self.max_bytes = max_bytes;
    }

    /// Adds an event with the next id and returns it.
    pub(super) fn push(&mut self, mut event: TagEvent) -> Event {
        self.last_id += 1;
        event.id = self.last_id;
        let event = Arc::new(event);
        self.bytes += size(&event);
        self.events.insert(event.id, Arc::clone(&event));
        let of_image = self.by_image.entry(event.image).or_default();
        of_image.push_back(Arc::clone(&event));
        for scoped in scopes(&event) {
            let of_tag = self.by_tag.entry(scoped).or_default();
            of_tag.push_back(Arc::clone(&event));
        }
        self.make_room();
        event
    }

    /// Removes the oldest events until the others fit.
    fn make_room(&mut self) {
        while self.bytes > self.max_bytes
            && self.events.len() > 1
            && let Some(oldest) = self.events.first_key_value()
        {
            self.remove(*oldest.0);
        }
    }

    /// Remembers the members of an image that is deleted: they still see its history.
    pub(super) fn keep_members(&mut self, image: &Image, deleted_at: Timestamp) {
        if image.members.is_empty() || !self.by_image.contains_key(&image.id()) {
            return;
        }
        let members = image.members.iter();
        let since = members.map(|(project, member)| (project.clone(), member.created_at()));
        let members = FormerMembers {
            deleted_at,
            since: since.collect(),
        };
        self.bytes += members.size();
        let before = self.former_members.insert(image.id(), members);
        self.bytes -= before.map_or(0, |members| members.size());
        self.make_room();
    }

    /// The newest event of the tag in its scope.
    pub(super) fn newest(&self, tag: &ScopedTag) -> Option<&Event> {
        self.by_tag.get(tag)?.back()
    }

    /// The id of the newest event of the tag in its scope. If there is none, it may have been
    /// removed: then this is the id of the newest event of all that were, so that the id of a tag
    /// never comes back.
    pub(super) fn last_event(&self, tag: &ScopedTag) -> u64 {
        self.newest(tag).map_or(self.last_removed, |event| event.id)
    }

    /// The events of an image before the id `before`, oldest first.
    pub(super) fn of_image(
        &self,
        image: ImageId,
        before: Option<u64>,
    ) -> vec_deque::Iter<'_, Event> {
        start(self.by_image.get(&image), before)
    }

    /// The events of a tag before the id `before`, oldest first.
    pub(super) fn of_tag(&self, tag: &Tag, before: Option<u64>) -> vec_deque::Iter<'_, Event> {
        let tag = ScopedTag {
            tag: tag.clone(),
            scope: TagScope::Service,
        };
        start(self.by_tag.get(&tag), before)
    }

    /// All events after the id `after`, oldest first.
    pub(super) fn after(&self, after: u64) -> impl Iterator<Item = &Event> {
        self.events
            .range(after.saturating_add(1)..)
            .map(|(_, event)| event)
    }

    /// Whether the project was a member of the image at the time of the event, and when the image
    /// was deleted.
    pub(super) fn was_member(&self, event: &TagEvent, project: &ProjectId) -> bool {
        let members = self.former_members.get(&event.image);
        members.is_some_and(|members| {
            let since = members.since.get(project);
            since.is_some_and(|since| (*since..=members.deleted_at).contains(&event.time))
        })
    }

    /// Removes the event with this id, if it exists.
    pub(super) fn remove(&mut self, id: u64) {
        let Some(event) = self.events.remove(&id) else {
            return;
        };
        self.bytes -= size(&event);
        self.last_removed = self.last_removed.max(id);
        if let Some(of_image) = self.by_image.get_mut(&event.image) {
            remove_from(of_image, id);
            if of_image.is_empty() {
                self.by_image.remove(&event.image);
                let members = self.former_members.remove(&event.image);
                self.bytes -= members.map_or(0, |members| members.size());
            }
        }
        for scoped in scopes(&event) {
            if let Some(of_tag) = self.by_tag.get_mut(&scoped) {
                remove_from(of_tag, id);
                if of_tag.is_empty() {
                    self.by_tag.remove(&scoped);
                }
            }
        }
    }
}

/// The tag of the event among the images of all owners, and among those of its owner.
fn scopes(event: &TagEvent) -> [ScopedTag; 2] {
    let owner = TagScope::Owner(event.owner.clone());
    [TagScope::Service, owner].map(|scope| ScopedTag {
        tag: event.tag.clone(),
        scope,
    })
}

/// The events before the id `before`. They are in the order of their ids.
fn start(events: Option<&VecDeque<Event>>, before: Option<u64>) -> vec_deque::Iter<'_, Event> {
    static NONE: VecDeque<Event> = VecDeque::new();
    let events = events.unwrap_or(&NONE);
    let is_before = |event: &Event| before.is_none_or(|before| event.id < before);
    events.range(..events.partition_point(is_before))
}

fn remove_from(events: &mut VecDeque<Event>, id: u64) {
    if let Ok(place) = events.binary_search_by_key(&id, |event| event.id) {
        events.remove(place);
    }
}

fn size(event: &TagEvent) -> usize {
    let reason = event
        .reason
        .as_ref()
        .map_or(0, |reason| reason.as_str().len());
    let owner = event.owner.as_ref().map_or(0, |owner| owner.as_str().len());
    // The indexes may have a copy of the tag each.
    let texts = 3 * event.tag.as_str().len() + 2 * owner;
    EVENT_BYTES + texts + event.user.len() + event.request_id.len() + reason
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::image::{TagAction, Visibility};

    fn event(tag: &str, owner: &str) -> TagEvent {
        TagEvent {
            id: 0,
            time: Timestamp::UNIX_EPOCH,
            image: ImageId::random(),
            tag: tag.parse().unwrap(),
            action: TagAction::Added,
            owner: owner.parse().ok(),
            visibility: Visibility::Private,
            user: "user".to_owned(),
            project: None,
            request_id: String::new(),
            reason: None,
        }
    }

    #[test]
    fn the_newest_event_of_a_tag_is_that_of_its_scope() {
        let mut history = History::default();
        for (tag, owner) in [("a", "one"), ("a", "two"), ("b", "one")] {
            history.push(event(tag, owner));
        }
        let last = |tag: &str, scope| {
            let tag = tag.parse().unwrap();
            history.last_event(&ScopedTag { tag, scope })
        };
        assert_eq!(last("a", TagScope::Owner("one".parse().ok())), 1);
        assert_eq!(last("a", TagScope::Service), 2);
        assert_eq!(last("a", TagScope::Owner(None)), 0);
        assert_eq!(last("c", TagScope::Service), 0);
    }

    #[test]
    fn the_oldest_events_make_room_and_the_indexes_keep_nothing_of_them() {
        let mut history = History::default();
        history.set_max_bytes(3 * size(&event("a", "one")));
        for tag in ["a", "b", "c", "d", "e"] {
            history.push(event(tag, "one"));
        }
        let ids: Vec<_> = history.after(0).map(|event| event.id).collect();
        assert_eq!(ids, [3, 4, 5]);
        assert_eq!((history.by_image.len(), history.by_tag.len()), (3, 6));
    }

    #[test]
    fn the_state_of_a_tag_does_not_come_back_when_its_events_are_removed() {
        let mut history = History::default();
        let scopes = ["one", "two"].map(|owner| TagScope::Owner(owner.parse().ok()));
        let states = |history: &History| {
            let scopes = [TagScope::Service].iter().chain(&scopes).cloned();
            let tag = "a".parse::<Tag>().unwrap();
            let tags = scopes.map(|scope| ScopedTag {
                tag: tag.clone(),
                scope,
            });
            tags.map(|tag| history.last_event(&tag)).collect::<Vec<_>>()
        };
        history.set_max_bytes(3 * size(&event("a", "one")));
        assert_eq!(states(&history), [0, 0, 0]);
        history.push(event("a", "one"));
        assert_eq!(states(&history), [1, 1, 0]);
        for _ in 0..3 {
            history.push(event("b", "one"));
        }
        assert_eq!(states(&history), [1, 1, 1], "event 1 was removed");
        history.push(event("a", "two"));
        assert_eq!(states(&history), [5, 2, 5], "event 2 was removed");
        history.remove(5);
        assert_eq!(states(&history), [5, 5, 5]);
    }
}
