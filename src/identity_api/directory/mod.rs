//! The directory: `/v3/projects`, `/v3/users`, `/v3/domains` and `/v3/auth/{projects,domains}`, all
//! of them for reading.
//!
//! Who may read what, and which errors come first, is Keystone 30's default policy. Start reading
//! at `projects.rs`.

mod domains;
mod list;
mod path;
mod projects;
mod users;

pub(super) use domains::{list as list_domains, own as own_domains, show as show_domain};
pub(super) use projects::{list as list_projects, own as own_projects, show as show_project};
pub(super) use users::{projects as projects_of_user, show as show_user};
