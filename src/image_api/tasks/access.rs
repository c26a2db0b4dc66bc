//! Who may use the tasks.

use crate::identity::Identity;
use crate::image::Refusal;
use crate::policy::is_admin;

/// Whether `identity` may use the tasks of all images: admins may.
pub(super) fn check(identity: &Identity) -> Result<(), Refusal> {
    if is_admin(identity) {
        Ok(())
    } else {
        Err(Refusal::Forbidden {
            policy: "tasks_api_access",
        })
    }
}
