//! What a new token is granted: the user, and its roles in a project.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::error::IdentityError;
use super::login::Scope;
use crate::auth::{Grant, Project, User};
use crate::identity::{Identity, Role, RoleNames};

/// The grant of an unscoped token. `method` is how the user proved its identity.
pub(super) fn new_grant(user: &User, method: &str, now: Timestamp, expires_at: Timestamp) -> Grant {
    Grant {
        identity: Arc::new(Identity {
            user: user.id.clone(),
            project: None,
            role: None,
            roles: RoleNames::default(),
        }),
        user_name: user.name.clone(),
        project: None,
        roles: Vec::new(),
        methods: vec![method.to_owned()],
        issued_at: now,
        expires_at: Some(expires_at),
        audit_id: Uuid::new_v4().simple().to_string(),
    }
}

/// Scopes `grant` to a project in which `user` has a role.
pub(super) fn scope_to(grant: &mut Grant, user: &User, scope: &Scope) -> Result<(), IdentityError> {
    let wanted = |project: &Project| match scope {
        Scope::ProjectId(id) => project.id.as_str() == id,
        Scope::ProjectName(name) => project.name == *name,
        Scope::Unscoped | Scope::Other => false,
    };
    if matches!(scope, Scope::Unscoped) {
        return Ok(());
    }
    let has_role =
        |(project, roles): &&(Project, Vec<String>)| wanted(project) && !roles.is_empty();
    let (project, roles) = user
        .projects
        .iter()
        .find(has_role)
        .ok_or(IdentityError::Unauthorized)?;
    grant.identity = Arc::new(Identity {
        user: user.id.clone(),
        project: Some(project.id.clone()),
        role: Role::strongest(roles.iter().map(String::as_str)),
        roles: RoleNames::of_token(roles),
    });
    grant.project = Some((project.id.clone(), project.name.clone()));
    grant.roles.clone_from(roles);
    Ok(())
}
