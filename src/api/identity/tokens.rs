//! `/v3/auth/tokens`: log in, look at a token, end it; and what a token gives a look at.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::error::Fault;
use super::login::{Method, Scope};
use super::{Base, IdentityService, Shared, body, login, service, view};
use crate::api::{path, query};
use crate::auth::{Grant, LoginError, Project, Token, User};
use crate::identity::{Identity, Role};
use crate::policy::is_admin;

/// The header that carries the token that a call is about.
const SUBJECT: &str = "x-subject-token";

/// Logs in: 201 and a new token.
pub(super) async fn issue(
    context: Shared,
    Extension(base): Extension<Base>,
    request: Request,
) -> Result<Response, Fault> {
    let service = service(&context)?;
    let (method, scope) = login::read(body(&context, request).await?)?;
    let now = Timestamp::now();
    let lifetime = SignedDuration::try_from(service.token).map_err(Fault::internal)?;
    let (user, mut grant) =
        match method {
            Method::Password(user, password) => {
                let user =
                    service.directory.login(&user, &password).await.map_err(
                        |error| match error {
                            LoginError::InvalidCredentials => Fault::Unauthorized,
                            error @ LoginError::Busy => Fault::Busy(error.into()),
                        },
                    )?;
                (user, new_grant(user, "password", now, now + lifetime))
            }
            Method::Token(token) => {
                let old = service.tokens.grant(&token).ok_or(Fault::Unauthorized)?;
                // A static token is no login: it may have been given less than its user has here, and it does not end.
                let end = old.expires_at.ok_or(Fault::Unauthorized)?;
                let user = service
                    .directory
                    .user(&old.identity.user)
                    .ok_or(Fault::Unauthorized)?;
                // A token that was had for a token does not live longer than that.
                (user, new_grant(user, "token", now, end))
            }
        };
    scope_to(&mut grant, user, &scope)?;

    let text = random_token()?;
    let token =
        Token::new(text.as_bytes()).ok_or_else(|| Fault::internal("a new token is none"))?;
    let body = view::token(service, &base, &grant, true);
    service
        .tokens
        .add(&token, grant)
        .map_err(|error| Fault::Busy(error.into()))?;
    let mut header = HeaderValue::from_str(&text).map_err(Fault::internal)?;
    header.set_sensitive(true);
    Ok((StatusCode::CREATED, [(SUBJECT, header)], Json(body)).into_response())
}

/// A token that nobody guesses: 256 bits from the operating system.
fn random_token() -> Result<String, Fault> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(Fault::internal)?;
    Ok(bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 0xF])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect())
}

fn new_grant(user: &User, method: &str, now: Timestamp, expires_at: Timestamp) -> Grant {
    Grant {
        identity: Arc::new(Identity {
            user: user.id.clone(),
            project: None,
            role: None,
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

/// Makes `grant` one for a project in which `user` has a role.
fn scope_to(grant: &mut Grant, user: &User, scope: &Scope) -> Result<(), Fault> {
    let wanted = |project: &Project| match scope {
        Scope::ProjectId(id) => project.id.as_str() == id,
        Scope::ProjectName(name) => project.name == *name,
        Scope::Nothing | Scope::Other => false,
    };
    if matches!(scope, Scope::Nothing) {
        return Ok(());
    }
    let has_role =
        |(project, roles): &&(Project, Vec<String>)| wanted(project) && !roles.is_empty();
    let (project, roles) = user
        .projects
        .iter()
        .find(has_role)
        .ok_or(Fault::Unauthorized)?;
    grant.identity = Arc::new(Identity {
        user: user.id.clone(),
        project: Some(project.id.clone()),
        role: Role::strongest(roles.iter().map(String::as_str)),
    });
    grant.project = Some((project.id.clone(), project.name.clone()));
    grant.roles.clone_from(roles);
    Ok(())
}

/// A valid token in one of the headers.
fn token_in(
    headers: &HeaderMap,
    name: &str,
    service: &IdentityService,
) -> Option<(Token, Arc<Grant>)> {
    let mut values = headers.get_all(name).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let token = Token::new(value.as_bytes())?;
    let grant = service.tokens.grant(&token)?;
    Some((token, grant))
}

/// Who is calling.
fn caller(headers: &HeaderMap, service: &IdentityService) -> Result<Arc<Grant>, Fault> {
    token_in(headers, "x-auth-token", service)
        .map(|(_, grant)| grant)
        .ok_or(Fault::Unauthorized)
}

/// The token that a call is about, if the caller may know of it: its own user's, or any for an admin.
fn subject(headers: &HeaderMap, service: &IdentityService) -> Result<(Token, Arc<Grant>), Fault> {
    let caller = caller(headers, service)?;
    let not_found = || Fault::NotFound("Could not find token.".to_owned());
    let (token, grant) = token_in(headers, SUBJECT, service).ok_or_else(not_found)?;
    if is_admin(&caller.identity) || caller.identity.user == grant.identity.user {
        Ok((token, grant))
    } else {
        Err(Fault::Forbidden)
    }
}

/// A token and all that it was given for.
pub(super) async fn show(
    context: Shared,
    Extension(base): Extension<Base>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Fault> {
    let service = service(&context)?;
    let (_, grant) = subject(&headers, service)?;
    let with_catalog = !uri
        .query()
        .unwrap_or_default()
        .split('&')
        .any(|parameter| parameter.starts_with("nocatalog"));
    let body = view::token(service, &base, &grant, with_catalog);
    let mut header = headers
        .get(SUBJECT)
        .cloned()
        .ok_or_else(|| Fault::internal("the header is gone"))?;
    header.set_sensitive(true);
    Ok(([(SUBJECT, header)], Json(body)).into_response())
}

/// Ends a token at once.
pub(super) async fn revoke(context: Shared, headers: HeaderMap) -> Result<StatusCode, Fault> {
    let service = service(&context)?;
    let (token, grant) = subject(&headers, service)?;
    // A static token stands in the configuration, and is ended there.
    if grant.expires_at.is_none() {
        return Err(Fault::Forbidden);
    }
    service.tokens.revoke(&token);
    Ok(StatusCode::NO_CONTENT)
}

/// The catalog of a scoped token.
pub(super) async fn catalog(
    context: Shared,
    Extension(base): Extension<Base>,
    headers: HeaderMap,
) -> Result<Json<Value>, Fault> {
    let service = service(&context)?;
    let caller = caller(&headers, service)?;
    let catalog = if caller.project.is_some() {
        view::catalog(service, &base)
    } else {
        json!([])
    };
    Ok(Json(
        json!({"catalog": catalog, "links": {"self": format!("{}/identity/v3/auth/catalog", base.0)}}),
    ))
}

fn list<'a>(
    base: &Base,
    projects: impl IntoIterator<Item = &'a Project>,
    path: &str,
) -> Json<Value> {
    let projects: Vec<_> = projects
        .into_iter()
        .map(|project| view::project(base, project))
        .collect();
    let link = format!("{}/identity/v3/{path}", base.0);
    Json(json!({"projects": projects, "links": {"self": link, "previous": null, "next": null}}))
}

/// The projects in which the caller has a role.
pub(super) async fn own_projects(
    context: Shared,
    Extension(base): Extension<Base>,
    headers: HeaderMap,
) -> Result<Json<Value>, Fault> {
    let service = service(&context)?;
    let caller = caller(&headers, service)?;
    let user = service.directory.user(&caller.identity.user);
    let projects = user
        .into_iter()
        .flat_map(|user| &user.projects)
        .map(|(project, _)| project);
    Ok(list(&base, projects, "auth/projects"))
}

/// All projects, or those of a name; for admins.
pub(super) async fn projects(
    context: Shared,
    Extension(base): Extension<Base>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Fault> {
    let service = service(&context)?;
    if !is_admin(&caller(&headers, service)?.identity) {
        return Err(Fault::Forbidden);
    }
    let parameters = query::parameters(uri.query().unwrap_or_default());
    let parameters = parameters.map_err(|error| Fault::BadRequest(error.to_string()))?;
    let name = parameters
        .iter()
        .find(|(name, _)| name == "name")
        .map(|(_, value)| value);
    let wanted = |project: &&Project| name.is_none_or(|name| project.name == *name);
    Ok(list(
        &base,
        service.directory.projects().iter().filter(wanted),
        "projects",
    ))
}

/// One project; for its users and for admins.
pub(super) async fn project(
    context: Shared,
    Extension(base): Extension<Base>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Fault> {
    let service = service(&context)?;
    let caller = caller(&headers, service)?;
    let id = path::decode(uri.path().rsplit('/').next().unwrap_or_default())
        .map_err(|error| Fault::BadRequest(error.to_string()))?;
    let is_own = caller
        .project
        .as_ref()
        .is_some_and(|(own, _)| own.as_str() == id);
    if !is_own && !is_admin(&caller.identity) {
        return Err(Fault::Forbidden);
    }
    let found = service
        .directory
        .projects()
        .iter()
        .find(|project| project.id.as_str() == id);
    let project = found.ok_or_else(|| Fault::NotFound(format!("Could not find project: {id}.")))?;
    Ok(Json(json!({"project": view::project(&base, project)})))
}
