//! Paths: where a request goes, and which image and tag its path names.
//!
//! Paths are read from their raw form, once, here. The router's own way of decoding lets malformed escapes pass.

use std::borrow::Cow;
use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Method, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::error::Error;
use crate::image::ImageId;

/// The parts of the service, told apart by the first segment of the path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Anything unknown: the choice of versions.
    Choices,
    /// `/versions` and below.
    Versions,
    /// `/healthcheck`
    Health,
    /// The embedded identity, with the URI in its canonical form below `/identity`.
    Identity(Uri),
    /// The API, with the URI in its canonical form below `/v2`.
    Api(Uri),
}

/// Where a request to `uri` goes. With a `prefix`, such as `/image`, the service is below that as well as at the root,
/// since some proxies take it away.
pub(super) fn place(uri: &Uri, prefix: &str) -> Place {
    let path = canonical(uri.path());
    let below = path
        .strip_prefix(prefix)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let path = below.unwrap_or(&path);
    let segments = path.strip_prefix('/').unwrap_or(path);
    let (first, rest) = segments.split_at(segments.find('/').unwrap_or(segments.len()));
    match first {
        "versions" => Place::Versions,
        "healthcheck" if rest.trim_end_matches('/').is_empty() => Place::Health,
        // Keystone does not mind a slash at the end. The Image API does: clients fold `…/tags/..` to one.
        "identity" => {
            rewritten(uri, path.trim_end_matches('/')).map_or(Place::Choices, Place::Identity)
        }
        "v2" => api(uri, path),
        _ if is_version(first) => api(uri, &format!("/v2{rest}")),
        // Clients that do not ask for the versions go on from the endpoint as they are given it.
        "images" | "schemas" => api(uri, &format!("/v2{path}")),
        _ => Place::Choices,
    }
}

fn api(uri: &Uri, path: &str) -> Place {
    rewritten(uri, path).map_or(Place::Choices, Place::Api)
}

/// `uri` with another path, without scheme and host.
fn rewritten(uri: &Uri, path: &str) -> Option<Uri> {
    if uri.path() == path && uri.authority().is_none() {
        return Some(uri.clone());
    }
    let query = uri
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    format!("{path}{query}").parse().ok()
}

/// Whether `request` is to give an image its data, which may take as long as it takes.
pub(super) fn is_upload(request: &Request) -> bool {
    if request.method() != Method::PUT {
        return false;
    }
    let path = canonical(request.uri().path());
    let mut segments = path.rsplit('/');
    segments.next() == Some("file") && segments.nth(1) == Some("images")
}

/// `v2` and what Glance 33 takes for it.
fn is_version(segment: &str) -> bool {
    match segment.strip_prefix("v2") {
        Some("" | ".15" | ".17") => true,
        Some(minor) => (0..=13).any(|number| minor.strip_prefix('.') == Some(&number.to_string())),
        None => false,
    }
}

/// The path with runs of `/` as one, and without escapes of characters that need none (RFC 3986, 6.2.2.2). In a path with
/// a malformed escape all escapes stay as they are, for nothing must come out well-formed that was not.
fn canonical(path: &str) -> Cow<'_, str> {
    let may_unescape = path.contains('%') && is_well_formed(path);
    if !path.contains("//") && !may_unescape {
        return path.into();
    }
    let mut canonical = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(character) = rest.chars().next() {
        let unreserved = (rest.strip_prefix('%').filter(|_| may_unescape))
            .and_then(|escape| u8::from_str_radix(escape.get(..2)?, 16).ok())
            .filter(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(byte));
        if let Some(byte) = unreserved {
            canonical.push(byte.into());
            rest = &rest[3..];
        } else {
            if character != '/' || !canonical.ends_with('/') {
                canonical.push(character);
            }
            rest = &rest[character.len_utf8()..];
        }
    }
    canonical.into()
}

/// Whether every `%` has two hexadecimal digits after it.
fn is_well_formed(text: &str) -> bool {
    let is_escape = |after: &str| {
        after
            .as_bytes()
            .get(..2)
            .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
    };
    text.split('%').skip(1).all(is_escape)
}

/// What a percent-encoded text stands for.
pub(super) fn decode(segment: &str) -> Result<String, Error> {
    if !is_well_formed(segment) {
        return Err(Error::Undecodable);
    }
    let text = percent_decode_str(segment)
        .decode_utf8()
        .map_err(|_| Error::Undecodable)?;
    Ok(text.into_owned())
}

/// `text` percent-encoded, so that it can stand in a path or a query.
pub(super) fn encode(text: &str) -> String {
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The image that a path names, as its text and as the id that it is, if it is one.
#[derive(Clone, Debug)]
pub(super) struct ImageRef {
    pub(super) text: String,
    pub(super) id: Option<ImageId>,
}

/// The image and the tag or member in `/v2/images/{image_id}/tags/{tag}` or `…/members/{member_id}`, still to be
/// decoded, so that a fault in the path is told after a fault in the body.
#[derive(Clone, Debug)]
pub(super) struct Named(Uri);

impl Named {
    /// The image.
    pub(super) fn image(&self) -> Result<ImageRef, Error> {
        let text = decode(self.segment(3))?;
        Ok(ImageRef {
            id: text.parse().ok(),
            text,
        })
    }

    /// What is named below the image: a tag or a member; empty where the path has none.
    pub(super) fn item(&self) -> Result<String, Error> {
        decode(self.segment(5))
    }

    fn segment(&self, number: usize) -> &str {
        self.0.path().split('/').nth(number).unwrap_or_default()
    }
}

impl<S: Sync> FromRequestParts<S> for Named {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.uri.clone()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place_of(path: &str) -> Place {
        place(&path.parse().unwrap(), "")
    }

    fn to_api(path: &str) -> Place {
        Place::Api(path.parse().unwrap())
    }

    #[test]
    fn served_versions_are_one_api_and_the_rest_is_a_choice() {
        for version in ["v2", "v2.0", "v2.9", "v2.13", "v2.15", "v2.17"] {
            assert_eq!(
                place_of(&format!("/{version}/images?a=b")),
                to_api("/v2/images?a=b")
            );
        }
        for version in [
            "v1", "v3", "V2", "v2.14", "v2.16", "v2.18", "v2.00", "v2.", "v2x", "image", "%FF",
        ] {
            assert_eq!(
                place_of(&format!("/{version}/images")),
                Place::Choices,
                "{version}"
            );
        }
    }

    #[test]
    fn runs_of_slashes_are_one_and_needless_escapes_are_gone() {
        assert_eq!(
            place_of("//v2///images//%61%2Db%2F%25%7e"),
            to_api("/v2/images/a-b%2F%25~")
        );
        assert_eq!(place_of("//versions//x"), Place::Versions);
        assert_eq!(place_of("//"), Place::Choices);
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
            assert_eq!(place_of(path), Place::Identity(expected.parse().unwrap()));
        }
        assert_eq!(place_of("/v2/images/x/"), to_api("/v2/images/x/"));
    }

    #[test]
    fn the_version_may_be_left_out() {
        assert_eq!(
            place_of("/images/x/tags/y?a=b"),
            to_api("/v2/images/x/tags/y?a=b")
        );
        assert_eq!(place_of("/schemas/image"), to_api("/v2/schemas/image"));
    }

    #[test]
    fn a_prefix_is_taken_away_where_it_is() {
        let place = |path: &str| place(&path.parse().unwrap(), "/image");
        assert_eq!(place("/image/v2/images"), to_api("/v2/images"));
        assert_eq!(place("/image/images"), to_api("/v2/images"));
        assert_eq!(place("/v2/images"), to_api("/v2/images"));
        assert_eq!(place("/image/versions"), Place::Versions);
        for path in ["/image", "/image/", "/images2", "/imagev2/images"] {
            assert_eq!(place(path), Place::Choices, "{path}");
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
            let Place::Api(uri) = place_of(&format!("/v2/images/x/tags/{tag}")) else {
                panic!("{tag}")
            };
            assert!(
                decode(uri.path().rsplit('/').next().unwrap()).is_err(),
                "{tag}"
            );
            assert_eq!(
                place_of(&format!("//v2/images//x/tags/{tag}")),
                Place::Api(uri)
            );
        }
    }

    #[test]
    fn an_upload_is_one_however_its_path_is_written() {
        let is_upload = |method: Method, path: &str| {
            is_upload(
                &Request::builder()
                    .method(method)
                    .uri(path)
                    .body(axum::body::Body::empty())
                    .unwrap(),
            )
        };
        assert!(
            is_upload(Method::PUT, "/v2/images/x/file")
                && is_upload(Method::PUT, "/v2/images/x/%66ile")
        );
        assert!(
            is_upload(Method::PUT, "/images/x/file")
                && is_upload(Method::PUT, "/image//v2.3/images/x//file")
        );
        assert!(
            !is_upload(Method::GET, "/v2/images/x/file")
                && !is_upload(Method::PUT, "/v2/images/x/tags/%2Ffile2")
        );
        assert!(
            !is_upload(Method::PUT, "/v2/images/x/tags/file") && !is_upload(Method::PUT, "/file")
        );
    }

    proptest! {
        #[test]
        fn any_text_comes_back_from_its_escaped_form(text: String) {
            let path = canonical(&encode(&text)).into_owned();
            prop_assert_eq!(decode(&path).unwrap(), text);
        }

        #[test]
        fn no_path_makes_the_decoder_panic(text: String) {
            let _ = decode(&canonical(&text));
        }
    }
}
