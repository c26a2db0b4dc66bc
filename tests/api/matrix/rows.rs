//! The part of a row of the differences that explains cells of the matrix. `tests/matrix/rows.py`
//! reads it the same way.

use serde::Deserialize;

use super::recorded::{Answer, Cell};

/// Cells of the matrix, and the response of this service to all of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cells {
    operations: Vec<String>,
    /// All callers if absent.
    callers: Option<Vec<String>>,
    glance: Recorded,
    pub ours: Answer,
}

/// The response of Glance to a cell. An absent field matches anything.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    status: u16,
    says: Option<String>,
}

impl Cells {
    pub fn matches(&self, cell: &Cell<'_>) -> bool {
        let Recorded { status, says } = &self.glance;
        self.operations.iter().any(|name| name == cell.operation)
            && self
                .callers
                .as_ref()
                .is_none_or(|callers| callers.iter().any(|name| name == cell.caller))
            && *status == cell.recorded.status
            && says.as_ref().is_none_or(|says| *says == cell.recorded.says)
    }
}
