//! Who is asking: the user, the project and the role that a token stands for.
//!
//! Plain data. How a token becomes an [`Identity`] is the business of [`crate::auth`]; what an identity may do is the
//! business of [`crate::policy`].

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The id of a project (once called a tenant) as the identity service gives it: any non-empty string.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProjectId(Arc<str>);

impl ProjectId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ProjectId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for ProjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The roles that count, each containing the ones before it. Other roles have no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// May look at what the project sees.
    Reader,
    /// May change what the project owns.
    Member,
    /// May see and change everything.
    Admin,
}

impl Role {
    /// The strongest role among `names`, in upper or lower case as OpenStack compares them.
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

/// What a valid token says of its bearer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The id of the user.
    pub user: String,
    /// The project that the token is scoped to; `None` for an unscoped or a domain-scoped token.
    pub project: Option<ProjectId>,
    /// The strongest role that counts; `None` if the token carries none.
    pub role: Option<Role>,
}

#[cfg(test)]
mod tests {
    use super::*;

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
