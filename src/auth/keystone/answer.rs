//! What Keystone answers: tokens, the catalog and the versions, as far as they matter here.

use std::sync::Arc;

use jiff::Timestamp;
use reqwest::Url;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::identity::{Identity, ProjectId, Role};

/// A token that was valid when Keystone was asked.
#[derive(Debug)]
pub(super) struct Validated {
    pub(super) identity: Arc<Identity>,
    pub(super) expires_at: Timestamp,
}

impl Validated {
    pub(super) fn holds(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}

/// The answer of `/v3/auth/tokens`.
#[derive(Debug, Deserialize)]
pub(super) struct TokenAnswer {
    token: TokenBody,
}

/// How Keystone says no.
#[derive(Debug, Deserialize)]
pub(super) struct ErrorAnswer {
    error: ErrorBody,
}

#[derive(Debug, Deserialize)]
struct ErrorBody {
    code: u16,
}

impl ErrorAnswer {
    /// The status that it was sent with.
    pub(super) fn code(&self) -> u16 {
        self.error.code
    }
}

#[derive(Debug, Deserialize)]
struct TokenBody {
    expires_at: Timestamp,
    user: Entity,
    project: Option<ProjectBody>,
    #[serde(default)]
    roles: Vec<RoleBody>,
    #[serde(default)]
    catalog: Vec<Service>,
}

#[derive(Debug, Deserialize)]
struct Entity {
    id: String,
}

#[derive(Debug, Deserialize)]
struct ProjectBody {
    #[serde(deserialize_with = "project_id")]
    id: Option<ProjectId>,
}

/// The id of a project; none if it is empty.
fn project_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ProjectId>, D::Error> {
    match String::deserialize(deserializer)? {
        id if id.is_empty() => Ok(None),
        id => id.try_into().map(Some).map_err(D::Error::custom),
    }
}

#[derive(Debug, Deserialize)]
struct RoleBody {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Service {
    r#type: String,
    #[serde(default)]
    endpoints: Vec<Endpoint>,
}

#[derive(Debug, Deserialize)]
struct Endpoint {
    interface: String,
    region_id: Option<String>,
    url: String,
}

impl TokenAnswer {
    pub(super) fn expires_at(&self) -> Timestamp {
        self.token.expires_at
    }

    /// Whom the token stands for. A token of a domain or of the system has no project.
    pub(super) fn validated(self) -> Validated {
        let TokenBody {
            expires_at,
            user,
            project,
            roles,
            ..
        } = self.token;
        let identity = Identity {
            user: user.id,
            project: project.and_then(|project| project.id),
            role: Role::strongest(roles.iter().map(|role| &*role.name)),
        };
        Validated {
            identity: Arc::new(identity),
            expires_at,
        }
    }

    /// The identity endpoint of the catalog.
    pub(super) fn identity_endpoint(&self, interface: &str, region: Option<&str>) -> Option<Url> {
        let identity = self
            .token
            .catalog
            .iter()
            .filter(|service| service.r#type == "identity");
        let mut endpoints = identity
            .flat_map(|service| &service.endpoints)
            .filter(|endpoint| {
                endpoint.interface == interface
                    && region.is_none_or(|region| endpoint.region_id.as_deref() == Some(region))
            });
        let url = Url::parse(&endpoints.next()?.url).ok();
        url.filter(|url| matches!(url.scheme(), "http" | "https"))
    }
}

/// The list of versions at the root of Keystone.
#[derive(Debug, Deserialize)]
pub(super) struct Versions {
    versions: Values,
}

#[derive(Debug, Deserialize)]
struct Values {
    values: Vec<Version>,
}

#[derive(Debug, Deserialize)]
struct Version {
    id: String,
    links: Vec<Link>,
}

#[derive(Debug, Deserialize)]
struct Link {
    rel: String,
    href: String,
}

impl Versions {
    /// The path of version 3. Only the path: the credentials go to the host of the configuration and to no other.
    pub(super) fn v3_path(&self, base: &Url) -> Option<String> {
        let version = self
            .versions
            .values
            .iter()
            .find(|version| version.id.starts_with("v3"))?;
        let link = version.links.iter().find(|link| link.rel == "self")?;
        Some(base.join(&link.href).ok()?.path().to_owned())
    }
}
