//! The caller of a request.

use std::sync::Arc;

use crate::identity::Identity;
use crate::image::Reason;
use crate::policy::Rights;
use crate::store::Author;
use crate::telemetry::RequestId;

/// The caller of an authenticated request.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) rights: Arc<Rights>,
    pub(crate) request_id: RequestId,
}

impl Caller {
    /// Who calls.
    pub(super) fn identity(&self) -> &Identity {
        self.rights.identity()
    }

    /// Who makes a change, and why.
    pub(super) fn author<'a>(&'a self, reason: Option<&'a Reason>) -> Author<'a> {
        Author {
            user: &self.identity().user,
            project: self.identity().project.as_ref(),
            request_id: self.request_id.as_str(),
            reason,
        }
    }
}
