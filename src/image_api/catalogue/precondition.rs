//! The state of a tag within its scope, and the preconditions of requests to it.
//!
//! The entity tag of a tag begins with its state, which is all that a promotion compares. What
//! follows after a hyphen names what is shown, so that a 304 is right about that too.

use crate::http::EntityTag;
use crate::http::HttpError;
use crate::http::request::{ConditionHeaders, Outcome};
use crate::identity::ProjectId;
use crate::image::{Refusal, ScopedTag, Tag, TagScope};
use crate::image_api::context::Context;
use crate::image_api::precondition::SentPreconditions;
use crate::policy::Rights;
use crate::store::Carriers;

/// The entity tag of a tag whose newest event in its scope has the id `last_event`.
pub(in crate::image_api) fn entity_tag(last_event: u64) -> EntityTag {
    EntityTag::new(&format!("t{last_event}"))
}

/// The scope in which a promotion by the caller would move `tag`: among the images of the caller's
/// project, or for an admin among those of `owner`, or among all.
pub(super) fn scope(
    context: &Context,
    rights: &Rights,
    tag: &Tag,
    owner: Option<&ProjectId>,
) -> ScopedTag {
    let owner = owner.filter(|_| rights.is_admin());
    scope_of_owner(context, tag, owner.or(rights.identity().project.as_ref()))
}

/// The scope of `tag` on an image of `owner`. A tag that is not exclusive has the scope of its
/// owner.
pub(in crate::image_api) fn scope_of_owner(
    context: &Context,
    tag: &Tag,
    owner: Option<&ProjectId>,
) -> ScopedTag {
    let by_rule = context.rules.scope_of(tag, owner);
    by_rule.unwrap_or_else(|| ScopedTag {
        tag: tag.clone(),
        scope: TagScope::Owner(owner.cloned()),
    })
}

/// The preconditions of a request to a tag.
#[derive(Clone, Debug)]
pub(in crate::image_api) struct TagPreconditions {
    /// As they were sent.
    sent: ConditionHeaders,
    /// With the state of each entity tag only.
    of_states: ConditionHeaders,
}

impl TagPreconditions {
    pub(in crate::image_api) fn read(sent: SentPreconditions) -> Result<Self, HttpError> {
        let sent = sent.headers()?;
        Ok(Self {
            of_states: sent.of_first_parts(),
            sent,
        })
    }

    /// Whether the request may move a tag that has these carriers.
    pub(in crate::image_api) fn check(&self, carriers: &Carriers) -> Result<(), Refusal> {
        let state = entity_tag(carriers.last_event);
        let exists = !carriers.images.is_empty();
        match self.of_states.evaluate(&state, exists) {
            Outcome::Met => Ok(()),
            Outcome::NotMatched | Outcome::Matched(_) => Err(Refusal::PreconditionFailed),
        }
    }

    /// For a read of a tag in the state `state`: the entity tag by which `If-None-Match` names what
    /// is `shown`.
    pub(super) fn matched(
        &self,
        state: &EntityTag,
        shown: &EntityTag,
    ) -> Result<Option<EntityTag>, Refusal> {
        match self.of_states.evaluate(state, true) {
            Outcome::NotMatched => Err(Refusal::PreconditionFailed),
            Outcome::Met | Outcome::Matched(_) => Ok(self.sent.known(shown)),
        }
    }
}
