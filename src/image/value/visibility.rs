//! Who besides the owner can see an image.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use super::text::word_value;

/// Who besides the owner can see an image.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(
    serialize_all = "lowercase",
    parse_err_ty = VisibilityError,
    parse_err_fn = VisibilityError::new
)]
pub enum Visibility {
    /// Every project sees it and lists it.
    Public,
    /// Every project sees it, but lists it only when it asks for community images.
    Community,
    /// The owner and the members see it.
    Shared,
    /// Only the owner sees it.
    Private,
}

/// A text that is not a visibility.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not one of public, community, shared and private")]
pub struct VisibilityError(String);

word_value!(Visibility, VisibilityError);
