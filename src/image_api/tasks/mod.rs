//! `/v2/tasks` and `/v2/images/{image_id}/tasks`: what the service does in the background for a
//! client. These are imports: each image has the task of its last one, for two days after its end.
//!
//! The rule `tasks_api_access` leaves all of them to admins, except for those of an image. Start
//! reading at `list.rs`.

mod find;
mod list;
mod of_image;
mod one;
mod query;
mod view;

pub(super) use list::{create, list};
pub(super) use of_image::of_image;
pub(super) use one::{delete, show};
