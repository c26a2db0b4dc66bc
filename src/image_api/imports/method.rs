//! The methods of import that the service offers.

use axum::http::{HeaderName, HeaderValue};

use crate::data::DataStore;
use crate::image::ImportMethod;
use crate::image_api::context::Context;

/// The header of a new image with the names of the methods.
const METHODS: HeaderName = HeaderName::from_static("openstack-image-import-methods");

/// The header of a new image with the names of the data stores.
const STORES: HeaderName = HeaderName::from_static("openstack-image-store-ids");

/// The methods that the service offers, in the order in which it names them. What keeps no data
/// downloads none, and without a data store there is no import.
pub(super) fn offered(context: &Context) -> Vec<ImportMethod> {
    let data = &context.data;
    let direct = (!data.refuses()).then_some(ImportMethod::GlanceDirect);
    let downloads = context.web.is_some() && !data.refuses() && !data.discards();
    let web = downloads.then_some(ImportMethod::WebDownload);
    direct.into_iter().chain(web).collect()
}

/// The headers that name the methods and the data store, for the answer with a new image. A client
/// that finds none knows that it has to upload the data.
pub(in crate::image_api) fn import_headers(
    context: &Context,
) -> Option<[(HeaderName, HeaderValue); 2]> {
    headers_of(&offered(context))
}

/// The headers for these methods. As in Glance there is none without a method: a header has a
/// value.
fn headers_of(methods: &[ImportMethod]) -> Option<[(HeaderName, HeaderValue); 2]> {
    if methods.is_empty() {
        return None;
    }
    let names: Vec<_> = methods.iter().map(|method| method.as_str()).collect();
    let value = HeaderValue::from_str(&names.join(","));
    let stores = HeaderValue::from_static(DataStore::NAME);
    value.ok().map(|value| [(METHODS, value), (STORES, stores)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_names_the_methods_and_is_absent_without_one() {
        assert_eq!(headers_of(&[]), None);
        let value = HeaderValue::from_static("glance-direct,web-download");
        let methods = [ImportMethod::GlanceDirect, ImportMethod::WebDownload];
        let [methods, _] = headers_of(&methods).unwrap();
        assert_eq!(methods, (METHODS, value));
    }
}
