//! The caller of a request: the user, the project and the roles that a token stands for.
//!
//! Plain data. [`crate::auth`] turns a token into an [`Identity`]; [`crate::policy`] decides what
//! an identity may do.
//!
//! Start reading at [`Identity`].

mod caller;
mod implied_roles;
mod project;
mod role;
mod role_names;

pub use caller::Identity;
pub use implied_roles::with_implied_roles;
pub use project::{ProjectId, ProjectIdError};
pub use role::Role;
pub use role_names::{RoleNames, RoleNamesError};
