//! The routes of metadata definitions.

use super::resource::resource;
use super::table::Routes;
use crate::image_api::metadefs;

/// Metadata definitions, of which there are none.
pub(in crate::image_api) fn definitions() -> Routes {
    Routes::default()
        .route(
            "/v2/metadefs/resource_types",
            resource("GET").get(metadefs::resource_types),
        )
        .route(
            "/v2/metadefs/namespaces",
            resource("GET, POST")
                .get(metadefs::namespaces)
                .post(metadefs::create_namespace),
        )
        .route(
            "/v2/metadefs/namespaces/{namespace}",
            resource("GET, PUT, DELETE")
                .get(metadefs::no_definition)
                .put(metadefs::not_written)
                .delete(metadefs::no_namespace),
        )
        .route(
            "/v2/metadefs/namespaces/{namespace}/objects",
            resource("GET, POST, DELETE")
                .get(metadefs::no_objects)
                .post(metadefs::object_not_written)
                .delete(metadefs::no_namespace),
        )
        .route(
            "/v2/metadefs/namespaces/{namespace}/objects/{object}",
            resource("GET, PUT, DELETE")
                .get(metadefs::no_definition)
                .put(metadefs::object_not_written)
                .delete(metadefs::no_definition),
        )
        .route(
            "/v2/metadefs/namespaces/{namespace}/properties",
            resource("GET, POST, DELETE")
                .get(metadefs::no_namespace)
                .post(metadefs::not_written)
                .delete(metadefs::no_namespace),
        )
        .route(
            "/v2/metadefs/namespaces/{namespace}/properties/{property}",
            resource("GET, PUT, DELETE")
                .get(metadefs::no_namespace)
                .put(metadefs::not_written)
                .delete(metadefs::no_namespace),
        )
        .route(
            "/v2/metadefs/namespaces/{namespace}/tags",
            resource("GET, POST, DELETE")
                .get(metadefs::no_tags)
                .post(metadefs::not_written)
                .delete(metadefs::no_namespace),
        )
        .route(
            "/v2/metadefs/namespaces/{namespace}/tags/{tag}",
            resource("GET, POST, PUT, DELETE")
                .get(metadefs::no_namespace)
                .post(metadefs::no_namespace)
                .put(metadefs::not_written)
                .delete(metadefs::no_namespace),
        )
        .route(
            "/v2/metadefs/namespaces/{namespace}/resource_types",
            resource("GET, POST")
                .get(metadefs::no_namespace)
                .post(metadefs::not_written),
        )
        .route(
            "/v2/metadefs/namespaces/{namespace}/resource_types/{resource_type}",
            resource("DELETE").delete(metadefs::no_namespace),
        )
}
