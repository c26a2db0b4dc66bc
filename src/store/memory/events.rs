//! What is read of the history in memory, and what is removed from it.

use jiff::Timestamp;

use super::history::Event;
use super::state::State;
use crate::identity::ProjectId;
use crate::image::{ImageId, ScopedTag, Tag, TagAction, TagEvent, TagScope};
use crate::store::query::{EventPage, HistoryQuery, HistorySubject, Pruned};

impl State {
    /// The page of `query`, newest first.
    pub(super) fn event_page(&self, query: &HistoryQuery) -> EventPage {
        let events = match (&query.subject, query.subject.tag()) {
            (HistorySubject::Image(image), _) => self.history.of_image(*image, query.before),
            (_, Some(tag)) => self.history.of_tag(tag, query.before),
            (_, None) => return EventPage::default(),
        };
        let newest_first = events
            .rev()
            .filter(|event| query.matches(event, |project| self.was_member(event, project)));
        EventPage::filled(newest_first.map(|event| (**event).clone()), query.limit)
    }

    /// Whether the project was a member of the image at the time of the event, and is one now or
    /// was one when the image was deleted.
    fn was_member(&self, event: &TagEvent, project: &ProjectId) -> bool {
        let present = self.images.get(event.image);
        present.is_some_and(|image| image.has_member_since(project, event.time))
            || self.history.was_member(event, project)
    }

    /// The event that added the tag to the image.
    pub(super) fn latest_addition(&self, tag: &Tag, image: ImageId) -> Option<TagEvent> {
        let newest = self.newest_addition(tag, image);
        newest.map(|event| (**event).clone())
    }

    fn newest_addition(&self, tag: &Tag, image: ImageId) -> Option<&Event> {
        let events = self.history.of_image(image, None);
        let additions =
            events.filter(|event| event.tag == *tag && event.action == TagAction::Added);
        additions.max_by_key(|event| (event.time, event.id))
    }

    /// Adds the events that the history does not have. Returns their number.
    pub(super) fn import(&mut self, events: &[TagEvent]) -> usize {
        let mut imported = 0;
        for event in events {
            let key = |event: &TagEvent| (event.tag.clone(), event.time, event.action);
            let mut known = self.history.of_image(event.image, None);
            if !known.any(|known| key(known) == key(event)) {
                self.history.push(event.clone());
                imported += 1;
            }
        }
        imported
    }

    /// Removes what is not needed of the `limit` events after `after`.
    pub(super) fn prune(&mut self, before: Timestamp, after: u64, limit: usize) -> Pruned {
        let examined: Vec<Event> = self.history.after(after).take(limit).cloned().collect();
        let superfluous: Vec<u64> = examined
            .iter()
            .filter(|event| event.time < before && !self.is_needed(event))
            .map(|event| event.id)
            .collect();
        for id in &superfluous {
            self.history.remove(*id);
        }
        let last = examined.last().map(|event| event.id);
        Pruned {
            removed: superfluous.len(),
            next: last.filter(|last| self.history.after(*last).next().is_some()),
        }
    }

    /// Whether the event is the newest of its owner and tag, and an image of the owner carries the
    /// tag, or whether it tells who put the tag on an image that carries it.
    fn is_needed(&self, event: &TagEvent) -> bool {
        let of_owner = ScopedTag {
            tag: event.tag.clone(),
            scope: TagScope::Owner(event.owner.clone()),
        };
        let newest = self.history.newest(&of_owner);
        let is_newest = newest.is_none_or(|newest| newest.id == event.id);
        if is_newest && self.images.carrier_count(&of_owner) > 0 {
            return true;
        }
        let image = self.images.get(event.image);
        image.is_some_and(|image| image.tags.contains(&event.tag))
            && self
                .newest_addition(&event.tag, event.image)
                .is_some_and(|newest| newest.id == event.id)
    }
}
