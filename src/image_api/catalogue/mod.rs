//! `/v2/tags`: the catalogue of tags, who carries one, the image to use, and the history of tags.
//!
//! Glance has none of it. Everything here only reads; `promotion` has the changes. Start reading at
//! `current`.

mod carrier_view;
mod carriers;
mod current;
mod event_view;
mod history;
mod list;
mod measure;
mod parameters;
mod precondition;
mod rule_view;
mod tag_path;

pub(super) use carriers::carriers;
pub(super) use current::current;
pub(super) use event_view::microseconds;
pub(super) use history::{of_image as history_of_image, of_tag as history_of_tag};
pub(super) use list::list;
pub(super) use measure::json_bytes;
pub(super) use parameters::Parameters;
pub(super) use precondition::{TagPreconditions, entity_tag, scope_of_owner};
pub(super) use tag_path::TagPath;
