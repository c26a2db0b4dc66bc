//! The body of a login: the user, the proof, and the scope of the token.

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use super::error::IdentityError;
use crate::auth::{Token, UserRef};

/// The body of `POST /v3/auth/tokens`.
#[derive(Deserialize)]
struct Body {
    auth: Auth,
}

#[derive(Deserialize)]
struct Auth {
    identity: Proof,
    #[serde(default)]
    scope: Value,
}

#[derive(Deserialize)]
struct Proof {
    methods: Vec<String>,
    password: Option<Password>,
    token: Option<TokenId>,
}

#[derive(Deserialize)]
struct Password {
    user: NamedUser,
}

#[derive(Deserialize)]
struct NamedUser {
    id: Option<String>,
    name: Option<String>,
    domain: Option<Domain>,
    password: SecretString,
}

#[derive(Deserialize)]
struct TokenId {
    id: SecretString,
}

#[derive(Clone, Deserialize)]
struct Domain {
    id: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct NamedProject {
    id: Option<String>,
    name: Option<String>,
    domain: Option<Domain>,
}

/// How a client proves its identity.
pub(super) enum Method {
    Password(UserRef, SecretString),
    Token(Token),
}

/// The requested scope of a token.
pub(super) enum Scope {
    /// None is requested: the default project of the user, or none.
    Default,
    Unscoped,
    ProjectId(String),
    ProjectName(String),
    /// A domain or the system. No user has a role in them.
    Other,
}

/// The id, unless it is empty beside a name: clients send every configured value, empty ones too.
fn non_empty_beside<T: AsRef<str>>(id: Option<T>, has_name: bool) -> Option<T> {
    id.filter(|id| !has_name || !id.as_ref().is_empty())
}

impl Domain {
    /// Whether it is the default domain, the only one.
    fn is_default(&self) -> bool {
        match (
            non_empty_beside(self.id.as_ref(), self.name.is_some()),
            &self.name,
        ) {
            (Some(id), _) => id == "default",
            (None, Some(name)) => name.eq_ignore_ascii_case("default"),
            (None, None) => false,
        }
    }
}

/// Reads proof and scope from the body of a login.
pub(super) fn read(body: Value) -> Result<(Method, Scope), IdentityError> {
    let bad = |error: serde_json::Error| {
        IdentityError::BadRequest(format!(
            "Expecting to find a valid login: {}",
            without_values(&error)
        ))
    };
    let Body { auth } = serde_json::from_value(body).map_err(bad)?;
    let Proof {
        methods,
        password,
        token,
    } = auth.identity;
    let method = match (methods.as_slice(), password, token) {
        ([method], Some(password), _) if method == "password" => {
            let NamedUser {
                id,
                name,
                domain,
                password,
            } = password.user;
            let user = match (non_empty_beside(id, name.is_some()), name) {
                (Some(id), _) => UserRef::Id(id),
                (None, Some(name)) if domain.as_ref().is_some_and(Domain::is_default) => {
                    UserRef::Name(name)
                }
                // No other domain has users.
                (None, Some(_)) if domain.is_some() => UserRef::Id(String::new()),
                _ => {
                    return Err(IdentityError::BadRequest(
                        "Expecting to find the domain of the user.".to_owned(),
                    ));
                }
            };
            Method::Password(user, password)
        }
        ([method], _, Some(token)) if method == "token" => {
            use secrecy::ExposeSecret;
            Method::Token(
                Token::new(token.id.expose_secret().as_bytes())
                    .ok_or(IdentityError::Unauthorized)?,
            )
        }
        ([_], None, None) => return Err(IdentityError::Unauthorized),
        _ => {
            return Err(IdentityError::BadRequest(
                "Expecting to find one of the methods password and token.".to_owned(),
            ));
        }
    };
    Ok((method, scope(&auth.scope)?))
}

fn scope(scope: &Value) -> Result<Scope, IdentityError> {
    if scope.is_null() {
        return Ok(Scope::Default);
    }
    if scope == "unscoped" || scope.get("unscoped").is_some() {
        return Ok(Scope::Unscoped);
    }
    let Some(project) = scope.get("project") else {
        return Ok(Scope::Other);
    };
    let project: NamedProject = serde_json::from_value(project.clone()).map_err(|_| {
        IdentityError::BadRequest("Expecting to find a project in the scope.".to_owned())
    })?;
    let NamedProject { id, name, domain } = project;
    match (non_empty_beside(id, name.is_some()), name, domain) {
        (Some(id), ..) => Ok(Scope::ProjectId(id)),
        (None, Some(name), Some(domain)) if domain.is_default() => Ok(Scope::ProjectName(name)),
        (None, Some(_), Some(_)) => Ok(Scope::Other),
        _ => Err(IdentityError::BadRequest(
            "Expecting to find the id of a project, or its name and domain.".to_owned(),
        )),
    }
}

/// The error of the JSON without its values, one of which is a password, and without type names.
fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.starts_with("missing field") {
        text
    } else {
        "a part of it has another form".to_owned()
    }
}
