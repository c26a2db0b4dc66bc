//! The part of a row of the differences that is about cells of the matrix. `tests/matrix/rows.py` reads it alike.

use serde::Deserialize;

use super::recorded::{Answer, Cell};

/// Cells of the matrix, and what is answered to all of them instead.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cells {
    operations: Vec<String>,
    /// Without them it is any caller.
    callers: Option<Vec<String>>,
    glance: Recorded,
    pub ours: Answer,
}

/// What Glance answered to a cell: what is not said may be anything.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    status: u16,
    says: Option<String>,
}

impl Cells {
    pub fn is_about(&self, cell: &Cell<'_>) -> bool {
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
