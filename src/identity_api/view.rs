//! Tokens, projects and the catalog in Keystone's JSON.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::service::{BaseUrl, IdentityService};
use crate::auth::{Grant, Project, User};
use crate::http::request::encode;

/// The id of the default domain, the only one.
pub(super) const DOMAIN_ID: &str = "default";

/// The name of the default domain.
pub(super) const DOMAIN_NAME: &str = "Default";

/// The default domain in a token.
fn domain_of_token() -> Value {
    json!({"id": DOMAIN_ID, "name": DOMAIN_NAME})
}

/// The version document, of the only version.
pub(super) fn version(BaseUrl(base): &BaseUrl) -> Value {
    json!({
        "id": "v3.14",
        "status": "stable",
        "updated": "2020-04-07T00:00:00Z",
        "links": [{"rel": "self", "href": format!("{base}/identity/v3/")}],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
    })
}

/// A time with microseconds, as the Identity API has it.
fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// A token, with the catalog if it is scoped.
pub(super) fn token(
    service: &IdentityService,
    base: &BaseUrl,
    grant: &Grant,
    with_catalog: bool,
) -> Value {
    let mut token = json!({
        "methods": grant.methods,
        "user": {"id": grant.identity.user, "name": grant.user_name, "domain": domain_of_token(), "password_expires_at": null},
        "audit_ids": grant.audit_ids,
        "issued_at": time(grant.issued_at),
        // A static token never expires, but clients require an expiry.
        "expires_at": grant.expires_at.map_or_else(|| "9999-12-31T23:59:59.000000Z".to_owned(), time),
    });
    if let Some((id, name)) = &grant.project {
        token["project"] = json!({"id": id, "name": name, "domain": domain_of_token()});
        token["is_domain"] = false.into();
        token["roles"] = grant
            .roles
            .iter()
            .map(|role| json!({"id": role, "name": role}))
            .collect();
        if with_catalog {
            token["catalog"] = catalog(service, base);
        }
    }
    json!({"token": token})
}

/// The catalog: this service is both image and identity service.
pub(super) fn catalog(service: &IdentityService, BaseUrl(base): &BaseUrl) -> Value {
    let entry = |kind: &str, name: &str, url: String| {
        let endpoint = |interface: &str| {
            json!({
                "id": format!("{kind}-{interface}"),
                "interface": interface,
                "region": service.region,
                "region_id": service.region,
                "url": url,
            })
        };
        let endpoints: Vec<_> = ["public", "internal", "admin"]
            .into_iter()
            .map(endpoint)
            .collect();
        json!({"id": kind, "type": kind, "name": name, "endpoints": endpoints})
    };
    json!([
        entry("image", "glance", base.clone()),
        entry("identity", "keystone", format!("{base}/identity"))
    ])
}

/// A project.
pub(super) fn project(BaseUrl(base): &BaseUrl, project: &Project) -> Value {
    json!({
        "id": project.id,
        "name": project.name,
        "domain_id": DOMAIN_ID,
        "parent_id": DOMAIN_ID,
        "description": "",
        "enabled": true,
        "is_domain": false,
        "options": {},
        "tags": [],
        "links": {"self": format!("{base}/identity/v3/projects/{}", project.id)},
    })
}

/// The default domain.
pub(super) fn domain(BaseUrl(base): &BaseUrl) -> Value {
    json!({
        "id": DOMAIN_ID,
        "name": DOMAIN_NAME,
        "description": "The default domain",
        "enabled": true,
        "options": {},
        "tags": [],
        "links": {"self": format!("{base}/identity/v3/domains/{DOMAIN_ID}")},
    })
}

/// A user, with its default project if it has one.
pub(super) fn user(BaseUrl(base): &BaseUrl, user: &User) -> Value {
    let mut view = json!({
        "id": user.id,
        "name": user.name,
        "domain_id": DOMAIN_ID,
        "enabled": true,
        "password_expires_at": null,
        "options": {},
        "links": {"self": format!("{base}/identity/v3/users/{}", encode(&user.id))},
    });
    if let Some(project) = &user.default_project {
        view["default_project_id"] = json!(project);
    }
    view
}

/// The default domain as Keystone shows it among the projects.
pub(super) fn domain_as_project(base: &BaseUrl) -> Value {
    let mut view = domain(base);
    for of_project in ["domain_id", "parent_id"] {
        view[of_project] = Value::Null;
    }
    view["is_domain"] = true.into();
    let BaseUrl(base) = base;
    view["links"]["self"] = format!("{base}/identity/v3/projects/{DOMAIN_ID}").into();
    view
}
