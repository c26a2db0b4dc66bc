//! Compressed answers: gzip or deflate, if the client accepts one of them and the answer is long.
//!
//! An encoder takes some hundred kilobytes, so each is reserved from the memory budget. If none is
//! left, the client gets the answer as it is, never an error. An answer to a request that accepts
//! neither coding does not pass through here at all, so it stays the same to the byte.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version, header};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tower::{Service, ServiceBuilder};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use crate::budget::{Budget, Reservation};
use crate::http::request::elements;
use crate::http::{call, weaken};

/// A shorter answer is sent as it is: compressing it would cost more than it saves.
const MIN_BYTES: u64 = 4 << 10;

/// What one encoder takes in memory at most.
const ENCODER_BYTES: usize = 512 << 10;

/// Marks a response for whose encoder memory is reserved.
#[derive(Clone, Copy, Debug)]
struct Admitted;

/// Compresses a long answer of `service` with the coding that the client prefers, and says so in
/// `Vary` (RFC 9110, 12.5.5).
///
/// A compressed answer is another sequence of bytes, so its entity tag becomes a weak one
/// (RFC 9110, 8.8.1). A 304 has the `Vary` that the whole answer could have.
///
/// It is only for requests that [`accepts_coding`] lets through.
pub(crate) async fn compress(
    request: Request,
    budget: &Budget,
    service: impl Service<Request, Response = Response, Error = Infallible>,
) -> Response {
    let compression = CompressionLayer::new().quality(CompressionLevel::Fastest);
    let service = ServiceBuilder::new()
        .layer(compression.compress_when(is_admitted))
        .map_response(|response| admit(response, budget))
        .service(service);
    let mut response = call(service, request).await.map(Body::new);
    let is_compressed = response.headers().contains_key(header::CONTENT_ENCODING);
    if is_compressed {
        weaken(response.headers_mut());
    } else if response.status() == StatusCode::NOT_MODIFIED {
        let coding = HeaderValue::from_name(header::ACCEPT_ENCODING);
        response.headers_mut().insert(header::VARY, coding);
    }
    response
}

/// Whether the client accepts gzip or deflate. tower-http answers 406 to a client that refuses all
/// codings, which Glance does not; this check keeps such requests away from it.
pub(crate) fn accepts_coding(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(header::ACCEPT_ENCODING).iter();
    lines.any(|line| elements(line.as_bytes(), b',').any(is_supported))
}

/// Whether an element such as `gzip;q=0.5` accepts a coding that this service has.
fn is_supported(element: &[u8]) -> bool {
    let mut parts = elements(element, b';').map(<[u8]>::trim_ascii);
    let coding = parts.next().unwrap_or_default();
    let is_known = [&b"gzip"[..], b"x-gzip", b"deflate"]
        .iter()
        .any(|known| coding.eq_ignore_ascii_case(known));
    is_known && !parts.any(is_zero_weight)
}

/// Whether a parameter is `q=0`, with or without decimals: the client refuses the coding.
fn is_zero_weight(parameter: &[u8]) -> bool {
    parameter.starts_with(b"q") && parameter.iter().all(|byte| b"q=0. \t".contains(byte))
}

fn is_admitted(_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions) -> bool {
    extensions.get::<Admitted>().is_some()
}

/// Reserves memory for the encoder of a long answer, and keeps it as long as the body exists.
fn admit(response: Response, budget: &Budget) -> Response {
    if response.body().size_hint().lower() < MIN_BYTES {
        return response;
    }
    let Ok(memory) = budget.try_reserve(ENCODER_BYTES) else {
        return response;
    };
    let mut response = response.map(|body| {
        Body::new(WithReservation {
            body,
            _memory: memory,
        })
    });
    response.extensions_mut().insert(Admitted);
    response
}

/// A body that holds a reservation.
struct WithReservation {
    body: Body,
    _memory: Reservation,
}

impl HttpBody for WithReservation {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Task<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(task)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::to_bytes;
    use axum::routing::{MethodRouter, get};

    use super::*;

    const LONG: usize = 100_000;

    /// The answer of a route with a body of `length` bytes to a request with this
    /// `Accept-Encoding`.
    async fn answer(length: usize, accept: Option<&str>, budget: &Budget) -> Response {
        let route = get(async move || "x".repeat(length));
        answer_of(route, accept, budget).await
    }

    async fn answer_of(route: MethodRouter, accept: Option<&str>, budget: &Budget) -> Response {
        let router = Router::new().route("/", route);
        let mut request = Request::new(Body::empty());
        if let Some(accept) = accept {
            let headers = request.headers_mut();
            headers.insert(header::ACCEPT_ENCODING, accept.parse().unwrap());
        }
        if accepts_coding(request.headers()) {
            compress(request, budget, router).await
        } else {
            call(router, request).await
        }
    }

    fn coding(response: &Response) -> Option<&str> {
        let coding = response.headers().get(header::CONTENT_ENCODING)?;
        Some(coding.to_str().unwrap())
    }

    #[tokio::test]
    async fn a_long_answer_is_compressed_as_the_client_prefers() {
        let budget = Budget::new(1 << 20);
        for (accept, expected) in [
            ("gzip", Some("gzip")),
            ("GZIP", Some("gzip")),
            ("deflate", Some("deflate")),
            ("gzip, deflate", Some("gzip")),
            ("br, zstd, gzip;q=0.1, deflate;q=0.2", Some("deflate")),
            ("gzip;q=0, deflate;q=0.000", None),
            ("identity;q=0", None),
            ("br", None),
            ("*", None),
            ("", None),
        ] {
            let response = answer(LONG, Some(accept), &budget).await;
            assert_eq!(response.status(), StatusCode::OK, "{accept}");
            assert_eq!(coding(&response), expected, "{accept}");
            let varies = response.headers().contains_key(header::VARY);
            assert_eq!(varies, expected.is_some(), "{accept}");
            let body = to_bytes(response.into_body(), LONG).await.unwrap();
            assert_eq!(body.len() == LONG, expected.is_none(), "{accept}");
        }
    }

    #[tokio::test]
    async fn the_entity_tag_of_a_compressed_answer_is_weak() {
        let budget = Budget::new(1 << 20);
        for (length, status, accept, expected, varies) in [
            (LONG, StatusCode::OK, "gzip", "W/\"1\"", true),
            (10, StatusCode::OK, "gzip", "\"1\"", false),
            (0, StatusCode::NOT_MODIFIED, "gzip", "\"1\"", true),
            (0, StatusCode::NOT_MODIFIED, "br", "\"1\"", false),
        ] {
            let route = get(async move || (status, [(header::ETAG, "\"1\"")], "x".repeat(length)));
            let response = answer_of(route, Some(accept), &budget).await;
            let headers = response.headers();
            assert_eq!(headers[header::ETAG], expected);
            assert_eq!(
                headers.contains_key(header::VARY),
                varies,
                "{status} {accept}"
            );
        }
    }

    #[tokio::test]
    async fn a_short_answer_and_one_for_a_client_that_does_not_ask_stay_as_they_are() {
        let budget = Budget::new(1 << 20);
        for (length, accept) in [(4095, Some("gzip")), (LONG, None)] {
            let response = answer(length, accept, &budget).await;
            assert_eq!(response.headers().len(), 2, "{:?}", response.headers());
            assert_eq!(
                response.headers()[header::CONTENT_LENGTH],
                length.to_string()
            );
        }
    }

    #[tokio::test]
    async fn without_memory_for_the_encoder_the_answer_is_not_compressed() {
        let budget = Budget::new(ENCODER_BYTES);
        let first = answer(LONG, Some("gzip"), &budget).await;
        assert_eq!(coding(&first), Some("gzip"));
        assert_eq!(coding(&answer(LONG, Some("gzip"), &budget).await), None);
        drop(first);
        assert_eq!(
            coding(&answer(LONG, Some("gzip"), &budget).await),
            Some("gzip")
        );
    }
}
