//! `/v2/tasks` and `/v2/images/{image_id}/tasks`: what the service does in the background for a
//! client. It does nothing so, and there are no tasks.
//!
//! Glance's tasks are imports. The rule `tasks_api_access` leaves all of them to admins, except for
//! those of an image. Start reading at `list.rs`.

mod access;
mod list;
mod of_image;
mod one;

pub(super) use list::{create, list};
pub(super) use of_image::of_image;
pub(super) use one::{delete, show};
