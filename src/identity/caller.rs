//! The bearer of a token.

use super::project::ProjectId;
use super::role::Role;
use super::role_names::RoleNames;

/// The bearer of a valid token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The id of the user.
    pub user: String,
    /// The project that the token is scoped to; `None` for an unscoped or a domain-scoped token.
    pub project: Option<ProjectId>,
    /// The strongest role that the policy knows; `None` if the token carries none.
    pub role: Option<Role>,
    /// The names of all roles that the token carries, for the rules of tags.
    pub roles: RoleNames,
}
