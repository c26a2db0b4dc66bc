//! Which requests this service answers where the images belong to a Glance.

use axum::http::{Method, Uri};

use crate::http::request::parameters;

/// The filters of a list that Glance does not have.
const OWN_FILTERS: [&str; 4] = ["tags", "tags-any", "not-tags", "not-tags-any"];

/// Whether the request is about tags: what changes tags, alone or with more, and lists by filters
/// that Glance does not have. `uri` is in canonical form, below `/v2`.
pub(crate) fn is_about_tags(method: &Method, uri: &Uri) -> bool {
    let segments: Vec<_> = uri.path().trim_start_matches('/').split('/').collect();
    match segments[..] {
        _ if is_about_tags_alone(uri) => true,
        ["v2", "images", _] => matches!(*method, Method::PATCH | Method::DELETE),
        ["v2", "images"] if method == Method::POST => true,
        ["v2", "images"] => {
            let query = uri.query().unwrap_or_default();
            let parameters = parameters(query).unwrap_or_default();
            let mut names = parameters.iter().map(|(name, _)| name.as_str());
            names.any(|name| OWN_FILTERS.contains(&name))
        }
        _ => false,
    }
}

/// Whether the request is about tags and nothing else, so that Glance takes no part in it.
pub(crate) fn is_about_tags_alone(uri: &Uri) -> bool {
    let segments: Vec<_> = uri.path().trim_start_matches('/').split('/').collect();
    matches!(
        segments[..],
        ["v2", "tags", ..] | ["v2", "images", _, "tags", ..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_change_tags_stays_here_and_the_rest_is_for_glance() {
        let is_ours = |method: &str, uri: &str| {
            is_about_tags(&method.parse().unwrap(), &uri.parse().unwrap())
        };
        for (method, uri) in [
            ("PUT", "/v2/images/x/tags/y"),
            ("GET", "/v2/images/x/tags"),
            ("GET", "/v2/tags"),
            ("POST", "/v2/tags/x/assign"),
            ("PATCH", "/v2/images/x"),
            ("DELETE", "/v2/images/x"),
            ("POST", "/v2/images"),
            ("GET", "/v2/images?limit=1&not-tags=a"),
        ] {
            assert!(is_ours(method, uri), "{method} {uri}");
        }
        for (method, uri) in [
            ("GET", "/v2/images/x"),
            ("GET", "/v2/images?tag=a"),
            ("PUT", "/v2/images/x/file"),
            ("DELETE", "/v2/images/x/members/y"),
            ("POST", "/v2/images/x/import"),
            ("GET", "/v2/schemas/image"),
            ("GET", "/v2/"),
        ] {
            assert!(!is_ours(method, uri), "{method} {uri}");
        }
    }
}
