//! The routes that the tests play.

use crate::support::DEBIAN;

/// Every route of the table, with every method.
pub fn routes() -> Vec<(&'static str, String)> {
    let image = format!("/v2/images/{DEBIAN}");
    let below = [
        "",
        "/file",
        "/actions/deactivate",
        "/actions/reactivate",
        "/tags/x",
        "/members",
        "/members/x",
    ];
    let mut paths: Vec<_> = below.iter().map(|path| format!("{image}{path}")).collect();
    let fixed = [
        "/ /versions /healthcheck /unknown /v2 /v2/ /v2/versions /v2/unknown /v2/images",
        "/v2/schemas/image /v2/schemas/images /v2/schemas/member /v2/schemas/members",
        "/identity /identity/ /identity/v3 /identity/v3/ /identity/v3/auth/tokens /identity/v3/auth/catalog",
        "/identity/v3/auth/projects /identity/v3/projects /identity/v3/projects/x /identity/unknown",
    ];
    paths.extend(
        fixed
            .iter()
            .flat_map(|line| line.split(' '))
            .map(str::to_owned),
    );
    let methods = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE",
    ];
    paths
        .iter()
        .flat_map(|path| methods.map(|method| (method, path.clone())))
        .collect()
}
