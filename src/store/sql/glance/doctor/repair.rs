//! Repairs one finding.

use super::finding::{GlanceFinding, GlanceProblem};
use crate::store::sql::drivers::Statement;
use crate::store::sql::glance::database::{GlanceDatabase, GlanceDatabaseError};

/// What the repair of a finding has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// So many rows were marked as removed. If it is 0, somebody else has repaired it meanwhile.
    Marked(u64),
    /// Nothing: a person has to decide.
    Left,
}

/// How Glance marks a row as removed.
const MARK: &str =
    "SET t.deleted = 1, t.deleted_at = UTC_TIMESTAMP(), t.updated_at = UTC_TIMESTAMP()";

impl GlanceDatabase {
    /// Repairs `finding` if that is safe, in one transaction: the first row of a tag that has
    /// several stays, and the tags of a deleted image go. It looks again at what it changes, so
    /// that it is right while Glance works.
    pub async fn repair(&self, finding: &GlanceFinding) -> Result<Repair, GlanceDatabaseError> {
        let statement = match &finding.problem {
            GlanceProblem::Doubled { tag, .. } => Statement::new(format!(
                "UPDATE image_tags t JOIN image_tags first ON first.image_id = t.image_id \
                 AND first.id < t.id AND first.deleted = 0 \
                 AND CONVERT(first.value USING utf8mb4) = CONVERT(t.value USING utf8mb4) \
                 COLLATE utf8mb4_nopad_bin {MARK} \
                 WHERE t.image_id = CONVERT(? USING ascii) AND t.deleted = 0 \
                 AND CONVERT(t.value USING utf8mb4) COLLATE utf8mb4_nopad_bin = ?"
            ))
            .with(finding.image.as_str())
            .with(tag.as_str()),
            GlanceProblem::OfDeletedImage { .. } => Statement::new(format!(
                "UPDATE image_tags t JOIN images i ON i.id = t.image_id AND i.deleted = 1 {MARK} \
                 WHERE t.image_id = CONVERT(? USING ascii) AND t.deleted = 0"
            ))
            .with(finding.image.as_str()),
            GlanceProblem::Alike { .. }
            | GlanceProblem::OverQuota { .. }
            | GlanceProblem::CameBack { .. } => return Ok(Repair::Left),
        };
        let mut transaction = self.database.begin().await?;
        match transaction.execute(statement).await {
            Ok(marked) => {
                transaction.commit().await?;
                Ok(Repair::Marked(marked))
            }
            Err(error) => Err(transaction.fail(error).await.into()),
        }
    }
}
