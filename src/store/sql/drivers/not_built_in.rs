//! The driver of an engine that this program was built without. No URL leads to it.

use async_trait::async_trait;

use super::error::SqlError;
use super::session::{Driver, Session};

#[derive(Debug)]
pub(super) struct NotBuiltIn;

#[async_trait]
impl Driver for NotBuiltIn {
    async fn connect(&self) -> Result<Box<dyn Session>, SqlError> {
        Err(SqlError::Internal("no driver was built in".into()))
    }
}
