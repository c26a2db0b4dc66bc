//! What happens to tags: changes, moves, and writes that a rule refuses.

use std::collections::HashMap;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::image::{ImageId, Refusal, Tag, TagAction, TagEvent};
use crate::store::{WriteError, Written};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ActionLabels {
    action: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

/// Why a write is refused for its tags: the index of the counter, and the label.
#[derive(Clone, Copy, Debug)]
enum Reason {
    AddForbidden,
    RemoveForbidden,
    Immutable,
    MoveForbidden,
    Taken,
    NotUnique,
    NoImage,
    NotExclusive,
    Precondition,
    Quota,
}

impl Reason {
    const LABELS: [&'static str; 10] = [
        "add_forbidden",
        "remove_forbidden",
        "immutable",
        "move_forbidden",
        "taken",
        "not_unique",
        "no_image",
        "not_exclusive",
        "precondition",
        "quota",
    ];

    /// The reason of a refusal; `None` if it is not about tags.
    fn of(refusal: &Refusal) -> Option<Self> {
        Some(match refusal {
            Refusal::TagNotAddable(_) => Self::AddForbidden,
            Refusal::TagNotRemovable(_) => Self::RemoveForbidden,
            Refusal::TagImmutable(_) => Self::Immutable,
            Refusal::MoveForbidden { .. } => Self::MoveForbidden,
            Refusal::TagTaken { .. } => Self::Taken,
            Refusal::TooManyCarriers { .. } | Refusal::SeveralImagesWithTag(_) => Self::NotUnique,
            Refusal::NoImageWithTag(_)
            | Refusal::NoFormerImage(_)
            | Refusal::FormerImageGone(_) => Self::NoImage,
            Refusal::TagNotExclusive(_) => Self::NotExclusive,
            Refusal::PreconditionFailed => Self::Precondition,
            Refusal::TooManyTags { .. } => Self::Quota,
            _ => return None,
        })
    }
}

/// Counts what writes do to tags.
#[derive(Debug)]
pub(super) struct TagMetrics {
    added: Counter,
    removed: Counter,
    moved: Counter,
    refused: [Counter; Reason::LABELS.len()],
}

impl TagMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let changes = Family::default();
        let refusals: Family<ReasonLabels, Counter> = Family::default();
        let moved = Counter::default();
        registry.register(
            "tag_changes",
            "Tags that writes added to images and removed from them",
            changes.clone(),
        );
        registry.register(
            "tag_moves",
            "Exclusive tags that moved from one image to another in one write: promotions",
            moved.clone(),
        );
        registry.register(
            "tag_refusals",
            "Writes that were refused because of their tags, by the reason",
            refusals.clone(),
        );
        let change = |action| changes.get_or_create_owned(&ActionLabels { action });
        Self {
            added: change("added"),
            removed: change("removed"),
            moved,
            refused: Reason::LABELS
                .map(|reason| refusals.get_or_create_owned(&ReasonLabels { reason })),
        }
    }

    /// Counts the outcome of a write.
    pub(super) fn count(&self, outcome: &Result<Written, WriteError>) {
        match outcome {
            Ok(written) => self.count_events(&written.events),
            Err(WriteError::Refused(refusal)) => {
                if let Some(reason) = Reason::of(refusal) {
                    self.refused[reason as usize].inc();
                }
            }
            Err(_) => {}
        }
    }

    fn count_events(&self, events: &[TagEvent]) {
        if events.is_empty() {
            return;
        }
        let is_added = |event: &&TagEvent| event.action == TagAction::Added;
        let added = events.iter().filter(is_added).count();
        self.added.inc_by(added as u64);
        self.removed.inc_by((events.len() - added) as u64);
        self.moved.inc_by(moves(events));
    }
}

/// How many tags one image lost and another one gained.
fn moves(events: &[TagEvent]) -> u64 {
    let is_of_first = |event: &TagEvent| event.image == events[0].image;
    if events.iter().all(is_of_first) {
        return 0;
    }
    let is_removed = |event: &&TagEvent| event.action == TagAction::Removed;
    let removed = events.iter().filter(is_removed);
    let removed: HashMap<&Tag, ImageId> = removed.map(|event| (&event.tag, event.image)).collect();
    let is_moved = |event: &&TagEvent| {
        let former = removed.get(&event.tag);
        event.action == TagAction::Added && former.is_some_and(|image| *image != event.image)
    };
    events.iter().filter(is_moved).count() as u64
}
