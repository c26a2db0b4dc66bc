//! The one list of the attributes that every image has.
//!
//! What is particular to an attribute is decided here, in matches over all variants: a new one does
//! not compile until each match has an answer for it. The API's view, patches, filters and sort
//! keys, the columns of the databases and the keys of the configuration are made from this list.
//! Start reading at [`Attribute`].

mod definition;
mod edit;
mod kind;
mod restore;
mod value;

pub use definition::Attribute;
pub use edit::AttributeError;
pub use kind::{Access, FilterKind, Kind};
pub(crate) use restore::Restoration;
pub use value::AttributeValue;
