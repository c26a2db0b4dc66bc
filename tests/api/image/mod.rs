//! The Image API: images, their tags, members and data.
//!
//! Start reading at `tags`.

mod access;
mod actions;
mod create;
mod create_refusals;
mod data_files;
mod data_s3;
mod delete;
mod downloads;
mod exclusive_tags;
mod list;
mod members;
mod patch;
mod preconditions;
mod show;
mod tag_collection;
mod tag_rules;
mod tag_values;
mod tags;
pub mod uploads;
