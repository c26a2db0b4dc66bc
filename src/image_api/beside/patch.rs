//! `PATCH /v2/images/{image_id}`

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response;

use super::answer::image_of_glance;
use super::tags_of_patch::TagsOfPatch;
use crate::http::request::JsonBody;
use crate::image::{Image, Refusal};
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::{Call, Error, Subject};
use crate::image_api::image_path::{ImagePath, ImageRef};
use crate::image_api::images::{Dialect, Patch, dialect};
use crate::image_api::precondition::{self, Preconditions, SentPreconditions};
use crate::upstream::Upstream;

/// Applies the operations on tags here and lets Glance apply the others.
///
/// With both, the tags are checked first. If Glance refuses its part, nothing is changed. If the
/// tags are changed by somebody else meanwhile so that they are refused after all, or if the
/// database fails, Glance's part stays.
pub(in crate::image_api) async fn patch(
    State(context): State<Arc<Context>>,
    upstream: Upstream,
    caller: Caller,
    path: ImagePath,
    preconditions: SentPreconditions,
    request: Request,
) -> Result<Response, Error> {
    let dialect = dialect(request.headers())?;
    let (head, body) = request.into_parts();
    let sent = Request::from_parts(head.clone(), body);
    let body = context.bodies.json(sent).await?;
    let (image, preconditions) = (path.image()?, preconditions.for_image()?);
    let both = Both {
        context: Arc::clone(&context),
        upstream,
        caller,
        image,
        preconditions,
        head,
    };
    // A client that does not wait must not leave a half of it.
    let work = async move { both.patch(&body, dialect).await };
    context.background.run_to_completion(work).await?
}

/// A patch for this service and for Glance.
struct Both {
    context: Arc<Context>,
    upstream: Upstream,
    caller: Caller,
    image: ImageRef,
    preconditions: Preconditions,
    head: Parts,
}

impl Both {
    async fn patch(self, body: &JsonBody, dialect: Dialect) -> Result<Response, Error> {
        let divided = TagsOfPatch::of(body.items()?.unwrap_or_default())?;
        if divided.tags.is_empty() {
            if is_conditional(&self.head) {
                self.rehearse(|_| Ok(())).await?;
            }
            let body = body.text()?.to_owned();
            return Ok(self.upstream.send(self.head, body).await?);
        }
        let others = (!divided.others.is_empty()).then(|| divided.others());
        let tags = Arc::new(Patch::of(divided.tags, dialect)?);
        let (rights, quotas) = (Arc::clone(&self.caller.rights), self.context.quotas);
        let change = move |image: &mut Image| tags.apply(&rights, image, quotas);
        let mut preconditions = self.preconditions.clone();
        if let Some(others) = others {
            self.context.store.accepts_changes()?;
            self.rehearse(change.clone()).await?;
            let answer = self.upstream.send(self.head.clone(), others).await?;
            if answer.status() != StatusCode::OK {
                return Ok(answer);
            }
            // They were about the image before Glance's part.
            preconditions = Preconditions::default();
        }
        let Self { caller, image, .. } = self;
        let changed =
            self.context
                .change_image_if(caller, image, Call::Other, preconditions, change);
        changed.await?;
        image_of_glance(&self.upstream, self.head).await
    }

    /// Checks the preconditions, and whether the change of tags would be done.
    async fn rehearse(
        &self,
        change: impl Fn(&mut Image) -> Result<(), Refusal> + Send + Sync + 'static,
    ) -> Result<(), Error> {
        let subject = Subject::new(self.image.text.clone(), Call::Other);
        let Some(id) = self.image.id else {
            return Err(Error::refused(Refusal::NotVisible, subject));
        };
        let (rights, preconditions) = (Arc::clone(&self.caller.rights), self.preconditions.clone());
        let rehearsal = self
            .context
            .rehearse(self.caller.clone(), move |draft, tagging| {
                let image = draft.image(id)?;
                rights.may_get(image)?;
                let checked = preconditions.check(image);
                let changed = change(image).map_err(Into::into);
                let changed = changed.and_then(|()| tagging.settle(draft, id));
                // Glance changes more than tags.
                let changed = changed.and_then(|()| {
                    let image = draft.image(id)?;
                    image.protected = !image.protected;
                    Ok(())
                });
                precondition::outcome(checked, changed)
            });
        let rehearsal = rehearsal.await?;
        rehearsal.map_err(|error| Error::from_write_error(error, subject))
    }
}

/// Whether a request has preconditions, which Glance does not know.
fn is_conditional(head: &Parts) -> bool {
    let names = [header::IF_MATCH, header::IF_NONE_MATCH];
    names.iter().any(|name| head.headers.contains_key(name))
}
