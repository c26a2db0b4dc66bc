//! Requests that Glance might read otherwise than this service, so that it would do something there
//! that this service would not have let through.
//!
//! Glance decodes a path before it looks at its parts, and a parameter `_method`, in the query or
//! in the form of a `POST`, stands for another method.

use axum::body::Body;
use axum::http::{Method, Request, header};
use percent_encoding::percent_decode_str;

use super::error::UpstreamError;

/// The parameter that stands for another method.
const METHOD: &str = "_method";

/// The media types of forms.
const FORMS: [&[u8]; 2] = [b"application/x-www-form-urlencoded", b"multipart/form-data"];

/// Refuses a request that may be read in two ways.
pub(super) fn check(request: &Request<Body>) -> Result<(), UpstreamError> {
    if is_ambiguous_path(request.uri().path()) {
        return Err(UpstreamError::Ambiguous(
            "The path has a part that not every server reads the same way.",
        ));
    }
    let query = request.uri().query().unwrap_or_default();
    if query.split(['&', ';']).any(names_a_method) || is_form(request) {
        return Err(UpstreamError::Ambiguous(
            "The request may stand for another method, in a parameter or in a form.",
        ));
    }
    Ok(())
}

/// Whether the path has segments of dots, backslashes, encoded slashes or control characters.
fn is_ambiguous_path(path: &str) -> bool {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    let slashes = |path: &str| path.matches('/').count();
    let is_odd = |character: char| character == '\\' || character.is_control();
    let is_of_dots = |segment: &str| matches!(segment, "." | "..");
    slashes(&decoded) != slashes(path)
        || decoded.contains(is_odd)
        || decoded.split('/').any(is_of_dots)
}

fn names_a_method(parameter: &str) -> bool {
    let name = parameter.split('=').next().unwrap_or_default();
    let name = percent_decode_str(name).decode_utf8_lossy();
    name.trim_matches(['+', ' ']) == METHOD
}

fn is_form(request: &Request<Body>) -> bool {
    let mut kinds = request.headers().get_all(header::CONTENT_TYPE).iter();
    request.method() == Method::POST
        && kinds.any(|kind| {
            let kind = kind.as_bytes().to_ascii_lowercase();
            FORMS.iter().any(|form| kind.trim_ascii().starts_with(form))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(method: &str, uri: &str, kind: &str) -> bool {
        let request = Request::builder().method(method).uri(uri);
        let request = request
            .header(header::CONTENT_TYPE, kind)
            .body(Body::empty());
        check(&request.unwrap()).is_err()
    }

    #[test]
    fn what_may_be_read_in_two_ways_is_refused() {
        for (method, uri, kind) in [
            ("GET", "/v2/images/../tags", ""),
            ("GET", "/v2/%2e%2E/tags", ""),
            ("PUT", "/v2/images/x%2Ftags%2fy", ""),
            ("PUT", "/v2/images/x%5Ctags", ""),
            ("DELETE", "/v2/images/x%0A", ""),
            ("DELETE", "/v2/images/x%7f", ""),
            ("GET", "/v2/images?a=b&%5Fmethod=DELETE", ""),
            (
                "POST",
                "/v2/images/x",
                "application/x-www-form-urlencoded; charset=utf-8",
            ),
            ("POST", "/v2/images/x", "Multipart/Form-Data; boundary=b"),
        ] {
            assert!(is_refused(method, uri, kind), "{method} {uri} {kind}");
        }
        for (method, uri, kind) in [
            ("GET", "/v2/images?name=deploy_method&x=%2F..%2F", ""),
            ("GET", "/v2/images/%C3%A9%2510", "application/json"),
            (
                "PUT",
                "/v2/images/x/file",
                "application/x-www-form-urlencoded",
            ),
            ("GET", "/v2/images/..x/...", ""),
        ] {
            assert!(!is_refused(method, uri, kind), "{method} {uri} {kind}");
        }
    }
}
