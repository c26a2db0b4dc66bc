//! `[[auth.tokens]]`: static tokens, each with its user, project and roles.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::auth::Token;
use crate::identity::{Identity, ProjectId, RoleNames, with_implied_roles};

/// An entry of `[[auth.tokens]]`.
#[derive(Clone, Debug)]
pub struct StaticToken {
    /// The token.
    pub token: Token,
    /// The identity that the token stands for.
    pub identity: Identity,
    /// The names of all roles as they are written, including those that have no effect, and of the
    /// roles that they imply.
    pub roles: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    token: SecretString,
    user: String,
    project: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<StaticToken>, D::Error> {
    let entries = Vec::<Entry>::deserialize(deserializer)?;
    let mut tokens: Vec<StaticToken> = Vec::with_capacity(entries.len());
    for (index, entry) in entries.into_iter().enumerate() {
        let error = |message: &str| {
            Err(D::Error::custom(format!(
                "auth.tokens[{index}] (user {:?}): {message}",
                entry.user
            )))
        };
        let Some(token) = Token::new(entry.token.expose_secret().as_bytes()) else {
            return error("a token must be 1 to 8192 visible ASCII characters");
        };
        let project = entry.project.as_deref().map(str::parse::<ProjectId>);
        let project = match project.transpose() {
            Ok(project) => project,
            Err(cause) => return error(&cause.to_string()),
        };
        if tokens
            .iter()
            .any(|other| other.token.expose() == token.expose())
        {
            return error("the token is a duplicate");
        }
        let names = with_implied_roles(&entry.roles);
        let roles = match RoleNames::all_of_token(&names) {
            Ok(roles) => roles,
            Err(cause) => return error(&cause.to_string()),
        };
        let identity = Identity {
            roles,
            ..Identity::new(entry.user, project, names.iter().map(String::as_str))
        };
        tokens.push(StaticToken {
            token,
            identity,
            roles: names,
        });
    }
    Ok(tokens)
}
