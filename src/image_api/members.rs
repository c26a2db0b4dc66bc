//! `/v2/images/{image_id}/members` and `…/{member_id}`: the projects that share an image.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::caller::Caller;
use super::context::Context;
use super::error::{Call, Error, Subject};
use super::image_path::{ImagePath, ImageRef};
use super::images::view;
use crate::http::HttpError;
use crate::http::request::{self, JsonBody};
use crate::http::response::{self, no_content};
use crate::identity::{ProjectId, ProjectIdError};
use crate::image::{Image, Member, MemberStatus, Refusal};
use crate::policy::Rule;
use crate::store::StoredImage;

/// The member that the path of a request names. A text that is no project id names no member.
#[derive(Clone, Debug)]
struct MemberRef {
    text: String,
    id: Option<ProjectId>,
}

impl MemberRef {
    fn new(text: String) -> Self {
        Self {
            id: text.parse().ok(),
            text,
        }
    }

    fn id(&self) -> Result<&ProjectId, Refusal> {
        self.id.as_ref().ok_or(Refusal::NoSuchMember)
    }
}

/// The JSON of a membership.
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
        let member = image.member(project)?;
        Ok(Json(Self::new(image, project, member)).into_response())
    }
}

/// The JSON of a list of memberships.
#[derive(Serialize)]
struct MemberList<'a> {
    members: Vec<MemberView<'a>>,
    schema: &'static str,
}

/// Answers the members of an image. A member sees only its own membership.
pub(super) async fn list(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
) -> Result<Response, Error> {
    let image = context.visible_image(&caller, path.image()?, Call::ListMembers);
    let StoredImage { image, memory } = image.await?;
    let subject = || Subject::new(image.id().to_string(), Call::ListMembers);
    let checked = image.check_shared();
    checked
        .and_then(|()| caller.rights.may_list_members(&image))
        .map_err(|refusal| Error::refused(refusal, subject()))?;
    let is_visible =
        |(project, _): &(&ProjectId, _)| caller.rights.may_get_member(&image, project).is_ok();
    let members = image.members.iter().filter(is_visible);
    let members = members.map(|(project, member)| MemberView::new(&image, project, member));
    let list = MemberList {
        members: members.collect(),
        schema: "/v2/schemas/members",
    };
    // The size of an image covers the JSON of its members too.
    Ok(response::json(&list, image.size(), memory, &context.budget).await?)
}

/// Answers one member: 404 for one that the caller may not see.
pub(super) async fn show(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
) -> Result<Response, Error> {
    let project = MemberRef::new(path.item()?);
    let call = Call::ShowMember(project.text.clone());
    let image = context.visible_image(&caller, path.image()?, call.clone());
    let image = image.await?;
    let found = image.check_shared().and_then(|()| project.id());
    let found = found.and_then(|id| {
        caller.rights.may_get_member(&image, id)?;
        Ok(id)
    });
    let subject = || Subject::new(image.id().to_string(), call);
    let id = found.map_err(|refusal| Error::refused(refusal, subject()))?;
    MemberView::answer(&image, id)
}

/// Shares the image with a project.
pub(super) async fn add(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    request: Request,
) -> Result<Response, Error> {
    let body = context.bodies.json(request).await?;
    let project = new_member(&body)?;
    drop(body);
    let (quota, wanted) = (context.quotas.members, project.clone());
    let change = move |caller: &Caller, image: &mut Image| {
        caller.rights.may_get(image)?;
        image.check_shared()?;
        caller.rights.may_share(image, Rule::AddMember)?;
        image.add_member(&wanted, quota)
    };
    let text = project.to_string();
    let image = change_members(&context, caller, path.image()?, "create", text, change).await?;
    MemberView::answer(&image, &project)
}

/// Sets the status of a membership: its project accepts or rejects the image, or undoes that.
pub(super) async fn update(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    request: Request,
) -> Result<Response, Error> {
    let body = context.bodies.json(request).await?;
    let expected = || Error::invalid("Expected a status in the form: {\"status\": \"status\"}");
    let status = body.members()?.ok_or_else(expected)?.shift_remove("status");
    let status = request::value(status.ok_or(Error::invalid("Status not specified"))?)?;
    let status = status.as_str().map(str::parse::<MemberStatus>);
    drop(body);
    let project = MemberRef::new(path.item()?);
    let (text, wanted) = (project.text.clone(), project.clone());
    let change = move |caller: &Caller, image: &mut Image| {
        caller.rights.may_get(image)?;
        image.check_shared()?;
        let wanted = wanted.id()?;
        caller.rights.may_get_member(image, wanted)?;
        caller.rights.may_modify_member(image, wanted)?;
        match status {
            Some(Ok(status)) => image.set_member_status(wanted, status),
            _ => Err(Refusal::NoMemberStatus),
        }
    };
    let image = change_members(&context, caller, path.image()?, "update", text, change).await?;
    MemberView::answer(&image, project.id()?)
}

/// Stops sharing the image with a project.
pub(super) async fn remove(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    request: Request,
) -> Result<Response, Error> {
    context.bodies.discard(request).await?;
    let wanted = MemberRef::new(path.item()?);
    let text = wanted.text.clone();
    let change = move |caller: &Caller, image: &mut Image| {
        caller.rights.may_get(image)?;
        image.check_shared()?;
        let wanted = wanted.id()?;
        caller.rights.may_get_member(image, wanted)?;
        caller.rights.may_share(image, Rule::DeleteMember)?;
        image.remove_member(wanted)
    };
    change_members(&context, caller, path.image()?, "delete", text, change).await?;
    Ok(no_content())
}

/// The project in `{"member": "project"}`.
fn new_member(body: &JsonBody) -> Result<ProjectId, Error> {
    let expected = || Error::invalid("Expected a member in the form: {\"member\": \"image_id\"}");
    let member = body.members()?.ok_or_else(expected)?.shift_remove("member");
    let member = request::value(member.ok_or(Error::invalid("Member to be added not specified"))?)?;
    let id = member.as_str().ok_or_else(expected)?;
    id.parse().map_err(|error| match error {
        ProjectIdError::Empty => Error::invalid("Member can't be empty"),
        ProjectIdError::TooLong => {
            Error::invalid("The id of a project has at most 255 characters.")
        }
        ProjectIdError::Nul => HttpError::Nul("JSON").into(),
    })
}

/// Changes the members of the image. `verb` is Glance's word for the change.
async fn change_members(
    context: &Context,
    caller: Caller,
    image: ImageRef,
    verb: &'static str,
    project: String,
    change: impl Fn(&Caller, &mut Image) -> Result<(), Refusal> + Send + Sync + 'static,
) -> Result<StoredImage, Error> {
    let call = Call::ChangeMember { verb, project };
    let changing = caller.clone();
    let change = move |image: &mut Image| change(&changing, image);
    context.change_image(caller, image, call, change).await
}
