//! The labels by which requests are counted: the paths of the routes, and the parts of the service
//! that have no route table.

use super::destination::Destination;
use crate::image_api::ImageApi;

/// The labels of the destinations besides the Image API. The choice of versions is also the answer
/// to every path outside of the APIs.
const OTHERS: [&str; 7] = [
    "/",
    "/versions",
    "/healthcheck",
    "/identity",
    "/livez",
    "/readyz",
    "/development",
];

/// All labels: those of the Image API come first.
pub(super) fn labels(image_api: &ImageApi) -> impl Iterator<Item = &'static str> {
    image_api.paths().iter().copied().chain(OTHERS)
}

/// The position in [`labels`]; `None` if the path has no route.
pub(super) fn position(destination: &Destination, image_api: &ImageApi) -> Option<usize> {
    let first = image_api.paths().len();
    match destination {
        Destination::ImageApi(uri) => image_api.position(uri.path()),
        Destination::VersionChoice => Some(first),
        Destination::Versions => Some(first + 1),
        Destination::Health => Some(first + 2),
        Destination::IdentityApi(_) => Some(first + 3),
        Destination::Live => Some(first + 4),
        Destination::Ready => Some(first + 5),
        Destination::Development(_) => Some(first + 6),
    }
}
