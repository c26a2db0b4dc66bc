//! `[[auth.tokens]]`: the table of static tokens.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::auth::Token;
use crate::identity::{Identity, ProjectId, Role};

/// An entry of `[[auth.tokens]]`.
#[derive(Clone, Debug)]
pub struct StaticToken {
    /// The token.
    pub token: Token,
    /// Whom it stands for.
    pub identity: Identity,
    /// The names of the roles, those that do not count among them.
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
        let fault = |what: &str| {
            Err(D::Error::custom(format!(
                "auth.tokens[{index}] (user {:?}): {what}",
                entry.user
            )))
        };
        let Some(token) = Token::new(entry.token.expose_secret().as_bytes()) else {
            return fault("a token is 1 to 8192 visible ASCII characters");
        };
        let project = match entry.project.as_deref().map(str::parse::<ProjectId>) {
            None => None,
            Some(Ok(project)) => Some(project),
            Some(Err(error)) => return fault(&error.to_string()),
        };
        if tokens
            .iter()
            .any(|other| other.token.expose() == token.expose())
        {
            return fault("the token is in the table already");
        }
        let role = Role::strongest(entry.roles.iter().map(String::as_str));
        let identity = Identity {
            user: entry.user,
            project,
            role,
        };
        tokens.push(StaticToken {
            token,
            identity,
            roles: entry.roles,
        });
    }
    Ok(tokens)
}
