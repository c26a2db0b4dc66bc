//! `POST /v2/tags/{tag}/revert`: moves a tag back to an image that had it before.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::answer::answer;
use super::body::Reversion;
use super::change::Move;
use super::target::{image_before, image_of_event};
use crate::http::HttpError;
use crate::image::{ImageId, Reason, Refusal, ScopedTag};
use crate::image_api::caller::Caller;
use crate::image_api::catalogue::{Parameters, TagPath, TagPreconditions};
use crate::image_api::context::Context;
use crate::image_api::error::{Call, Error, Subject};
use crate::image_api::precondition::SentPreconditions;
use crate::policy::Rights;
use crate::store::{Carriers, Draft, DraftError, Written};

/// How often the image before is looked up, because the tag has moved meanwhile.
const MAX_ATTEMPTS: u32 = 10;

/// The tag moved whenever its history had been read.
#[derive(Debug, thiserror::Error)]
#[error("the tag moved during each of {MAX_ATTEMPTS} attempts to move it back")]
struct RevertError;

/// Puts the tag on the image that had it before, or on that of an event, and takes it from all
/// others in its scope.
pub(in crate::image_api) async fn revert(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: TagPath,
    preconditions: SentPreconditions,
    request: Request,
) -> Result<Response, Error> {
    let uri = request.uri().clone();
    let body = context.bodies.optional_json(request).await?;
    let Reversion { to, reason } = Reversion::read(body.as_ref())?;
    drop(body);
    let tag = path.tag_to_set()?;
    let owner = Parameters::read(&uri, &["owner"])?.owner_to_change(&caller.rights)?;
    let preconditions = TagPreconditions::read(preconditions)?;
    let scope = context.rules.scope_of(&tag, owner.as_ref());
    let scope = scope.ok_or_else(|| Refusal::TagNotExclusive(tag.clone()))?;
    let revert = Revert {
        context: &context,
        caller,
        scope,
        preconditions,
        reason,
    };
    let (written, id) = match to {
        Some(event) => revert.run_to_event(event).await?,
        None => revert.run_to_image_before().await?,
    };
    answer(&context, &written, &tag, id).await
}

/// A move back.
struct Revert<'a> {
    context: &'a Context,
    caller: Caller,
    scope: ScopedTag,
    preconditions: TagPreconditions,
    reason: Option<Reason>,
}

impl Revert<'_> {
    /// Moves the tag to the image of this event.
    async fn run_to_event(self, event: u64) -> Result<(Written, ImageId), Error> {
        let Self {
            context,
            caller,
            scope,
            ..
        } = &self;
        let id = image_of_event(context, &caller.rights, scope, event).await?;
        Ok((self.move_to(id, None).await?, id))
    }

    /// Moves the tag to the image before. The move counts only if the tag has not moved since its
    /// history was read.
    async fn run_to_image_before(self) -> Result<(Written, ImageId), Error> {
        for _ in 0..MAX_ATTEMPTS {
            let carriers = self.carriers().await?;
            let rights = &self.caller.rights;
            let id = match image_before(self.context, rights, &self.scope, &carriers).await {
                Ok(id) => id,
                Err(error) => {
                    self.preconditions.check(&carriers)?;
                    return Err(error);
                }
            };
            let written = self.move_to(id, Some(carriers.last_event)).await?;
            let seen = written.carriers.get(&self.scope);
            if seen.is_some_and(|seen| seen.last_event == carriers.last_event) {
                return Ok((written, id));
            }
        }
        Err(HttpError::Unavailable(RevertError.into()).into())
    }

    /// The images that have the tag, as they are at one instant.
    async fn carriers(&self) -> Result<Carriers, Error> {
        let scope = self.scope.clone();
        let read = self.context.write(self.caller.clone(), move |draft, _| {
            draft.carriers(&scope).map(drop)
        });
        let mut read = read.await??;
        Ok(read.carriers.remove(&self.scope).unwrap_or_default())
    }

    /// Moves the tag to the image, unless the tag has another event than `expected`: then the write
    /// changes nothing.
    async fn move_to(&self, id: ImageId, expected: Option<u64>) -> Result<Written, Error> {
        let (scope, rights) = (self.scope.clone(), Arc::clone(&self.caller.rights));
        let change = Move {
            tag: scope.tag.clone(),
            preconditions: self.preconditions.clone(),
            quota: self.context.quotas.tags,
        };
        let (caller, reason) = (self.caller.clone(), self.reason.clone());
        let written = self
            .context
            .write_because(caller, reason, move |draft, tagging| {
                let carriers = draft.carriers(&scope)?;
                let met = change.preconditions.check(carriers);
                if expected.is_some_and(|expected| carriers.last_event != expected) {
                    return Ok(met?);
                }
                if !is_target(draft, &rights, &scope, id)? {
                    met?;
                    return Err(Refusal::FormerImageGone(scope.tag.clone()).into());
                }
                change.to(draft, tagging, &rights, id)
            });
        let subject = Subject::new(id.to_string(), Call::Tag);
        written
            .await?
            .map_err(|error| Error::from_write_error(error, subject))
    }
}

/// Whether the image is still there for the caller, within the scope of the tag.
fn is_target(
    draft: &mut Draft<'_>,
    rights: &Rights,
    tag: &ScopedTag,
    id: ImageId,
) -> Result<bool, DraftError> {
    match draft.stored(id) {
        Ok(image) => {
            let is_visible = rights.may_get(image).is_ok();
            Ok(is_visible && tag.scope.has_owner(image.owner.as_ref()))
        }
        Err(DraftError::NoSuchImage) => Ok(false),
        Err(error) => Err(error),
    }
}
