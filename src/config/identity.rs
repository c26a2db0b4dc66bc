//! `[identity]`: the embedded identity with its users and projects.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};

use super::seconds;
use crate::auth::{Project, Token, User};
use crate::identity::ProjectId;

/// `[identity]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Identity {
    /// Whether an Identity v3 endpoint is served at `/identity/v3`.
    pub enabled: bool,
    /// How long an issued token is valid.
    #[serde(rename = "token_seconds", with = "seconds")]
    pub token: Duration,
    /// The region of the endpoints in the catalog.
    pub region: String,
    /// The projects.
    #[serde(deserialize_with = "projects", skip_serializing)]
    pub projects: Vec<Project>,
    /// The users.
    #[serde(deserialize_with = "users", skip_serializing)]
    users: Vec<UserEntry>,
}

impl Default for Identity {
    fn default() -> Self {
        Self {
            enabled: false,
            token: Duration::from_hours(1),
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
    /// The roles in each project, which is given by its name.
    #[serde(default)]
    projects: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProjectEntry {
    id: String,
    name: String,
}

impl Identity {
    /// The users with their projects, or what is wrong with them.
    pub(super) fn resolved(&self) -> Result<Vec<User>, String> {
        let resolve = |(index, entry): (usize, &UserEntry)| {
            let project = |(name, roles): (&String, &Vec<String>)| {
                let project = self.projects.iter().find(|project| project.name == *name);
                let project = project.ok_or_else(|| {
                    format!(
                        "identity.users[{index}] ({:?}): there is no project {name:?}",
                        entry.name
                    )
                })?;
                Ok((project.clone(), roles.clone()))
            };
            Ok(User {
                id: entry.id.clone().unwrap_or_else(|| entry.name.clone()),
                name: entry.name.clone(),
                password: entry.password.clone(),
                projects: entry
                    .projects
                    .iter()
                    .map(project)
                    .collect::<Result<_, String>>()?,
            })
        };
        self.users.iter().enumerate().map(resolve).collect()
    }

    /// The users. The check of the configuration has seen to it that they are right.
    #[must_use]
    pub fn users(&self) -> Vec<User> {
        self.resolved().unwrap_or_default()
    }
}

fn projects<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Project>, D::Error> {
    let entries = Vec::<ProjectEntry>::deserialize(deserializer)?;
    let mut seen = HashSet::new();
    let mut projects = Vec::with_capacity(entries.len());
    for (index, ProjectEntry { id, name }) in entries.iter().enumerate() {
        let fault = |what: &str| {
            Err(D::Error::custom(format!(
                "identity.projects[{index}] ({name:?}): {what}"
            )))
        };
        if id.is_empty() || name.is_empty() {
            return fault("the id and the name are not empty");
        }
        if !seen.insert(id) || !seen.insert(name) && name != id {
            return fault("the id or the name is there already");
        }
        match id.parse::<ProjectId>() {
            Ok(id) => projects.push(Project {
                id,
                name: name.clone(),
            }),
            Err(error) => return fault(&error.to_string()),
        }
    }
    Ok(projects)
}

fn users<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<UserEntry>, D::Error> {
    let entries = Vec::<UserEntry>::deserialize(deserializer)?;
    let mut seen = HashSet::new();
    for (index, entry) in entries.iter().enumerate() {
        let fault = |what: &str| {
            Err(D::Error::custom(format!(
                "identity.users[{index}] ({:?}): {what}",
                entry.name
            )))
        };
        let id = entry.id.as_ref().unwrap_or(&entry.name);
        if entry.name.is_empty() || id.is_empty() {
            return fault("the id and the name are not empty");
        }
        if !(1..=Token::MAX_CHARS).contains(&entry.password.expose_secret().len()) {
            return fault("a password has 1 to 8192 bytes");
        }
        if !seen.insert(&entry.name) || *id != entry.name && !seen.insert(id) {
            return fault("the id or the name is there already");
        }
    }
    Ok(entries)
}
