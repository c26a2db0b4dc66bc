//! Why a change to an image is refused. The texts are Glance's where it has the case: clients are shown them.

use super::{ImageId, Status};

/// What a policy or a rule of the image says against a request. Nothing has been changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The caller cannot see the image; to the caller it does not exist.
    #[error("The image is not visible to the caller.")]
    NotVisible,
    /// The caller sees the image but may not do this to it.
    #[error("You are not authorized to complete {policy} action.")]
    Forbidden {
        /// Glance's name of the policy rule.
        policy: &'static str,
    },
    /// Only an admin gives an image to another project.
    #[error("Owner can't be updated by non admin.")]
    OwnerIsForAdmins,
    /// Only an admin makes an image for another project.
    #[error("You are not permitted to create images owned by '{0}'")]
    CreatedForAnother(String),
    /// The tag to remove is not on the image.
    #[error("The resource could not be found.")]
    NoSuchTag,
    /// There is no tag at this place of the list.
    #[error("There is no tag number {0}.")]
    NoTagAt(usize),
    /// The image would have more tags than it may.
    #[error(
        "The limit has been exceeded on the number of allowed image tags. Attempted: {attempted}, Maximum: {maximum}"
    )]
    TooManyTags {
        /// How many tags the image would have had.
        attempted: usize,
        /// How many it may have.
        maximum: usize,
    },
    /// The image would have more properties than it may.
    #[error(
        "The limit has been exceeded on the number of allowed image properties. Attempted: {attempted}, Maximum: \
         {maximum}"
    )]
    TooManyProperties {
        /// How many properties the image would have had.
        attempted: usize,
        /// How many it may have.
        maximum: usize,
    },
    /// The image would be shared with more projects than it may.
    #[error(
        "The limit has been exceeded on the number of allowed image members for this image. Attempted: {attempted}, \
         Maximum: {maximum}"
    )]
    TooManyMembers {
        /// How many members the image would have had.
        attempted: usize,
        /// How many it may have.
        maximum: usize,
    },
    /// The image would become too large with all its tags, members and properties.
    #[error(
        "The limit has been exceeded on the size of an image's attributes. Attempted: {attempted}, Maximum: {maximum}"
    )]
    TooLarge {
        /// How many bytes they would have had.
        attempted: usize,
        /// How many they may have.
        maximum: usize,
    },
    /// Not every store can keep such an image, or the API would not have taken it.
    #[error("{0}")]
    Unstorable(&'static str),
    /// A property has the name of an attribute, or one that Glance keeps to itself.
    #[error("No property can be named {0}.")]
    ReservedProperty(String),
    /// The value that is moved or copied is not of the kind that is wanted there.
    #[error("The value of {from} does not fit {to}.")]
    DoesNotFit {
        /// Where the value is.
        from: String,
        /// Where it should go.
        to: String,
    },
    /// Only a shared image has members.
    #[error("Only shared images have members.")]
    NotShared,
    /// The image is shared with the project already.
    #[error("The image is shared with the project.")]
    MemberExists,
    /// The image is not shared with the project, or the caller may not know.
    #[error("The image is not shared with the project.")]
    NoSuchMember,
    /// What a member should say is no status.
    #[error("Incorrect request: Status must be \"pending\", \"accepted\" or \"rejected\".")]
    NoMemberStatus,
    /// The property to replace or remove is not on the image.
    #[error("Property {0} does not exist.")]
    NoSuchProperty(String),
    /// The property to add is on the image.
    #[error("Property {0} already present.")]
    PropertyExists(String),
    /// Every image has this attribute.
    #[error("Property {0} may not be removed.")]
    NotRemovable(String),
    /// A precondition that the request brought along does not hold.
    #[error("The test of {0} failed.")]
    TestFailed(String),
    /// The format belongs to the data, which is there already.
    #[error("Attribute {0} can be only replaced for a queued image.")]
    FormatIsFixed(&'static str),
    /// The image is protected against deletion.
    #[error("Image {0} is protected and cannot be deleted.")]
    Protected(ImageId),
    /// The status does not allow for data.
    #[error("Image status transition from {0} to saving is not allowed")]
    HasData(Status),
    /// The formats have to be there before the data.
    #[error("{0} must be set prior to saving data.")]
    FormatsMissing(String),
    /// The status does not allow the action.
    #[error("Not allowed to {action} image in status '{status}'")]
    WrongStatus {
        /// `deactivate` or `reactivate`.
        action: &'static str,
        /// The status that the image has.
        status: Status,
    },
    /// The data of a deactivated image is for admins.
    #[error("The requested image has been deactivated. Image data download is forbidden.")]
    Deactivated,
}
