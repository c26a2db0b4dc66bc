//! Ids of projects.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The id of a project (a tenant in older APIs) as the identity service assigns it: 1 to 255
/// characters (code points) without NUL.
///
/// ```
/// use image_tags::identity::{ProjectId, ProjectIdError};
///
/// assert_eq!("demo".parse::<ProjectId>().unwrap().as_str(), "demo");
/// assert_eq!("".parse::<ProjectId>(), Err(ProjectIdError::Empty));
/// assert_eq!("a".repeat(256).parse::<ProjectId>(), Err(ProjectIdError::TooLong));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct ProjectId(Arc<str>);

/// Why a text is not the id of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProjectIdError {
    /// No character.
    #[error("a project id must not be empty")]
    Empty,
    /// More than [`ProjectId::MAX_CHARS`] characters.
    #[error("a project id must have at most {} characters", ProjectId::MAX_CHARS)]
    TooLong,
    /// A NUL, which PostgreSQL cannot store.
    #[error("a project id must not contain NUL")]
    Nul,
}

impl ProjectId {
    /// The longest id in characters (code points): what a column of MariaDB with an index holds.
    pub const MAX_CHARS: usize = 255;

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProjectId {
    type Err = ProjectIdError;

    fn from_str(text: &str) -> Result<Self, ProjectIdError> {
        if text.is_empty() {
            return Err(ProjectIdError::Empty);
        }
        if text.contains('\0') {
            return Err(ProjectIdError::Nul);
        }
        if text.len() > Self::MAX_CHARS && text.chars().nth(Self::MAX_CHARS).is_some() {
            return Err(ProjectIdError::TooLong);
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for ProjectId {
    type Error = ProjectIdError;

    fn try_from(text: String) -> Result<Self, ProjectIdError> {
        text.parse()
    }
}

impl fmt::Display for ProjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_id_has_1_to_255_characters_and_no_nul() {
        assert!("\u{1f600}".repeat(255).parse::<ProjectId>().is_ok());
        for (text, error) in [
            ("", ProjectIdError::Empty),
            (&*"a".repeat(256), ProjectIdError::TooLong),
            ("\0", ProjectIdError::Nul),
        ] {
            assert_eq!(text.parse::<ProjectId>(), Err(error));
        }
    }
}
