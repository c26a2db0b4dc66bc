//! The sequential specification of several images of one project, of which at most one has each
//! exclusive tag.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{Answer, Content, Tags};
use super::image::{self, Image};
use super::operation::Operation;

/// The exclusive tags that move to whichever image they are put on.
pub(crate) const MOVING_TAGS: [&str; 2] = ["production", "staging"];

/// The exclusive tag that only a promotion takes from the image that has it.
pub(crate) const HELD_TAG: &str = "single";

/// The images that exist, by their numbers.
pub(crate) type Images = BTreeMap<usize, Image>;

impl Operation {
    /// Applies the operation on the image with this number and returns the correct answer.
    pub(crate) fn apply(&self, number: usize, images: &mut Images) -> Answer {
        if let Self::Carriers(tag) = self {
            return carriers(tag, images);
        }
        let before = images.remove(&number);
        let mut after = before.clone();
        let mut answer = image::apply(self, &mut after);
        let others = images;
        let new = new_tags(before.as_ref(), after.as_ref());
        let promotes = matches!(self, Self::Promote(_));
        let has_held_tag = |other: &Image| other.tags.contains(HELD_TAG);
        if !promotes && new.contains(HELD_TAG) && others.values().any(has_held_tag) {
            others.extend(before.map(|image| (number, image)));
            return Answer::empty(409);
        }
        let taken_from = take(&new, others);
        if promotes && answer.status == 200 {
            answer.content = Content::TakenFrom(taken_from);
        }
        others.extend(after.map(|image| (number, image)));
        answer
    }
}

fn carriers(tag: &str, images: &Images) -> Answer {
    let carriers = images.iter().filter(|(_, image)| image.tags.contains(tag));
    let shown = |image: &Image| (image.tags.clone(), image.properties.clone());
    Answer {
        status: 200,
        content: Content::Images(
            carriers
                .map(|(number, image)| (*number, shown(image)))
                .collect(),
        ),
    }
}

/// The exclusive tags that an image has after an operation and did not have before it.
fn new_tags(before: Option<&Image>, after: Option<&Image>) -> Tags {
    let is_exclusive = |tag: &&String| MOVING_TAGS.contains(&tag.as_str()) || *tag == HELD_TAG;
    let is_new = |tag: &&String| before.is_none_or(|before| !before.tags.contains(*tag));
    let tags = after.iter().flat_map(|after| &after.tags);
    tags.filter(is_exclusive).filter(is_new).cloned().collect()
}

/// Takes the tags from all images. Returns the numbers of those that had one.
fn take(tags: &Tags, images: &mut Images) -> BTreeSet<usize> {
    let mut taken_from = BTreeSet::new();
    for (number, image) in images {
        let count = image.tags.len();
        image.tags.retain(|tag| !tags.contains(tag));
        if image.tags.len() < count {
            taken_from.insert(*number);
        }
    }
    taken_from
}
