//! Why a change to an image, or the use of it, is refused.

use crate::identity::ProjectId;
use crate::image::attribute::Attribute;
use crate::image::value::{ImageId, ImportMethod, Status, Tag};

/// A policy or a rule of the image said no to a request. Nothing has been changed.
///
/// The texts are for logs and commands; the API answers with Glance's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The caller cannot see the image; to the caller it does not exist.
    #[error("the caller cannot see the image")]
    NotVisible,
    /// The caller sees the image but may not do this to it.
    #[error("the policy {policy} does not allow this to the caller")]
    Forbidden {
        /// Glance's name of the policy rule.
        policy: &'static str,
    },
    /// Only an admin gives an image to another project.
    #[error("only an admin can change the owner of an image")]
    OwnerIsForAdmins,
    /// Only an admin creates an image for another project, or for none.
    #[error("only an admin can create an image for another project")]
    CreatedForAnother(Option<ProjectId>),
    /// The tag to remove is not on the image.
    #[error("the image does not have the tag")]
    NoSuchTag,
    /// There is no tag at this place of the list, counted from 0.
    #[error("the image has no tag number {0}")]
    NoTagAt(usize),
    /// The image would have more tags than its quota.
    #[error("the image would have {attempted} tags and may have {maximum}")]
    TooManyTags {
        /// How many tags the image would have had.
        attempted: usize,
        /// How many it may have.
        maximum: usize,
    },
    /// A rule reserves adding the tag to roles that the caller does not have.
    #[error("the rules do not allow the caller to add the tag {:?}", .0.as_str())]
    TagNotAddable(Tag),
    /// A rule reserves removing the tag to roles that the caller does not have.
    #[error("the rules do not allow the caller to remove the tag {:?}", .0.as_str())]
    TagNotRemovable(Tag),
    /// Only an admin removes the tag.
    #[error("the tag {:?} is immutable", .0.as_str())]
    TagImmutable(Tag),
    /// Another image carries the tag, which one image at most carries and which does not move.
    #[error("the tag {:?} is on another image", .tag.as_str())]
    TagTaken {
        /// The tag.
        tag: Tag,
        /// The image that carries it, if the caller may see it.
        holder: Option<ImageId>,
    },
    /// The tag would have to be taken from an image that the caller may not change.
    #[error("the tag {:?} is on an image that the caller may not change", .tag.as_str())]
    MoveForbidden {
        /// The tag.
        tag: Tag,
    },
    /// The tag cannot be promoted: no rule makes it exclusive.
    #[error("no rule makes the tag {:?} exclusive", .0.as_str())]
    TagNotExclusive(Tag),
    /// No image that counts has the tag.
    #[error("no image has the tag {:?}", .0.as_str())]
    NoImageWithTag(Tag),
    /// More than one image has the tag.
    #[error("more than one image has the tag {:?}", .0.as_str())]
    SeveralImagesWithTag(Tag),
    /// As far as the history goes, no other image had the tag before.
    #[error("no other image had the tag {:?} before", .0.as_str())]
    NoFormerImage(Tag),
    /// The image that had the tag before is gone, or not in the scope of the tag any more.
    #[error("the image that had the tag {:?} before is gone", .0.as_str())]
    FormerImageGone(Tag),
    /// What the request requires of the current state does not hold.
    #[error("a precondition of the request does not hold")]
    PreconditionFailed,
    /// The image would have more properties than its quota.
    #[error("the image would have {attempted} properties and may have {maximum}")]
    TooManyProperties {
        /// How many properties the image would have had.
        attempted: usize,
        /// How many it may have.
        maximum: usize,
    },
    /// The image would be shared with more projects than its quota.
    #[error("the image would have {attempted} members and may have {maximum}")]
    TooManyMembers {
        /// How many members the image would have had.
        attempted: usize,
        /// How many it may have.
        maximum: usize,
    },
    /// The image would become too large with all its tags, members and properties.
    #[error("the image would be {attempted} bytes large and may be {maximum}")]
    TooLarge {
        /// How many bytes it would have had.
        attempted: usize,
        /// How many it may have.
        maximum: usize,
    },
    /// The value that is moved or copied is not of the kind that is wanted there.
    #[error("the value of {from} does not fit {to}")]
    DoesNotFit {
        /// The JSON pointer to the value.
        from: String,
        /// The JSON pointer to where it should go.
        to: String,
    },
    /// Only a shared image has members.
    #[error("only shared images have members")]
    NotShared,
    /// The image is shared with the project already.
    #[error("the image is already shared with the project")]
    MemberExists,
    /// The image is not shared with the project, or the caller may not know.
    #[error("the image is not shared with the project")]
    NoSuchMember,
    /// The answer of a member is not a status.
    #[error("the status of a member is pending, accepted or rejected")]
    NoMemberStatus,
    /// The property to replace or remove is not on the image.
    #[error("the image has no property {0}")]
    NoSuchProperty(String),
    /// The property to add is on the image.
    #[error("the image already has a property {0}")]
    PropertyExists(String),
    /// Every image has this attribute.
    #[error("the attribute {0} cannot be removed")]
    NotRemovable(String),
    /// The `test` of a patch does not hold.
    #[error("the test of {0} failed")]
    TestFailed(String),
    /// The format belongs to the data, which is there already.
    #[error("{} is fixed once the image has data", .0.name())]
    FormatIsFixed(Attribute),
    /// The image is protected against deletion.
    #[error("the image {0} is protected against deletion")]
    Protected(ImageId),
    /// An image in this status takes no data this way.
    #[error("an image with the status {from} does not become {to}")]
    Transition {
        /// The status that the image has.
        from: Status,
        /// The status that it would have while data comes.
        to: Status,
    },
    /// The image cannot be the target of the import.
    #[error("the image cannot be imported to: {0:?}")]
    NotImportable(ImportObstacle),
    /// The image was deleted during the upload, or the upload was given up by another process.
    #[error("the image is not waiting for this upload")]
    UploadGone,
    /// These formats have to be set before an upload.
    #[error("the formats have to be set before data is uploaded")]
    FormatsMissing(&'static [Attribute]),
    /// The status does not allow for the action.
    #[error("an image with the status {status} takes no {action}")]
    WrongStatus {
        /// `deactivate` or `reactivate`.
        action: &'static str,
        /// The status that the image has.
        status: Status,
    },
    /// More images carry the exclusive tag than one write may change.
    #[error("the tag {:?} is on more than {maximum} images", .tag.as_str())]
    TooManyCarriers {
        /// The tag.
        tag: Tag,
        /// How many images one write changes at most.
        maximum: usize,
    },
    /// Only admins get the data of a deactivated image.
    #[error("the image is deactivated")]
    Deactivated,
    /// The database of a Glance has no place for a character of the tag.
    #[error("the database of Glance cannot keep the tag {:?}", .0.as_str())]
    NotStorable(Tag),
    /// The images belong to a Glance, and only their tags can be changed here.
    #[error("the image belongs to a Glance, and only its tags can be changed here")]
    OfGlance,
}

/// Why an image cannot be the target of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportObstacle {
    /// It is active.
    Active,
    /// It is not queued, as this method wants it.
    NotQueued(ImportMethod),
    /// No data has been staged, or not all of it.
    NotStaged,
    /// This format has to be set before.
    FormatMissing(Attribute),
}
