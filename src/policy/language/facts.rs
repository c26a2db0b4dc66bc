//! What the checks of a policy may ask about: the caller, and the target of its request.
//!
//! The names are those of oslo.context and of Glance's `ImageTarget`. As in Python, an absent value
//! is the text `None`.

use std::borrow::Cow;

use strum::EnumString;

use crate::identity::{Identity, ProjectId};
use crate::image::{Attribute, AttributeValue, Image, Visibility};

/// The text of an absent value.
const NONE: &str = "None";

/// What a request is judged by.
#[derive(Clone, Copy, Debug)]
pub(in crate::policy) struct Facts<'a> {
    pub(in crate::policy) identity: &'a Identity,
    pub(in crate::policy) target: Target<'a>,
}

/// What a request is about.
#[derive(Clone, Copy, Debug)]
pub(in crate::policy) enum Target<'a> {
    /// An image that exists.
    Image(&'a Image),
    /// An image that would be created.
    Proposed(&'a Image),
    /// The images of the caller's project.
    Project,
    /// Nothing in particular.
    Nothing,
}

/// Something about the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString)]
#[strum(serialize_all = "snake_case")]
pub(in crate::policy) enum Credential {
    UserId,
    UserDomainId,
    ProjectId,
    ProjectDomainId,
    /// The domain that the token is scoped to.
    DomainId,
    /// `all` for a token that is scoped to the system.
    #[strum(serialize = "system_scope", serialize = "system")]
    SystemScope,
}

/// Something about the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::policy) enum Field {
    /// The caller's project, if the image is shared and another project owns it. Glance does not
    /// look whether the project is a member: whoever else sees such an image is.
    Member,
    /// The project that owns the image, or whose images a list is of.
    Project,
    /// What every image has.
    Attribute(Attribute),
    /// A custom property.
    Property(String),
}

impl Credential {
    /// The value that `identity` has.
    pub(in crate::policy) fn of(self, identity: &Identity) -> &str {
        let value = match self {
            Self::UserId => Some(identity.user.as_str()),
            Self::UserDomainId => identity.user_domain.as_deref(),
            Self::ProjectId => identity.project.as_ref().map(ProjectId::as_str),
            Self::ProjectDomainId => identity.project_domain.as_deref(),
            Self::DomainId => identity.domain.as_deref(),
            Self::SystemScope => identity.is_system.then_some("all"),
        };
        value.unwrap_or(NONE)
    }
}

impl Field {
    /// The field that a policy names so; `None` for one that this service does not compare.
    pub(in crate::policy) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "member" | "member_id" => Self::Member,
            "project_id" => Self::Project,
            "image_id" => Self::Attribute(Attribute::Id),
            // Their texts in Python are lists or times, or depend on the version of Glance.
            "tags" | "locations" | "extra_properties" | "created_at" | "updated_at" => return None,
            _ => match Attribute::named(name) {
                Some(
                    Attribute::Tags
                    | Attribute::CreatedAt
                    | Attribute::UpdatedAt
                    | Attribute::SelfPath
                    | Attribute::FilePath
                    | Attribute::SchemaPath,
                ) => return None,
                Some(attribute) => Self::Attribute(attribute),
                None => Self::Property(name.to_owned()),
            },
        })
    }
}

impl<'a> Facts<'a> {
    /// The value of the target's field; `None` if the target has no such field.
    pub(in crate::policy) fn field(&self, field: &Field) -> Option<Cow<'a, str>> {
        let caller = self.identity.project.as_ref();
        let project = |id: Option<&'a ProjectId>| id.map_or(NONE, ProjectId::as_str).into();
        match (self.target, field) {
            (Target::Image(image), Field::Member) => {
                let is_shared =
                    image.visibility == Visibility::Shared && image.owner.as_ref() != caller;
                Some(project(caller.filter(|_| is_shared)))
            }
            (Target::Image(image), Field::Property(name)) => image
                .properties
                .get(name)
                .map(|value| value.as_str().into()),
            (Target::Image(image) | Target::Proposed(image), Field::Project) => {
                Some(project(image.owner.as_ref()))
            }
            (Target::Image(image), Field::Attribute(attribute))
            | (
                Target::Proposed(image),
                Field::Attribute(attribute @ (Attribute::Owner | Attribute::Visibility)),
            ) => Some(text(attribute.value(image))),
            (Target::Project, Field::Project) => Some(project(caller)),
            (Target::Proposed(_) | Target::Project | Target::Nothing, _) => None,
        }
    }
}

/// The value as Python prints it.
fn text(value: AttributeValue<'_>) -> Cow<'_, str> {
    match value {
        AttributeValue::Text(text) => text,
        AttributeValue::Id(id) => id.to_string().into(),
        AttributeValue::Number(number) => number.to_string().into(),
        AttributeValue::Flag(true) => "True".into(),
        AttributeValue::Flag(false) => "False".into(),
        AttributeValue::Null | AttributeValue::Time(_) | AttributeValue::Tags(_) => NONE.into(),
    }
}
