//! `[identity]`: the embedded identity, its users and its projects.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};

use crate::auth::{Project, Token, User};
use crate::config::value::seconds;
use crate::identity::{ProjectId, RoleNames, with_implied_roles};

/// `[identity]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentityConfig {
    /// Whether the service offers an Identity API v3 at `/identity/v3`.
    pub enabled: bool,
    /// Lifetime of an issued token.
    #[serde(rename = "token_seconds", with = "seconds")]
    pub token_lifetime: Duration,
    /// The region of the endpoints in the catalog.
    pub region: String,
    /// `[[identity.projects]]`.
    #[serde(deserialize_with = "projects", skip_serializing)]
    pub projects: Vec<Project>,
    /// `[[identity.users]]`.
    #[serde(deserialize_with = "users", skip_serializing)]
    users: Vec<UserEntry>,
}

impl Default for IdentityConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            token_lifetime: Duration::from_hours(1),
            region: "RegionOne".to_owned(),
            projects: Vec::new(),
            users: Vec::new(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UserEntry {
    name: String,
    id: Option<String>,
    password: SecretString,
    /// The roles in each project, by project name.
    #[serde(default)]
    projects: BTreeMap<String, Vec<String>>,
    /// The name of the project for a login that requests no scope.
    default_project: Option<String>,
}

impl UserEntry {
    /// The id, which is the name by default.
    fn id(&self) -> &str {
        self.id.as_ref().unwrap_or(&self.name)
    }

    fn is(&self, other: &Self) -> bool {
        self.name == other.name
            && self.password.expose_secret() == other.password.expose_secret()
            && self.projects == other.projects
            && self.default_project == other.default_project
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProjectEntry {
    id: String,
    name: String,
}

impl IdentityConfig {
    /// Whether the user with this id is the same in `other`, with the same password and roles.
    pub(crate) fn has_same_user(&self, other: &Self, id: &str) -> bool {
        let both = self.user(id).zip(other.user(id));
        self.enabled
            && self.projects == other.projects
            && both.is_some_and(|(user, other)| user.is(other))
    }

    fn user(&self, id: &str) -> Option<&UserEntry> {
        self.users.iter().find(|user| user.id() == id)
    }

    /// Resolves the project names of the users. The error names the user and what is wrong with its
    /// projects.
    pub(in crate::config) fn resolve_users(&self) -> Result<Vec<User>, String> {
        let resolve = |(index, entry): (usize, &UserEntry)| {
            self.resolve_user(entry)
                .map_err(|message| format!("identity.users[{index}] ({:?}): {message}", entry.name))
        };
        self.users.iter().enumerate().map(resolve).collect()
    }

    fn resolve_user(&self, entry: &UserEntry) -> Result<User, String> {
        let resolve = |(name, roles): (&String, &Vec<String>)| {
            let project = self.projects.iter().find(|project| project.name == *name);
            let project = project.ok_or_else(|| format!("there is no project {name:?}"))?;
            let roles = with_implied_roles(roles);
            RoleNames::all_of_token(&roles).map_err(|error| error.to_string())?;
            Ok::<_, String>((project.clone(), roles))
        };
        let projects = entry.projects.iter().map(resolve);
        let projects: Vec<_> = projects.collect::<Result<_, _>>()?;
        let default_project = entry.default_project.as_ref().map(|name| {
            let has_role = |(project, roles): &&(Project, Vec<String>)| {
                project.name == *name && !roles.is_empty()
            };
            let project = projects.iter().find(has_role).map(|(it, _)| it.id.clone());
            project.ok_or_else(|| {
                format!("it has no role in {name:?}, which therefore cannot be its default_project")
            })
        });
        Ok(User {
            id: entry.id().to_owned(),
            name: entry.name.clone(),
            password: entry.password.clone(),
            default_project: default_project.transpose()?,
            projects,
        })
    }

    /// The users. Empty if a project name is unknown, which validation has ruled out in a loaded
    /// configuration.
    #[must_use]
    pub fn users(&self) -> Vec<User> {
        self.resolve_users().unwrap_or_default()
    }
}

fn projects<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Project>, D::Error> {
    let entries = Vec::<ProjectEntry>::deserialize(deserializer)?;
    let mut seen = HashSet::new();
    let mut projects = Vec::with_capacity(entries.len());
    for (index, ProjectEntry { id, name }) in entries.iter().enumerate() {
        let error = |message: &str| {
            Err(D::Error::custom(format!(
                "identity.projects[{index}] ({name:?}): {message}"
            )))
        };
        if id.is_empty() || name.is_empty() {
            return error("the id and the name must not be empty");
        }
        if !seen.insert(id) || !seen.insert(name) && name != id {
            return error("the id or the name is a duplicate");
        }
        match id.parse::<ProjectId>() {
            Ok(id) => projects.push(Project {
                id,
                name: name.clone(),
            }),
            Err(cause) => return error(&cause.to_string()),
        }
    }
    Ok(projects)
}

fn users<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<UserEntry>, D::Error> {
    let entries = Vec::<UserEntry>::deserialize(deserializer)?;
    let mut seen = HashSet::new();
    for (index, entry) in entries.iter().enumerate() {
        let error = |message: &str| {
            Err(D::Error::custom(format!(
                "identity.users[{index}] ({:?}): {message}",
                entry.name
            )))
        };
        let id = entry.id();
        if entry.name.is_empty() || id.is_empty() {
            return error("the id and the name must not be empty");
        }
        if !(1..=Token::MAX_CHARS).contains(&entry.password.expose_secret().len()) {
            return error("a password must have 1 to 8192 bytes");
        }
        if !seen.insert(entry.name.as_str()) || id != entry.name && !seen.insert(id) {
            return error("the id or the name is a duplicate");
        }
    }
    Ok(entries)
}
