//! Where a request goes: the part of the service that its path leads to.

use axum::http::{Method, Uri};

use crate::http::request::canonical;

/// A part of the service, determined by the first segment of the path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// The choice of versions, for every unknown path, with the path in canonical form.
    VersionChoice(String),
    /// `/versions` and below, as a path in canonical form.
    Versions(String),
    /// `/livez`
    Live,
    /// `/readyz`
    Ready,
    /// `/healthcheck`
    Health,
    /// `/development` and below, as a path in canonical form.
    Development(String),
    /// The embedded Identity API, with the URI in canonical form below `/identity`.
    IdentityApi(Uri),
    /// The Image API, with the URI in canonical form below `/v2`.
    ImageApi(Uri),
}

/// The labels of the destinations besides the Image API.
pub(crate) const OTHER_LABELS: [&str; 7] = [
    "/",
    "/versions",
    "/healthcheck",
    "/identity",
    "/livez",
    "/readyz",
    "/development",
];

impl Destination {
    /// The destination of a request to `uri`.
    ///
    /// With a `prefix`, such as `/image`, the service is reachable below it and at the root,
    /// because some proxies strip the prefix.
    pub(crate) fn of(uri: &Uri, prefix: &str) -> Destination {
        let path = canonical(uri.path());
        let below = path
            .strip_prefix(prefix)
            .filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let path = below.unwrap_or(&path);
        let segments = path.strip_prefix('/').unwrap_or(path);
        let (first, rest) = segments.split_at(segments.find('/').unwrap_or(segments.len()));
        match first {
            "versions" => Destination::Versions(path.to_owned()),
            "livez" if is_end(rest) => Destination::Live,
            "readyz" if is_end(rest) => Destination::Ready,
            "healthcheck" if is_end(rest) => Destination::Health,
            "development" => Destination::Development(path.to_owned()),
            // Keystone ignores a trailing slash. The Image API does not: clients normalise
            // `…/tags/..` to one.
            "identity" => rewritten(uri, path.trim_end_matches('/'))
                .map_or_else(|| choice(path), Destination::IdentityApi),
            "v2" => api(uri, path),
            _ if is_version(first) => api(uri, &format!("/v2{rest}")),
            // Clients that skip version discovery append to the endpoint as it is.
            "images" | "schemas" | "tags" | "metadefs" | "tasks" | "info" => {
                api(uri, &format!("/v2{path}"))
            }
            _ => choice(path),
        }
    }

    /// The path of a request that can be made to fail on purpose: below the version in an API, and
    /// below the prefix elsewhere.
    pub(crate) fn path_of_faults(&self) -> Option<&str> {
        match self {
            Self::ImageApi(uri) | Self::IdentityApi(uri) => Some(uri.path()),
            Self::VersionChoice(path) | Self::Versions(path) => Some(path),
            Self::Live | Self::Ready | Self::Health | Self::Development(_) => None,
        }
    }

    /// The label by which a request is counted, one of [`OTHER_LABELS`]. `None` for the Image API,
    /// whose routes have labels of their own.
    pub(crate) fn label(&self) -> Option<&'static str> {
        Some(match self {
            Self::ImageApi(_) => return None,
            // Also the answer to every path outside of the APIs.
            Self::VersionChoice(_) => "/",
            Self::Versions(_) => "/versions",
            Self::Health => "/healthcheck",
            Self::IdentityApi(_) => "/identity",
            Self::Live => "/livez",
            Self::Ready => "/readyz",
            Self::Development(_) => "/development",
        })
    }

    /// Whether load balancers and orchestrators ask for it all the time.
    pub(crate) fn is_probe(&self) -> bool {
        matches!(self, Self::Live | Self::Ready | Self::Health)
    }

    /// Whether a request with this method uploads image data, which may take any time.
    pub(crate) fn is_upload(&self, method: &Method) -> bool {
        let Self::ImageApi(uri) = self else {
            return false;
        };
        let mut segments = uri.path().rsplit('/');
        method == Method::PUT
            && matches!(segments.next(), Some("file" | "stage"))
            && segments.nth(1) == Some("images")
    }
}

/// Whether nothing but slashes follows.
fn is_end(rest: &str) -> bool {
    rest.trim_end_matches('/').is_empty()
}

fn api(uri: &Uri, path: &str) -> Destination {
    rewritten(uri, path).map_or_else(|| choice(path), Destination::ImageApi)
}

/// The choice of versions for `path`, which is empty for the prefix itself.
fn choice(path: &str) -> Destination {
    let path = if path.is_empty() { "/" } else { path };
    Destination::VersionChoice(path.to_owned())
}

/// `uri` with another path.
fn rewritten(uri: &Uri, path: &str) -> Option<Uri> {
    if uri.path() == path {
        return Some(uri.clone());
    }
    let query = uri
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(format!("{path}{query}").parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// Whether a segment is `v2` or a minor version that Glance 33 accepts for it.
fn is_version(segment: &str) -> bool {
    match segment.strip_prefix("v2") {
        Some("" | ".15" | ".17") => true,
        Some(minor) => (0..=13).any(|number| minor.strip_prefix('.') == Some(&number.to_string())),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request::decode;

    fn destination(path: &str) -> Destination {
        Destination::of(&path.parse().unwrap(), "")
    }

    fn to_api(path: &str) -> Destination {
        Destination::ImageApi(path.parse().unwrap())
    }

    #[test]
    fn served_versions_are_one_api_and_the_rest_is_a_choice() {
        for version in ["v2", "v2.0", "v2.9", "v2.13", "v2.15", "v2.17"] {
            assert_eq!(
                destination(&format!("/{version}/images?a=b")),
                to_api("/v2/images?a=b")
            );
        }
        for version in [
            "v1", "v3", "V2", "v2.14", "v2.16", "v2.18", "v2.00", "v2.", "v2x", "image", "%FF",
        ] {
            let path = format!("/{version}/images");
            assert_eq!(destination(&path), choice(&path));
        }
    }

    #[test]
    fn runs_of_slashes_are_one_and_needless_escapes_are_gone() {
        assert_eq!(
            destination("//v2///images//%61%2Db%2F%25%7e"),
            to_api("/v2/images/a-b%2F%25~")
        );
        let versions = Destination::Versions("/versions/x".to_owned());
        assert_eq!(destination("//versions//x"), versions);
        assert_eq!(destination("//"), choice("/"));
    }

    #[test]
    fn a_slash_at_the_end_is_ignored_by_the_identity_alone() {
        for (path, expected) in [
            ("/identity/", "/identity"),
            ("/identity//v3///", "/identity/v3"),
            (
                "/identity/v3/projects/a%2F/?b=c/",
                "/identity/v3/projects/a%2F?b=c/",
            ),
        ] {
            assert_eq!(
                destination(path),
                Destination::IdentityApi(expected.parse().unwrap())
            );
        }
        assert_eq!(destination("/v2/images/x/"), to_api("/v2/images/x/"));
    }

    #[test]
    fn the_version_may_be_left_out() {
        assert_eq!(
            destination("/images/x/tags/y?a=b"),
            to_api("/v2/images/x/tags/y?a=b")
        );
        for path in [
            "/schemas/image",
            "/metadefs/namespaces",
            "/tasks",
            "/info/import",
        ] {
            assert_eq!(destination(path), to_api(&format!("/v2{path}")));
        }
    }

    #[test]
    fn every_destination_has_a_label_of_its_own() {
        let labels = OTHER_LABELS.map(|path| destination(path).label().unwrap());
        assert_eq!(labels, OTHER_LABELS);
        assert_eq!(to_api("/v2/images").label(), None);
    }

    #[test]
    fn a_prefix_is_taken_away_where_it_is() {
        let prefixed = |path: &str| Destination::of(&path.parse().unwrap(), "/image");
        assert_eq!(prefixed("/image/v2/images"), to_api("/v2/images"));
        assert_eq!(prefixed("/image/images"), to_api("/v2/images"));
        assert_eq!(prefixed("/v2/images"), to_api("/v2/images"));
        let versions = Destination::Versions("/versions".to_owned());
        assert_eq!(prefixed("/image/versions"), versions);
        for path in ["/livez", "/image/livez", "/image//livez/"] {
            assert_eq!(prefixed(path), Destination::Live, "{path}");
        }
        assert_eq!(prefixed("/image/readyz"), Destination::Ready);
        for (path, below) in [
            ("/readyz/x", "/readyz/x"),
            ("/image", "/"),
            ("/image/", "/"),
            ("/images2", "/images2"),
            ("/imagev2/images", "/imagev2/images"),
        ] {
            assert_eq!(prefixed(path), choice(below), "{path}");
        }
    }

    #[test]
    fn malformed_escapes_are_left_for_the_decoder_to_refuse() {
        for tag in [
            "a%",
            "a%2",
            "a%zz",
            "a%é",
            "%",
            "%+1",
            "a%%361",
            "a%2%46b",
            "a%%32Fb",
            "%FF",
            "%C0%AF",
            "%ED%A0%80",
        ] {
            let Destination::ImageApi(uri) = destination(&format!("/v2/images/x/tags/{tag}"))
            else {
                panic!("{tag}")
            };
            assert!(
                decode(uri.path().rsplit('/').next().unwrap()).is_err(),
                "{tag}"
            );
            assert_eq!(
                destination(&format!("//v2/images//x/tags/{tag}")),
                Destination::ImageApi(uri)
            );
        }
    }

    #[test]
    fn an_upload_is_one_however_its_path_is_written() {
        let is_upload = |method, path: &str| {
            Destination::of(&path.parse().unwrap(), "/image").is_upload(&method)
        };
        assert!(
            is_upload(Method::PUT, "/v2/images/x/file")
                && is_upload(Method::PUT, "/v2/images/x/%66ile")
        );
        assert!(
            is_upload(Method::PUT, "/images/x/file")
                && is_upload(Method::PUT, "/image//v2.3/images/x//file")
        );
        assert!(is_upload(Method::PUT, "/v2/images/x/stage"));
        assert!(
            !is_upload(Method::GET, "/v2/images/x/file")
                && !is_upload(Method::PUT, "/v2/images/x/tags/%2Ffile2")
        );
        assert!(
            !is_upload(Method::PUT, "/v2/images/x/tags/file") && !is_upload(Method::PUT, "/file")
        );
    }
}
