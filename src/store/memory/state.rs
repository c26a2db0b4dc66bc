//! What the lock of the store guards: the images and the history of their tags.

use std::sync::Arc;

use super::history::History;
use super::index::Images;
use crate::image::{ImageId, ScopedTag, TagEvent};
use crate::store::contract::Author;
use crate::store::draft::{Carriers, Selection, Snapshot};
use crate::store::error::WriteError;
use crate::store::plan::{ImageWrite, Plan};

/// The images and the history of their tags.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) images: Images,
    pub(super) history: History,
}

impl State {
    /// What `selection` asks for.
    pub(super) fn snapshot(&self, selection: &Selection) -> Result<Snapshot, WriteError> {
        let mut snapshot = Snapshot::default();
        for tag in &selection.tags {
            let last_change = self
                .history
                .newest(tag)
                .map(|last| (last.image, last.action));
            let last = (self.history.last_event(tag), last_change);
            let carriers = Carriers::checked(tag, self.carriers(tag), last);
            snapshot.carriers.insert(tag.clone(), carriers?);
        }
        let carriers = snapshot.carriers.values().flat_map(|found| &found.images);
        let ids = selection.images.iter().chain(carriers);
        for id in ids {
            snapshot.images.insert(*id, self.images.get(*id).cloned());
        }
        Ok(snapshot)
    }

    /// Whether everything in `snapshot` is as it was.
    pub(super) fn is_still(&self, snapshot: &Snapshot) -> bool {
        let mut images = snapshot.images.iter();
        let mut carriers = snapshot.carriers.iter();
        images.all(|(id, then)| match (self.images.get(*id), then) {
            (Some(now), Some(then)) => Arc::ptr_eq(now, then),
            (None, None) => true,
            _ => false,
        }) && carriers.all(|(tag, then)| {
            let mut now = self.carriers(tag);
            now.sort_unstable();
            now == then.images && self.history.last_event(tag) == then.last_event
        })
    }

    /// Carries out `plan` and returns its events. Writes nothing if a new image exists already.
    pub(super) fn apply(
        &mut self,
        plan: &mut Plan,
        by: &Author<'_>,
    ) -> Result<Vec<TagEvent>, WriteError> {
        let mut new = plan.writes.iter().filter(|write| write.before.is_none());
        let exists = |id: ImageId| self.images.get(id).is_some();
        if new.any(|write| write.after.as_ref().is_some_and(|image| exists(image.id()))) {
            return Err(WriteError::Exists);
        }
        for write in &mut plan.writes {
            match (&write.before, &mut write.after) {
                (_, Some(after)) => self.images.put(after),
                (Some(before), None) => self.images.remove(before.id()),
                (None, None) => {}
            }
        }
        let events = plan.events(by).into_iter();
        let events = events.map(|event| (*self.history.push(event)).clone());
        let events = events.collect();
        for (image, time) in plan.writes.iter().filter_map(ImageWrite::deleted) {
            self.history.keep_members(image, time);
        }
        Ok(events)
    }

    /// The images that carry the tag in its scope: one more than a write may read, if there are as
    /// many.
    fn carriers(&self, tag: &ScopedTag) -> Vec<ImageId> {
        let count = self.images.carrier_count(tag);
        let images = self.images.with_tag(&tag.tag);
        let in_scope = images.filter(|image| tag.is_on(image));
        in_scope
            .map(|image| image.id())
            .take(count.min(Carriers::MAX + 1))
            .collect()
    }
}
