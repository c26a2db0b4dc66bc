//! The distinct tags in memory, in order, with the number of their images.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::{Bound, RangeBounds};

use crate::identity::ProjectId;
use crate::image::{Image, ImageId, Member, MemberStatus, Tag, Tags, Viewer, Visibility};
use crate::store::query::{TagPage, TagQuery};

/// The tags of each owner and of each visibility. A tag that no image has any more has no entry.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    by_owner: HashMap<Option<ProjectId>, BTreeMap<Tag, OwnCount>>,
    by_visibility: HashMap<Visibility, BTreeMap<Tag, usize>>,
    /// The images that are shared with a project which has accepted them.
    accepted: HashMap<ProjectId, HashSet<ImageId>>,
}

/// How many images of one owner have a tag.
#[derive(Clone, Copy, Debug, Default)]
struct OwnCount {
    all: usize,
    public: usize,
}

impl Catalogue {
    /// Follows the change of an image; `None` before its creation and after its deletion.
    pub(super) fn replace(&mut self, before: Option<&Image>, after: Option<&Image>) {
        let place = |image: &Image| (image.owner.clone(), image.visibility);
        let stays = before.map(place) == after.map(place);
        let kept = |tag: &Tag, other: Option<&Image>| {
            stays && other.is_some_and(|other| other.tags.contains(tag))
        };
        if let Some(image) = before {
            for tag in image.tags.iter().filter(|tag| !kept(tag, after)) {
                self.remove(image, tag);
            }
        }
        if let Some(image) = after {
            for tag in image.tags.iter().filter(|tag| !kept(tag, before)) {
                self.add(image, tag);
            }
        }
        if shared_members(before) != shared_members(after) {
            for (image, project) in before.into_iter().flat_map(accepting) {
                self.remove_accepted(project, image.id());
            }
            for (image, project) in after.into_iter().flat_map(accepting) {
                let images = self.accepted.entry(project.clone()).or_default();
                images.insert(image.id());
            }
        }
    }

    fn add(&mut self, image: &Image, tag: &Tag) {
        let own = self.by_owner.entry(image.owner.clone()).or_default();
        let count = own.entry(tag.clone()).or_default();
        count.all += 1;
        count.public += is_public(image);
        let visible = self.by_visibility.entry(image.visibility).or_default();
        *visible.entry(tag.clone()).or_default() += 1;
    }

    fn remove(&mut self, image: &Image, tag: &Tag) {
        if let Some(own) = self.by_owner.get_mut(&image.owner)
            && let Some(count) = own.get_mut(tag)
        {
            count.all -= 1;
            count.public -= is_public(image);
            if count.all == 0 {
                own.remove(tag);
            }
            if own.is_empty() {
                self.by_owner.remove(&image.owner);
            }
        }
        if let Some(visible) = self.by_visibility.get_mut(&image.visibility)
            && let Some(count) = visible.get_mut(tag)
        {
            *count -= 1;
            if *count == 0 {
                visible.remove(tag);
            }
        }
    }

    fn remove_accepted(&mut self, project: &ProjectId, id: ImageId) {
        if let Some(images) = self.accepted.get_mut(project) {
            images.remove(&id);
            if images.is_empty() {
                self.accepted.remove(project);
            }
        }
    }

    /// `owner`, or the equal one that is there.
    pub(super) fn known_owner(&self, owner: Option<ProjectId>) -> Option<ProjectId> {
        let known = self.by_owner.get_key_value(&owner);
        known.map_or(owner, |(known, _)| known.clone())
    }

    /// The number of images of `owner` that have `tag`.
    pub(super) fn count_of_owner(&self, owner: Option<&ProjectId>, tag: &Tag) -> usize {
        let own = self.by_owner.get(&owner.cloned());
        own.and_then(|own| own.get(tag))
            .map_or(0, |count| count.all)
    }

    /// The page of `query`. `image` returns the image with an id.
    pub(super) fn page<'a>(
        &'a self,
        query: &TagQuery,
        image: impl Fn(ImageId) -> Option<&'a Image>,
    ) -> TagPage {
        let Some(range) = Range::of(query) else {
            return TagPage::default();
        };
        // The first tags of the page are among the first of each part.
        let number = query.limit.max(1).saturating_add(1);
        let mut counts = BTreeMap::<&Tag, usize>::new();
        let mut add = |(tag, count)| *counts.entry(tag).or_default() += count;
        let visible = |visibility| {
            let tags = self.by_visibility.get(&visibility).into_iter();
            tags.flat_map(|tags| range.of_map(tags).take(number))
        };
        match &query.viewer {
            Viewer::Nobody => {}
            Viewer::Admin(_) => self
                .by_visibility
                .keys()
                .flat_map(|visibility| visible(*visibility))
                .for_each(|(tag, count)| add((tag, *count))),
            Viewer::Project(project) => {
                let own = self.by_owner.get(&Some(project.clone())).into_iter();
                own.flat_map(|tags| range.of_map(tags).take(number))
                    .for_each(|(tag, count)| add((tag, count.all - count.public)));
                visible(Visibility::Public).for_each(|(tag, count)| add((tag, *count)));
                let accepted = self.accepted.get(project).into_iter().flatten();
                accepted
                    .filter_map(|id| image(*id))
                    .filter(|image| image.owner.as_ref() != Some(project))
                    .flat_map(|image| range.of_tags(&image.tags))
                    .for_each(|tag| add((tag, 1)));
            }
        }
        let counts = counts.into_iter();
        TagPage::filled(counts.map(|(tag, count)| (tag.clone(), count)), query.limit)
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        let mut visible = self.by_visibility.values();
        self.by_owner.is_empty() && visible.all(BTreeMap::is_empty) && self.accepted.is_empty()
    }
}

/// The members of the image, `None` if it is not shared.
fn shared_members(image: Option<&Image>) -> Option<&BTreeMap<ProjectId, Member>> {
    let shared = image.filter(|image| image.visibility == Visibility::Shared);
    shared.map(|image| &image.members)
}

/// The image, once with each project that has accepted it.
fn accepting(image: &Image) -> impl Iterator<Item = (&Image, &ProjectId)> {
    let members = shared_members(Some(image)).into_iter().flatten();
    let accepting = members.filter(|(_, member)| member.status == MemberStatus::Accepted);
    accepting.map(move |(project, _)| (image, project))
}

/// 1 if the image is public, else 0.
fn is_public(image: &Image) -> usize {
    usize::from(image.visibility == Visibility::Public)
}

/// The tags that a query may list.
struct Range {
    from: Bound<Tag>,
    prefix: Tag,
}

impl Range {
    /// The range of `query`; `None` if no tag has its prefix.
    fn of(query: &TagQuery) -> Option<Self> {
        let prefix: Tag = query.prefix.parse().ok()?;
        let from = match &query.after {
            Some(after) if *after >= prefix => Bound::Excluded(after.clone()),
            _ => Bound::Included(prefix.clone()),
        };
        Some(Self { from, prefix })
    }

    fn of_map<'a, V>(
        &self,
        tags: &'a BTreeMap<Tag, V>,
    ) -> impl Iterator<Item = (&'a Tag, &'a V)> + use<'a, '_, V> {
        let tags = tags.range((self.from.as_ref(), Bound::Unbounded));
        tags.take_while(|(tag, _)| tag.as_str().starts_with(self.prefix.as_str()))
    }

    fn of_tags<'a>(&self, tags: &'a Tags) -> impl Iterator<Item = &'a Tag> + use<'a, '_> {
        let range = (self.from.as_ref(), Bound::Unbounded);
        let tags = tags.iter().filter(move |tag| range.contains(tag));
        tags.filter(|tag| tag.as_str().starts_with(self.prefix.as_str()))
    }
}
