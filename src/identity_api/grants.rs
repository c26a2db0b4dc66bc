//! What a new token is granted: the user, and its roles in a project.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::error::IdentityError;
use super::login::Scope;
use super::view::DOMAIN_ID;
use crate::auth::{Grant, Project, User};
use crate::identity::Identity;

/// The method of a login by a token.
const TOKEN: &str = "token";

/// The grant of an unscoped token for a password.
pub(super) fn new_grant(user: &User, now: Timestamp, expires_at: Timestamp) -> Grant {
    Grant {
        identity: Arc::new(Identity {
            user_domain: Some(DOMAIN_ID.into()),
            ..Identity::new(&user.id, None, [])
        }),
        user_name: user.name.clone(),
        project: None,
        roles: Vec::new(),
        methods: vec!["password".to_owned()],
        issued_at: now,
        expires_at: Some(expires_at),
        audit_ids: vec![Uuid::new_v4().simple().to_string()],
    }
}

/// The grant of an unscoped token for the token with the grant `old`. It expires with that token,
/// and it names the methods and the login that the chain of tokens began with, as in Keystone.
pub(super) fn grant_for_token(
    user: &User,
    old: &Grant,
    now: Timestamp,
    expires_at: Timestamp,
) -> Grant {
    let mut grant = new_grant(user, now, expires_at);
    let others = old.methods.iter().filter(|method| *method != TOKEN);
    grant.methods = [TOKEN.to_owned()]
        .into_iter()
        .chain(others.cloned())
        .collect();
    grant.audit_ids.extend(old.audit_ids.last().cloned());
    grant
}

/// Scopes `grant` to a project in which `user` has a role.
pub(super) fn scope_to(grant: &mut Grant, user: &User, scope: &Scope) -> Result<(), IdentityError> {
    let wanted = |project: &Project| match scope {
        Scope::ProjectId(id) => project.id.as_str() == id,
        Scope::ProjectName(name) => project.name == *name,
        Scope::Default => user.default_project.as_ref() == Some(&project.id),
        Scope::Unscoped | Scope::Other => false,
    };
    match scope {
        Scope::Unscoped => return Ok(()),
        Scope::Default if user.default_project.is_none() => return Ok(()),
        _ => {}
    }
    let (project, roles) = user
        .projects_with_role()
        .find(|(project, _)| wanted(project))
        .ok_or(IdentityError::Unauthorized)?;
    grant.identity = Arc::new(Identity {
        user_domain: Some(DOMAIN_ID.into()),
        project_domain: Some(DOMAIN_ID.into()),
        ..Identity::new(
            &user.id,
            Some(project.id.clone()),
            roles.iter().map(String::as_str),
        )
    });
    grant.project = Some((project.id.clone(), project.name.clone()));
    grant.roles.clone_from(roles);
    Ok(())
}
