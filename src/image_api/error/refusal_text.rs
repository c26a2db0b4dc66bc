//! The text with which Glance answers each [`Refusal`].
//!
//! Glance words the same refusal differently from call to call, so the text also depends on the
//! [`Subject`].

use super::subject::{Call, Subject};
use crate::image::{Attribute, ImportObstacle, Refusal};

/// The text that the client receives.
pub(super) fn text(refusal: &Refusal, subject: Option<&Subject>) -> String {
    let specific = subject.and_then(|subject| text_of_call(refusal, subject));
    specific.unwrap_or_else(|| general_text(refusal))
}

/// The text where it depends on the call.
fn text_of_call(refusal: &Refusal, Subject { image, call }: &Subject) -> Option<String> {
    Some(match (refusal, call) {
        (Refusal::NotVisible, Call::Other) => format!("No image found with ID {image}"),
        (Refusal::NotVisible, Call::ListTasks) => "The resource could not be found.".to_owned(),
        (Refusal::NotVisible, Call::DeleteImage) => {
            format!("Failed to find image {image} to delete")
        }
        (Refusal::UploadGone, _) => format!(
            "Image {image} could not be found after upload. The image may have been deleted during \
             the upload, cleaning up the chunks uploaded."
        ),
        (Refusal::NotVisible, _) => format!("Image {image} not found."),
        (Refusal::TagNotRemovable(tag) | Refusal::TagImmutable(tag), Call::DeleteImage) => format!(
            "Image {image} cannot be deleted: you are not authorized to remove its tag '{tag}'."
        ),
        (Refusal::TooManyTags { .. }, Call::Tag) => {
            let text = general_text(refusal);
            format!("Image tag limit exceeded for image {image}: {text}:")
        }
        (Refusal::TooManyMembers { .. }, Call::ChangeMember { .. }) => {
            let text = general_text(refusal);
            format!("Image member limit exceeded for image {image}: {text}:")
        }
        (Refusal::NotShared, Call::ListMembers) => format!(
            "Not allowed to list members for image {image}: Only shared images have members."
        ),
        (Refusal::NotShared, Call::ChangeMember { verb, .. }) => {
            format!("Not allowed to {verb} members for image {image}.")
        }
        (Refusal::NoSuchMember, Call::ShowMember(project) | Call::ChangeMember { project, .. }) => {
            format!("{project} not found in the member list of the image {image}.")
        }
        (Refusal::MemberExists, Call::ChangeMember { project, .. }) => {
            format!("Member {project} is duplicated for image {image}")
        }
        _ => return None,
    })
}

/// The text that is the same for every call.
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn general_text(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotVisible => "The image is not visible to the caller.".to_owned(),
        Refusal::NotStorable(tag) => format!(
            "Glance's database cannot keep the tag {}: it has a character of four bytes.",
            tag.as_str()
        ),
        Refusal::OfGlance => {
            "The image belongs to Glance: only its tags can be changed here.".to_owned()
        }
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
        Refusal::TagNotAddable(tag) => {
            format!(
                "You are not authorized to add the tag '{tag}': it is reserved for other roles."
            )
        }
        Refusal::TagNotRemovable(tag) => format!(
            "You are not authorized to remove the tag '{tag}': it is reserved for other roles."
        ),
        Refusal::TagImmutable(tag) => {
            format!("The tag '{tag}' is immutable: only an admin can remove it.")
        }
        Refusal::TagTaken { tag, holder } => {
            let holder = holder.map_or("another image".to_owned(), |id| format!("image {id}"));
            format!("Only one image can have the tag '{tag}', and {holder} has it.")
        }
        Refusal::MoveForbidden { tag } => format!(
            "Only one image can have the tag '{tag}', and you are not authorized to take it from \
             the image that has it."
        ),
        Refusal::TooManyCarriers { tag, maximum } => format!(
            "Only one image can have the tag '{tag}', and more than {maximum} have it: the \
             operator has to run 'image-tags doctor' first."
        ),
        Refusal::TagNotExclusive(tag) => format!(
            "The tag '{tag}' cannot be promoted: no rule in [[tags.rules]] makes it exclusive, so \
             other changes of the tag would not wait for the promotion."
        ),
        Refusal::NoImageWithTag(tag) => format!("No image found with the tag '{tag}'."),
        Refusal::SeveralImagesWithTag(tag) => {
            format!("More than one image has the tag '{tag}'.")
        }
        Refusal::NoFormerImage(tag) => format!("No other image had the tag '{tag}' before."),
        Refusal::FormerImageGone(tag) => format!(
            "The image that had the tag '{tag}' before no longer exists, or belongs to another \
             project."
        ),
        Refusal::PreconditionFailed => {
            "A precondition of the request does not hold: If-Match or If-None-Match.".to_owned()
        }
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
        Refusal::Transition { from, to } => {
            format!("Image status transition from {from} to {to} is not allowed")
        }
        Refusal::NotImportable(obstacle) => import_text(*obstacle),
        Refusal::UploadGone => "The image is not waiting for this upload.".to_owned(),
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

fn import_text(obstacle: ImportObstacle) -> String {
    match obstacle {
        ImportObstacle::Active => "Image with status active cannot be target for import".to_owned(),
        ImportObstacle::NotQueued(method) => {
            format!("Image needs to be in 'queued' state to use '{method}' method")
        }
        ImportObstacle::NotStaged => {
            "Image needs to be staged before 'glance-direct' method can be used".to_owned()
        }
        ImportObstacle::FormatMissing(format) => {
            format!("'{}' needs to be set before import", format.name())
        }
    }
}

fn limit(what: &str, attempted: usize, maximum: usize) -> String {
    format!("The limit has been exceeded on the {what}. Attempted: {attempted}, Maximum: {maximum}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::ImageId;
    use crate::image_api::error::refusal_status;

    #[test]
    fn a_tag_that_one_image_can_have_is_refused_with_its_name() {
        let (tag, id) = (|| "a/b".parse().unwrap(), ImageId::random());
        let taken = |holder| Refusal::TagTaken { tag: tag(), holder };
        let only = "Only one image can have the tag 'a/b', and";
        for (refusal, status, text) in [
            (taken(None), 409, format!("{only} another image has it.")),
            (taken(Some(id)), 409, format!("{only} image {id} has it.")),
            (
                Refusal::MoveForbidden { tag: tag() },
                403,
                format!("{only} you are not authorized to take it from the image that has it."),
            ),
            (
                Refusal::TooManyCarriers {
                    tag: tag(),
                    maximum: 64,
                },
                409,
                format!(
                    "{only} more than 64 have it: the operator has to run 'image-tags doctor' \
                     first."
                ),
            ),
            (
                Refusal::PreconditionFailed,
                412,
                "A precondition of the request does not hold: If-Match or If-None-Match."
                    .to_owned(),
            ),
        ] {
            let subject = Subject::new(id.to_string(), Call::Tag);
            assert_eq!(refusal_status(&refusal, Some(&subject)).as_u16(), status);
            assert_eq!(super::text(&refusal, Some(&subject)), text);
        }
    }
}
