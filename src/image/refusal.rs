//! Why a change to an image is refused.

/// What a policy or a rule of the image says against a request. Nothing has been changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The caller cannot see the image; to the caller it does not exist.
    #[error("the image is not visible to the caller")]
    NotVisible,
    /// The caller sees the image but may not do this to it.
    #[error("the policy {policy} does not allow it")]
    Forbidden {
        /// Glance's name of the policy rule, which its error messages show.
        policy: &'static str,
    },
    /// The tag to remove is not on the image.
    #[error("the image does not have the tag")]
    NoSuchTag,
    /// The image would have more tags than it may.
    #[error("{attempted} tags are more than {maximum}")]
    TooManyTags {
        /// How many tags the image would have had.
        attempted: usize,
        /// How many it may have.
        maximum: usize,
    },
}
