//! The status with which Glance answers each [`Refusal`].

use axum::http::StatusCode;

use super::subject::{Call, Subject};
use crate::image::Refusal;

/// The status of the answer.
pub(in crate::image_api) fn status(refusal: &Refusal, subject: Option<&Subject>) -> StatusCode {
    match refusal {
        Refusal::FormatsMissing(_)
        | Refusal::NoMemberStatus
        | Refusal::DoesNotFit { .. }
        | Refusal::NotStorable(_) => StatusCode::BAD_REQUEST,
        // Glance tells less to whom it does not show a member.
        Refusal::NotShared | Refusal::Forbidden { .. }
            if matches!(
                subject,
                Some(Subject {
                    call: Call::ShowMember(_),
                    ..
                })
            ) =>
        {
            StatusCode::NOT_FOUND
        }
        Refusal::Forbidden { .. }
        | Refusal::OwnerIsForAdmins
        | Refusal::CreatedForAnother(_)
        | Refusal::NotRemovable(_)
        | Refusal::FormatIsFixed(_)
        | Refusal::Protected(_)
        | Refusal::WrongStatus { .. }
        | Refusal::NotShared
        | Refusal::Deactivated
        | Refusal::OfGlance
        | Refusal::TagNotAddable(_)
        | Refusal::TagNotRemovable(_)
        | Refusal::TagImmutable(_)
        | Refusal::MoveForbidden { .. } => StatusCode::FORBIDDEN,
        Refusal::NotVisible
        | Refusal::NoSuchTag
        | Refusal::NoSuchMember
        | Refusal::NoImageWithTag(_) => StatusCode::NOT_FOUND,
        Refusal::NoSuchProperty(_)
        | Refusal::PropertyExists(_)
        | Refusal::NoTagAt(_)
        | Refusal::TestFailed(_)
        | Refusal::MemberExists
        | Refusal::Transition { .. }
        | Refusal::NotImportable(_)
        | Refusal::TagTaken { .. }
        | Refusal::TooManyCarriers { .. }
        | Refusal::TagNotExclusive(_)
        | Refusal::SeveralImagesWithTag(_)
        | Refusal::NoFormerImage(_)
        | Refusal::FormerImageGone(_) => StatusCode::CONFLICT,
        Refusal::UploadGone => StatusCode::GONE,
        Refusal::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        Refusal::TooManyTags { .. }
        | Refusal::TooManyProperties { .. }
        | Refusal::TooManyMembers { .. }
        | Refusal::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
    }
}

/// The general explanation of the status, where Glance puts it before the text of the refusal.
pub(super) fn explanation(refusal: &Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::OwnerIsForAdmins | Refusal::CreatedForAnother(_) | Refusal::NotRemovable(_) => {
            Some("Access was denied to this resource.")
        }
        Refusal::NoSuchProperty(_)
        | Refusal::PropertyExists(_)
        | Refusal::NoTagAt(_)
        | Refusal::TestFailed(_) => {
            Some("There was a conflict when trying to complete your request.")
        }
        _ => None,
    }
}
