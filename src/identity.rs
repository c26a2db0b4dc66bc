//! The caller of a request: the user, the project and the role that a token stands for.
//!
//! Plain data. [`crate::auth`] turns a token into an [`Identity`]; [`crate::policy`] decides what
//! an identity may do.

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

/// The roles that the policy knows, each with the rights of the ones before it. Other roles have no
/// effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// May read what the project sees.
    Reader,
    /// May change what the project owns.
    Member,
    /// May see and change everything.
    Admin,
}

impl Role {
    /// The strongest role among `names`. As in OpenStack, upper and lower case are the same.
    pub fn strongest<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let role = |name: &str| match name.to_ascii_lowercase().as_str() {
            "reader" => Some(Self::Reader),
            "member" => Some(Self::Member),
            "admin" => Some(Self::Admin),
            _ => None,
        };
        names.into_iter().filter_map(role).max()
    }
}

/// The bearer of a valid token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The id of the user.
    pub user: String,
    /// The project that the token is scoped to; `None` for an unscoped or a domain-scoped token.
    pub project: Option<ProjectId>,
    /// The strongest role that the policy knows; `None` if the token carries none.
    pub role: Option<Role>,
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

    #[test]
    fn the_strongest_role_counts_and_unknown_ones_do_not() {
        assert_eq!(
            Role::strongest(["reader", "Member", "service"]),
            Some(Role::Member)
        );
        assert_eq!(Role::strongest(["reader", "ADMIN"]), Some(Role::Admin));
        assert_eq!(Role::strongest(["service", "heat_stack_owner"]), None);
    }
}
