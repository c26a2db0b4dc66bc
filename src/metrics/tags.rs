//! What happens to tags: changes, moves, and writes that a rule refuses.

use std::collections::HashMap;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use strum::{IntoStaticStr, VariantArray};

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

/// Why a write is refused for its tags. The names are the labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
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
    NotStorable,
}

impl Reason {
    /// The reason of a refusal; `None` if it is not about tags.
    fn of(refusal: &Refusal) -> Option<Self> {
        match refusal {
            Refusal::TagNotAddable(_) => Some(Self::AddForbidden),
            Refusal::TagNotRemovable(_) => Some(Self::RemoveForbidden),
            Refusal::TagImmutable(_) => Some(Self::Immutable),
            Refusal::MoveForbidden { .. } => Some(Self::MoveForbidden),
            Refusal::TagTaken { .. } => Some(Self::Taken),
            Refusal::TooManyCarriers { .. } | Refusal::SeveralImagesWithTag(_) => {
                Some(Self::NotUnique)
            }
            Refusal::NoImageWithTag(_)
            | Refusal::NoFormerImage(_)
            | Refusal::FormerImageGone(_) => Some(Self::NoImage),
            Refusal::TagNotExclusive(_) => Some(Self::NotExclusive),
            Refusal::PreconditionFailed => Some(Self::Precondition),
            Refusal::TooManyTags { .. } => Some(Self::Quota),
            Refusal::NotStorable(_) => Some(Self::NotStorable),
            Refusal::NotVisible
            | Refusal::Forbidden { .. }
            | Refusal::OwnerIsForAdmins
            | Refusal::CreatedForAnother(_)
            | Refusal::NoSuchTag
            | Refusal::NoTagAt(_)
            | Refusal::TooManyProperties { .. }
            | Refusal::TooManyMembers { .. }
            | Refusal::TooLarge { .. }
            | Refusal::DoesNotFit { .. }
            | Refusal::NotShared
            | Refusal::MemberExists
            | Refusal::NoSuchMember
            | Refusal::NoMemberStatus
            | Refusal::NoSuchProperty(_)
            | Refusal::PropertyExists(_)
            | Refusal::NotRemovable(_)
            | Refusal::TestFailed(_)
            | Refusal::FormatIsFixed(_)
            | Refusal::Protected(_)
            | Refusal::Transition { .. }
            | Refusal::NotImportable(_)
            | Refusal::UploadGone
            | Refusal::FormatsMissing(_)
            | Refusal::WrongStatus { .. }
            | Refusal::Deactivated
            | Refusal::OfGlance => None,
        }
    }
}

/// Counts what writes do to tags.
#[derive(Debug)]
pub(super) struct TagMetrics {
    added: Counter,
    removed: Counter,
    moved: Counter,
    /// By the reason.
    refused: [Counter; Reason::VARIANTS.len()],
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
            refused: std::array::from_fn(|index| {
                let reason = Reason::VARIANTS[index].into();
                refusals.get_or_create_owned(&ReasonLabels { reason })
            }),
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
