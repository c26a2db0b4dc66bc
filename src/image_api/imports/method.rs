//! The methods of import that the service offers.

use axum::http::{HeaderName, HeaderValue};

/// The header of a new image with the names of the methods.
const HEADER: HeaderName = HeaderName::from_static("openstack-image-import-methods");

/// A method of import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::image_api) enum ImportMethod {}

impl ImportMethod {
    /// The methods that the service offers, in the order in which it names them.
    const OFFERED: &'static [Self] = &[];

    /// The name of the method in the API.
    fn name(self) -> &'static str {
        match self {}
    }

    /// The method with this name, if the service offers it.
    pub(super) fn offered(name: &str) -> Option<Self> {
        let offered = Self::OFFERED.iter().copied();
        offered.into_iter().find(|method| method.name() == name)
    }

    /// The names of the methods that the service offers.
    pub(super) fn names() -> Vec<&'static str> {
        Self::OFFERED.iter().map(|method| method.name()).collect()
    }

    /// The header that names the methods, for the answer with a new image. A client that finds none
    /// knows that it has to upload the data.
    pub(in crate::image_api) fn header() -> Option<[(HeaderName, HeaderValue); 1]> {
        header_of(&Self::names())
    }
}

/// The header for these names. As in Glance there is none without a name: a header has a value.
fn header_of(names: &[&str]) -> Option<[(HeaderName, HeaderValue); 1]> {
    if names.is_empty() {
        return None;
    }
    let value = HeaderValue::from_str(&names.join(","));
    value.ok().map(|value| [(HEADER, value)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_names_the_methods_and_is_absent_without_one() {
        assert_eq!(header_of(&[]), None);
        let value = HeaderValue::from_static("glance-direct,web-download");
        assert_eq!(
            header_of(&["glance-direct", "web-download"]),
            Some([(HEADER, value)])
        );
    }
}
