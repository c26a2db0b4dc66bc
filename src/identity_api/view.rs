//! Tokens, projects and the catalog in Keystone's JSON.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::service::{BaseUrl, IdentityService};
use crate::auth::{Grant, Project};

/// The default domain, the only one.
fn domain() -> Value {
    json!({"id": "default", "name": "Default"})
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
        "user": {"id": grant.identity.user, "name": grant.user_name, "domain": domain(), "password_expires_at": null},
        "audit_ids": [grant.audit_id],
        "issued_at": time(grant.issued_at),
        // A static token never expires, but clients require an expiry.
        "expires_at": grant.expires_at.map_or_else(|| "9999-12-31T23:59:59.000000Z".to_owned(), time),
    });
    if let Some((id, name)) = &grant.project {
        token["project"] = json!({"id": id, "name": name, "domain": domain()});
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
        "domain_id": "default",
        "parent_id": "default",
        "description": "",
        "enabled": true,
        "is_domain": false,
        "options": {},
        "tags": [],
        "links": {"self": format!("{base}/identity/v3/projects/{}", project.id)},
    })
}
