//! Glance's answers to a refusal: the status and the text of each.

use axum::http::StatusCode;

use crate::image::{Attribute, Refusal};

/// The text for the client.
pub(super) fn text(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotVisible => "The image is not visible to the caller.".to_owned(),
        Refusal::Forbidden { policy } => {
            format!("You are not authorized to complete {policy} action.")
        }
        Refusal::OwnerIsForAdmins => "Owner can't be updated by non admin.".to_owned(),
        Refusal::CreatedForAnother(owner) => {
            let owner = owner.as_ref().map_or("None", |owner| owner.as_str());
            format!("You are not permitted to create images owned by '{owner}'")
        }
        Refusal::NoSuchTag => "The resource could not be found.".to_owned(),
        Refusal::NoTagAt(place) => format!("There is no tag number {place}."),
        Refusal::TooManyTags { attempted, maximum } => {
            limit("number of allowed image tags", *attempted, *maximum)
        }
        Refusal::TooManyProperties { attempted, maximum } => {
            limit("number of allowed image properties", *attempted, *maximum)
        }
        Refusal::TooManyMembers { attempted, maximum } => limit(
            "number of allowed image members for this image",
            *attempted,
            *maximum,
        ),
        Refusal::TooLarge { attempted, maximum } => {
            limit("size of an image's attributes", *attempted, *maximum)
        }
        Refusal::DoesNotFit { from, to } => format!("The value of {from} does not fit {to}."),
        Refusal::NotShared => "Only shared images have members.".to_owned(),
        Refusal::MemberExists => "The image is shared with the project.".to_owned(),
        Refusal::NoSuchMember => "The image is not shared with the project.".to_owned(),
        Refusal::NoMemberStatus => {
            "Incorrect request: Status must be \"pending\", \"accepted\" or \"rejected\"."
                .to_owned()
        }
        Refusal::NoSuchProperty(name) => format!("Property {name} does not exist."),
        Refusal::PropertyExists(name) => format!("Property {name} already present."),
        Refusal::NotRemovable(name) => format!("Property {name} may not be removed."),
        Refusal::TestFailed(name) => format!("The test of {name} failed."),
        Refusal::FormatIsFixed(format) => {
            let name = format.name();
            format!("Attribute {name} can be only replaced for a queued image.")
        }
        Refusal::Protected(id) => format!("Image {id} is protected and cannot be deleted."),
        Refusal::HasData(status) => {
            format!("Image status transition from {status} to saving is not allowed")
        }
        Refusal::FormatsMissing(formats) => {
            let names: Vec<_> = formats
                .iter()
                .map(|format| Attribute::name(*format))
                .collect();
            let noun = if names.len() == 1 {
                "Property"
            } else {
                "Properties"
            };
            let names = names.join(", ");
            format!("{noun} {names} must be set prior to saving data.")
        }
        Refusal::WrongStatus { action, status } => {
            format!("Not allowed to {action} image in status '{status}'")
        }
        Refusal::Deactivated => {
            "The requested image has been deactivated. Image data download is forbidden.".to_owned()
        }
    }
}

fn limit(what: &str, attempted: usize, maximum: usize) -> String {
    format!("The limit has been exceeded on the {what}. Attempted: {attempted}, Maximum: {maximum}")
}

/// The status.
pub(super) fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::FormatsMissing(_) | Refusal::NoMemberStatus | Refusal::DoesNotFit { .. } => {
            StatusCode::BAD_REQUEST
        }
        Refusal::Forbidden { .. }
        | Refusal::OwnerIsForAdmins
        | Refusal::CreatedForAnother(_)
        | Refusal::NotRemovable(_)
        | Refusal::FormatIsFixed(_)
        | Refusal::Protected(_)
        | Refusal::WrongStatus { .. }
        | Refusal::NotShared
        | Refusal::Deactivated => StatusCode::FORBIDDEN,
        Refusal::NotVisible | Refusal::NoSuchTag | Refusal::NoSuchMember => StatusCode::NOT_FOUND,
        Refusal::NoSuchProperty(_)
        | Refusal::PropertyExists(_)
        | Refusal::NoTagAt(_)
        | Refusal::TestFailed(_)
        | Refusal::MemberExists
        | Refusal::HasData(_) => StatusCode::CONFLICT,
        Refusal::TooManyTags { .. }
        | Refusal::TooManyProperties { .. }
        | Refusal::TooManyMembers { .. }
        | Refusal::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
    }
}

/// Whether Glance puts this text below the general explanation of the status.
pub(super) fn has_general_explanation(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::OwnerIsForAdmins
            | Refusal::CreatedForAnother(_)
            | Refusal::NotRemovable(_)
            | Refusal::NoSuchProperty(_)
            | Refusal::PropertyExists(_)
            | Refusal::NoTagAt(_)
            | Refusal::TestFailed(_)
    )
}
