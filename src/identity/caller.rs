//! The bearer of a token.

use std::sync::Arc;

use super::project::ProjectId;
use super::role::Role;
use super::role_names::RoleNames;

/// The bearer of a valid token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The id of the user.
    pub user: String,
    /// The id of the user's domain, if known.
    pub user_domain: Option<Arc<str>>,
    /// The project that the token is scoped to; `None` for an unscoped token, and for one that is
    /// scoped to a domain or to the system.
    pub project: Option<ProjectId>,
    /// The id of the project's domain, if known.
    pub project_domain: Option<Arc<str>>,
    /// The id of the domain that the token is scoped to.
    pub domain: Option<Arc<str>>,
    /// Whether the token is scoped to the system.
    pub is_system: bool,
    /// The strongest role that Keystone knows by itself; `None` if the token carries none.
    pub role: Option<Role>,
    /// The names of all roles that the token carries.
    pub roles: RoleNames,
}

impl Identity {
    /// The user with these roles in `project`, in domains that are not known.
    pub fn new<'a>(
        user: impl Into<String>,
        project: Option<ProjectId>,
        roles: impl IntoIterator<Item = &'a str, IntoIter: Clone>,
    ) -> Self {
        let roles = roles.into_iter();
        Self {
            user: user.into(),
            user_domain: None,
            project,
            project_domain: None,
            domain: None,
            is_system: false,
            role: Role::strongest(roles.clone()),
            roles: RoleNames::of_token(roles),
        }
    }

    /// Whether the token carries the role `name`, in lower case, or one that implies it.
    #[must_use]
    pub fn has_role(&self, name: &str) -> bool {
        let is_implied = |role: &Role| role.name() == name;
        self.roles.contains(name)
            || Role::ALL
                .iter()
                .filter(|role| self.role >= Some(**role))
                .any(is_implied)
    }

    /// Whether the user is an admin of the project that the token is for.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.role == Some(Role::Admin) && self.project.is_some()
    }
}
