//! `GET /v2/tags/{tag}/history` and `GET /v2/images/{image_id}/tags/history`: who set and removed
//! which tags.
//!
//! The second path is that of the tag `history` of an image too: only `GET` is about the history.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use serde::Serialize;

use super::event_view::EventView;
use super::measure::json_bytes;
use super::parameters::Parameters;
use super::tag_path::{TagPath, path_of};
use crate::budget::Reservation;
use crate::http::request::counted;
use crate::http::response;
use crate::image::{Refusal, Tag};
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::{Call, Error, Subject};
use crate::image_api::image_path::ImagePath;
use crate::image_api::links::Links;
use crate::store::{EventPage, HistoryQuery, HistorySubject};

/// What an event of a page takes at most, in bytes: five texts as long as a tag, and the rest.
const EVENT_BYTES: usize = 5 * Tag::MAX_CHARS * 4 + 512;

/// The JSON of a page of events.
#[derive(Serialize)]
struct EventList<'a> {
    events: Vec<EventView<'a>>,
    #[serde(flatten)]
    links: Links,
}

/// Answers a page of the events of a tag, on whichever image, newest first.
pub(in crate::image_api) async fn of_tag(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: TagPath,
    uri: Uri,
) -> Result<Response, Error> {
    caller.rights.may_list()?;
    let tag = path.tag_to_read()?;
    let path = path_of(&tag, "/history");
    let history = History::read(&context, &caller, HistorySubject::Tag(tag), &uri).await?;
    history.answer(&context, &path).await
}

/// Answers a page of the events of all tags of an image, newest first. The image may be gone.
pub(in crate::image_api) async fn of_image(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    uri: Uri,
) -> Result<Response, Error> {
    let image = path.image()?;
    let not_visible = || {
        let subject = Subject::new(&image.text, Call::Tag);
        Error::refused(Refusal::NotVisible, subject)
    };
    let id = image.id.ok_or_else(not_visible)?;
    let stored = context.store.image(id).await?;
    let exists = stored.is_some();
    if stored.is_some_and(|image| caller.rights.may_get(&image).is_err()) {
        return Err(not_visible());
    }
    let subject = HistorySubject::Image(id);
    let history = History::read(&context, &caller, subject, &uri).await?;
    if !exists && !history.has_events(&context).await? {
        return Err(not_visible());
    }
    let path = format!("/v2/images/{id}/tags/history");
    history.answer(&context, &path).await
}

/// A page of the history.
struct History {
    parameters: Parameters,
    query: HistoryQuery,
    page: EventPage,
    memory: Reservation,
}

impl History {
    /// Reads the page that the parameters in `uri` describe.
    async fn read(
        context: &Context,
        caller: &Caller,
        subject: HistorySubject,
        uri: &Uri,
    ) -> Result<Self, Error> {
        let parameters = Parameters::read(uri, &["limit", "marker"])?;
        let query = HistoryQuery {
            viewer: caller.rights.viewer(),
            subject,
            before: parameters.get("marker").map(marker).transpose()?,
            limit: parameters.limit()?,
        };
        let bytes = counted(query.limit * EVENT_BYTES);
        let memory = context.budget.reserve(bytes).await?;
        let page = context.store.history(&query).await?;
        Ok(Self {
            parameters,
            query,
            page,
            memory,
        })
    }

    /// Whether there is an event on this page or on another one.
    async fn has_events(&self, context: &Context) -> Result<bool, Error> {
        if !self.page.events.is_empty() || self.page.more || self.query.before.is_none() {
            return Ok(!self.page.events.is_empty() || self.page.more);
        }
        let first = HistoryQuery {
            before: None,
            limit: 1,
            ..self.query.clone()
        };
        Ok(!context.store.history(&first).await?.events.is_empty())
    }

    async fn answer(self, context: &Context, path: &str) -> Result<Response, Error> {
        let Self {
            parameters,
            page,
            memory,
            ..
        } = self;
        let last = page.events.last().filter(|_| page.more);
        let marker = last.map(|event| event.id.to_string());
        let answer = EventList {
            events: page.events.iter().map(EventView::from).collect(),
            links: Links::new(path, parameters.all(), marker.as_deref()),
        };
        let size = json_bytes(&answer)?;
        Ok(response::json(&answer, size, memory, &context.budget).await?)
    }
}

/// The event after which a page starts, which need not exist.
fn marker(text: &str) -> Result<u64, Error> {
    text.parse()
        .map_err(|_| Error::invalid(format!("The marker is not the id of an event: '{text}'.")))
}
