//! `POST /v2/images`

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;

use super::answer::{image_of_glance, whole};
use crate::http::HttpError;
use crate::http::request::{self, Members};
use crate::image::{Image, ImageId, NewImage, Tag};
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::{Call, Error, Subject};
use crate::image_api::images::new_image;
use crate::upstream::Upstream;

/// The part of Glance's answer that is read.
#[derive(Deserialize)]
struct Created {
    id: ImageId,
}

/// Lets Glance create the image. If a rule is about one of its tags, the rules are asked first, the
/// image is created without tags, and then gets them.
///
/// If the tags are refused after all, because somebody else has changed something meanwhile, the
/// image stays without them, and the answer is the refusal.
pub(in crate::image_api) async fn create(
    State(context): State<Arc<Context>>,
    upstream: Upstream,
    caller: Caller,
    request: Request,
) -> Result<Response, Error> {
    let (head, body) = request.into_parts();
    let sent = Request::from_parts(head.clone(), body);
    let body = context.bodies.json(sent).await?;
    let Some(members) = body.members()? else {
        return Ok(upstream.send(head, body.text()?.to_owned()).await?);
    };
    let tags = members
        .get("tags")
        .map(|tags| request::part::<Vec<String>>(tags));
    // Glance refuses what is no list of texts.
    let tags = tags.and_then(Result::ok).unwrap_or_default().into_iter();
    let tags = tags.filter_map(|tag| tag.parse::<Tag>().ok());
    if !tags
        .into_iter()
        .any(|tag| context.rules.rule_for(&tag).is_some())
    {
        return Ok(upstream.send(head, body.text()?.to_owned()).await?);
    }
    let image = new_image(&context, &caller, members)?;
    context.store.accepts_changes()?;
    let without_tags = without_tags(body.members()?.unwrap_or_default())?;
    let work = create_with_tags(
        Arc::clone(&context),
        upstream,
        caller,
        image,
        (head, without_tags),
    );
    // A client that does not wait must not leave an image without its tags.
    context.background.run_to_completion(work).await?
}

async fn create_with_tags(
    context: Arc<Context>,
    upstream: Upstream,
    caller: Caller,
    image: Image,
    (mut head, without_tags): (Parts, Body),
) -> Result<Response, Error> {
    let tags = image.tags.clone();
    let (id, new) = (image.id(), NewImage::try_from(image)?);
    let rehearsal = context.rehearse(caller.clone(), move |draft, tagging| {
        draft.create(new.clone());
        tagging.settle(draft, id)
    });
    let rehearsal = rehearsal.await?;
    rehearsal.map_err(|error| Error::from_create_error(error, id))?;
    // The answers are read here.
    head.headers.remove(header::ACCEPT_ENCODING);
    let answer = upstream.send(head.clone(), without_tags).await?;
    if answer.status() != StatusCode::CREATED {
        return Ok(answer);
    }
    let headers = answer.headers().clone();
    let created = serde_json::from_slice::<Created>(&whole(answer).await?);
    let id = created
        .map_err(|error| HttpError::Unavailable(error.into()))?
        .id;
    let text = id.to_string();
    let quota = context.quotas.tags;
    let tagged = context.write(caller, move |draft, tagging| {
        let image = draft.image(id)?;
        image.set_tags(tags.iter().cloned().collect(), quota)?;
        tagging.settle(draft, id)
    });
    let path = format!("/v2/images/{text}");
    let subject = Subject::new(text, Call::Other);
    let tagged = tagged.await?;
    tagged.map_err(|error| Error::from_write_error(error, subject))?;
    head.uri = path.parse().map_err(|_| HttpError::Undecodable)?;
    let shown = image_of_glance(&upstream, head).await?;
    Ok(as_created(shown, &headers))
}

/// The body of a request without its tags.
fn without_tags(mut members: Members<'_>) -> Result<Body, Error> {
    members.shift_remove("tags");
    let text = serde_json::to_string(&members);
    Ok(text
        .map_err(|error| HttpError::Internal(error.into()))?
        .into())
}

/// The answer that shows the image, as the answer to its creation with these headers.
fn as_created(mut shown: Response, headers: &HeaderMap) -> Response {
    if shown.status() == StatusCode::OK {
        *shown.status_mut() = StatusCode::CREATED;
    }
    let of_body = [header::CONTENT_LENGTH, header::CONTENT_ENCODING];
    for (name, value) in headers.iter().filter(|(name, _)| !of_body.contains(name)) {
        if !shown.headers().contains_key(name) {
            shown.headers_mut().insert(name, value.clone());
        }
    }
    shown
}
