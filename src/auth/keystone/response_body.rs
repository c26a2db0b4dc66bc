//! The response bodies of the Identity API: tokens with their catalog, versions and errors. Only
//! the fields that validation needs are parsed.

use std::sync::Arc;

use jiff::Timestamp;
use reqwest::Url;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::identity::{Identity, ProjectId};

/// A token that was valid when Keystone responded.
#[derive(Debug)]
pub(super) struct ValidatedToken {
    pub(super) identity: Arc<Identity>,
    pub(super) expires_at: Timestamp,
}

impl ValidatedToken {
    /// Whether the token has not expired at `now`.
    pub(super) fn is_valid_at(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}

/// The response of `/v3/auth/tokens`.
#[derive(Debug, Deserialize)]
pub(super) struct TokenResponse {
    token: TokenBody,
}

/// The response of Keystone to a request that failed.
#[derive(Debug, Deserialize)]
pub(super) struct ErrorResponse {
    error: ErrorBody,
}

#[derive(Debug, Deserialize)]
struct ErrorBody {
    code: u16,
}

impl ErrorResponse {
    /// The HTTP status that the body repeats.
    pub(super) fn code(&self) -> u16 {
        self.error.code
    }
}

#[derive(Debug, Deserialize)]
struct TokenBody {
    expires_at: Timestamp,
    user: UserBody,
    project: Option<ProjectBody>,
    domain: Option<Entity>,
    system: Option<SystemBody>,
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
struct UserBody {
    id: String,
    domain: Option<Entity>,
}

#[derive(Debug, Deserialize)]
struct ProjectBody {
    #[serde(deserialize_with = "project_id")]
    id: Option<ProjectId>,
    domain: Option<Entity>,
}

#[derive(Debug, Deserialize)]
struct SystemBody {
    #[serde(default)]
    all: bool,
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

impl TokenResponse {
    pub(super) fn expires_at(&self) -> Timestamp {
        self.token.expires_at
    }

    /// Converts the body. A domain-scoped or system-scoped token has no project.
    pub(super) fn into_validated(self) -> ValidatedToken {
        let TokenBody {
            expires_at,
            user,
            project,
            domain,
            system,
            roles,
            ..
        } = self.token;
        let domain_of = |entity: Option<Entity>| entity.map(|domain| domain.id.into());
        let names = roles.iter().map(|role| &*role.name);
        let (project, project_domain) = project.map_or((None, None), |it| (it.id, it.domain));
        let identity = Identity {
            user_domain: domain_of(user.domain),
            project_domain: domain_of(project_domain),
            domain: domain_of(domain),
            is_system: system.is_some_and(|system| system.all),
            ..Identity::new(user.id, project, names)
        };
        ValidatedToken {
            identity: Arc::new(identity),
            expires_at,
        }
    }

    /// The identity endpoint of the catalog for `interface` and, if given, `region`.
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

/// The response of the root of Keystone: the list of its API versions.
#[derive(Debug, Deserialize)]
pub(super) struct VersionsResponse {
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

impl VersionsResponse {
    /// The path of version 3. The host of the link is ignored, so that the credentials are sent to
    /// the configured host only.
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
