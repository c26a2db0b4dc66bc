//! The routes that the tests play: those of the routers, and paths that no router has.

use crate::support::DEBIAN;

/// Every path with every method.
pub fn routes() -> Vec<(&'static str, String)> {
    let methods = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE",
    ];
    paths()
        .iter()
        .flat_map(|path| methods.map(|method| (method, path.clone())))
        .collect()
}

fn paths() -> Vec<String> {
    let image = format!("/v2/images/{DEBIAN}");
    let below = [
        "",
        "/file",
        "/actions/deactivate",
        "/actions/reactivate",
        "/tags",
        "/tags/x",
        "/tags/history",
        "/members",
        "/members/x",
        "/stage",
        "/import",
        "/tasks",
    ];
    let mut paths: Vec<_> = below.iter().map(|path| format!("{image}{path}")).collect();
    let fixed = [
        "/ /versions /healthcheck /unknown /v2 /v2/ /v2/versions /v2/unknown /v2/images",
        "/v2/tags /v2/tags/x /v2/tags/x/image /v2/tags/x/history /v2/tags/x/assign /v2/tags/x/revert",
        "/v2/schemas/image /v2/schemas/images /v2/schemas/member /v2/schemas/members",
        "/v2/schemas/task /v2/schemas/tasks /v2/schemas/metadefs/x /v2/tasks /v2/tasks/x",
        "/v2/info/import /v2/info/stores",
        "/v2/metadefs/resource_types /v2/metadefs/namespaces /v2/metadefs/namespaces/x",
        "/v2/metadefs/namespaces/x/objects /v2/metadefs/namespaces/x/objects/x",
        "/v2/metadefs/namespaces/x/properties /v2/metadefs/namespaces/x/properties/x",
        "/v2/metadefs/namespaces/x/tags /v2/metadefs/namespaces/x/tags/x",
        "/v2/metadefs/namespaces/x/resource_types /v2/metadefs/namespaces/x/resource_types/x",
        "/identity /identity/ /identity/v3 /identity/v3/ /identity/v3/auth/tokens /identity/v3/auth/catalog",
        "/identity/v3/auth/projects /identity/v3/projects /identity/v3/projects/x /identity/unknown",
        "/identity/v3/auth/domains /identity/v3/domains /identity/v3/domains/x",
        "/identity/v3/users/x /identity/v3/users/x/projects",
    ];
    paths.extend(
        fixed
            .iter()
            .flat_map(|line| line.split(' '))
            .map(str::to_owned),
    );
    paths
}

#[test]
fn the_paths_include_every_route_of_the_routers() {
    let sources = [
        include_str!("../../../../src/image_api/router.rs"),
        include_str!("../../../../src/image_api/routes/definitions.rs"),
        include_str!("../../../../src/image_api/routes/imports.rs"),
        include_str!("../../../../src/identity_api/router.rs"),
    ];
    let paths = paths();
    let mut count = 0;
    for literal in sources.iter().flat_map(|source| source.split('"')) {
        if !literal.starts_with('/') || literal.contains(char::is_whitespace) {
            continue;
        }
        let segments = literal.split('/').map(|segment| match segment {
            "{image_id}" => DEBIAN,
            _ if segment.starts_with('{') => "x",
            _ => segment,
        });
        let path = segments.collect::<Vec<_>>().join("/");
        assert!(paths.contains(&path), "{path}");
        count += 1;
    }
    assert!(count > 15, "{count}");
}
