//! `/v2/images/{image_id}/members` and `…/{member_id}`: the projects that an image is shared with.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;

use super::context::{Caller, Context};
use super::error::Error;
use super::json::JsonBody;
use super::path::{ImageRef, Named};
use super::{body, json, no_content, reply, view};
use crate::identity::{ProjectId, ProjectIdError};
use crate::image::{Image, Member, MemberStatus, Refusal};
use crate::policy;
use crate::store::StoredImage;

/// The member in the path of a request. A text that is not the id of a project names no member of any image.
#[derive(Clone, Debug)]
struct MemberRef {
    text: String,
    id: Option<ProjectId>,
}

impl MemberRef {
    fn of(text: String) -> Self {
        Self {
            id: text.parse().ok(),
            text,
        }
    }

    fn id(&self) -> Result<&ProjectId, Refusal> {
        self.id.as_ref().ok_or(Refusal::NoSuchMember)
    }
}

/// A membership as Glance shows it.
#[derive(Serialize)]
struct MemberView<'a> {
    member_id: &'a ProjectId,
    image_id: String,
    status: MemberStatus,
    created_at: String,
    updated_at: String,
    schema: &'static str,
}

impl<'a> MemberView<'a> {
    fn new(image: &Image, project: &'a ProjectId, member: &Member) -> Self {
        Self {
            member_id: project,
            image_id: image.id().to_string(),
            status: member.status,
            created_at: view::seconds(member.created_at()),
            updated_at: view::seconds(member.updated_at()),
            schema: "/v2/schemas/member",
        }
    }

    fn answer(image: &Image, project: &'a ProjectId) -> Result<Response, Error> {
        let member = image.member(project).map_err(Error::Refused)?;
        Ok(Json(Self::new(image, project, member)).into_response())
    }
}

/// A list of memberships.
#[derive(Serialize)]
struct MemberList<'a> {
    members: Vec<MemberView<'a>>,
    schema: &'static str,
}

/// The members of an image; a member sees no other one.
pub(super) async fn list(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    named: Named,
) -> Result<Response, Error> {
    let StoredImage { image, memory } = visible_image(&context, &caller, named.image()?).await?;
    image
        .check_shared()
        .map_err(|_| Error::NotSharedToList(image.id().to_string()))?;
    let seen = |(project, _): &(&ProjectId, _)| {
        policy::may_get_member(&caller.identity, &image, project).is_ok()
    };
    let members = image
        .members
        .iter()
        .filter(seen)
        .map(|(project, member)| MemberView::new(&image, project, member));
    let list = MemberList {
        members: members.collect(),
        schema: "/v2/schemas/members",
    };
    // The size of an image is also that of its members in such a list.
    reply::json(&list, image.size(), memory, &context.budget).await
}

/// One member. Whatever may not be seen is not there.
pub(super) async fn show(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    named: Named,
) -> Result<Response, Error> {
    let project = MemberRef::of(named.item()?);
    let image = visible_image(&context, &caller, named.image()?).await?;
    image.check_shared().map_err(|_| Error::NoMembers)?;
    let found = project.id().and_then(|id| {
        policy::may_get_member(&caller.identity, &image, id)?;
        Ok(id)
    });
    let id = found.map_err(|_| Error::NoSuchMember {
        project: project.text.clone(),
        image: image.id().to_string(),
    })?;
    MemberView::answer(&image, id)
}

/// Shares the image with one more project.
pub(super) async fn add(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    named: Named,
    request: Request,
) -> Result<Response, Error> {
    let body = json::read(request, &context).await?;
    let project = new_member(&body)?;
    drop(body);
    let (quota, wanted) = (context.settings.quotas.members, project.clone());
    let text = project.to_string();
    let change = move |caller: &Caller, image: &mut Image| {
        policy::may_get(&caller.identity, image)?;
        image.check_shared()?;
        policy::may_modify_by(&caller.identity, image, "add_member")?;
        image.add_member(&wanted, quota)
    };
    let image = changed(&context, caller, named.image()?, "create", text, change).await?;
    MemberView::answer(&image, &project)
}

/// Accepts or rejects the image, or neither.
pub(super) async fn update(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    named: Named,
    request: Request,
) -> Result<Response, Error> {
    let body = json::read(request, &context).await?;
    let expected =
        || Error::Invalid("Expected a status in the form: {\"status\": \"status\"}".into());
    let status = body.members()?.ok_or_else(expected)?.shift_remove("status");
    let status = json::value(status.ok_or(Error::Invalid("Status not specified".into()))?)?;
    let status = status.as_str().map(str::parse::<MemberStatus>);
    drop(body);
    let project = MemberRef::of(named.item()?);
    let wanted = project.clone();
    let change = move |caller: &Caller, image: &mut Image| {
        policy::may_get(&caller.identity, image)?;
        image.check_shared()?;
        let wanted = wanted.id()?;
        policy::may_get_member(&caller.identity, image, wanted)?;
        policy::may_modify_member(&caller.identity, image, wanted)?;
        match status {
            Some(Ok(status)) => image.set_member_status(wanted, status),
            _ => Err(Refusal::NoMemberStatus),
        }
    };
    let text = project.text.clone();
    let image = changed(&context, caller, named.image()?, "update", text, change).await?;
    MemberView::answer(&image, project.id().map_err(Error::Refused)?)
}

/// Shares the image with a project no more.
pub(super) async fn remove(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    named: Named,
    request: Request,
) -> Result<Response, Error> {
    body::ignore(request, &context.settings).await?;
    let wanted = MemberRef::of(named.item()?);
    let text = wanted.text.clone();
    let change = move |caller: &Caller, image: &mut Image| {
        policy::may_get(&caller.identity, image)?;
        image.check_shared()?;
        let wanted = wanted.id()?;
        policy::may_get_member(&caller.identity, image, wanted)?;
        policy::may_modify_by(&caller.identity, image, "delete_member")?;
        image.remove_member(wanted)
    };
    changed(&context, caller, named.image()?, "delete", text, change).await?;
    Ok(no_content())
}

/// The project in `{"member": "project"}`.
fn new_member(body: &JsonBody) -> Result<ProjectId, Error> {
    let expected =
        || Error::Invalid("Expected a member in the form: {\"member\": \"image_id\"}".into());
    let member = body.members()?.ok_or_else(expected)?.shift_remove("member");
    let member =
        json::value(member.ok_or(Error::Invalid("Member to be added not specified".into()))?)?;
    let id = member.as_str().ok_or_else(expected)?;
    id.parse().map_err(|error| match error {
        ProjectIdError::Empty => Error::invalid("Member can't be empty"),
        ProjectIdError::TooLong => {
            Error::invalid("The id of a project has at most 255 characters.")
        }
        ProjectIdError::Nul => Error::Nul("JSON"),
    })
}

/// The image, if `caller` can see it, in the words of the member calls.
async fn visible_image(
    context: &Context,
    caller: &Caller,
    image: ImageRef,
) -> Result<StoredImage, Error> {
    let text = image.text.clone();
    context
        .visible_image(caller, image)
        .await
        .map_err(|error| match error {
            Error::NoImageFound(_) => Error::NoSuchImage(text),
            error => error,
        })
}

/// The image after a change of its members, or what Glance says instead.
async fn changed(
    context: &Context,
    caller: Caller,
    image: ImageRef,
    verb: &'static str,
    project: String,
    change: impl Fn(&Caller, &mut Image) -> Result<(), Refusal> + Send + Sync + 'static,
) -> Result<StoredImage, Error> {
    let asking = caller.clone();
    let change = move |image: &mut Image| change(&asking, image);
    let outcome = context
        .change_image(caller, &image, Error::NoSuchImage, change)
        .await;
    let text = image.text;
    outcome.map_err(|error| match error {
        Error::Refused(Refusal::NotShared) => Error::NotShared { verb, image: text },
        Error::Refused(Refusal::NoSuchMember) => Error::NoSuchMember {
            project,
            image: text,
        },
        Error::Refused(Refusal::MemberExists) => Error::MemberExists {
            project,
            image: text,
        },
        Error::Refused(Refusal::TooManyMembers { attempted, maximum }) => Error::TooManyMembers {
            image: text,
            attempted,
            maximum,
        },
        error => error,
    })
}
