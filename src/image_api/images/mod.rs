//! `/v2/images` and `/v2/images/{image_id}`: one file per operation.

pub(super) mod attributes;
mod create;
mod delete;
mod list;
mod patch;
mod show;
mod update;
pub(super) mod view;

pub(super) use create::{create, new_image};
pub(super) use delete::delete;
pub(super) use list::{DEFAULT_LIMIT, flag, limit, list};
pub(super) use patch::{Dialect, Patch};
pub(super) use show::{image_response, show};
pub(super) use update::{dialect, update};
