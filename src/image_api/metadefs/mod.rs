//! `/v2/metadefs`: metadata definitions, as in a Glance in which none are loaded.
//!
//! Lists are empty, no namespace is found, and nobody can create one. The texts are Glance's, which
//! words the same absence in two ways. Start reading at `namespaces.rs`.

mod absent;
mod namespaces;

pub(super) use absent::{
    no_definition, no_namespace, no_objects, no_tags, not_written, object_not_written,
};
pub(super) use namespaces::{create as create_namespace, list as namespaces, resource_types};
