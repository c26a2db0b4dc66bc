//! What an attempt comes to.

use crate::store::sql::drivers::SqlError;

/// The outcome of one attempt: an answer for the caller, which may be a refusal, or an error of the
/// database, after which another attempt may help.
pub(in crate::store::sql) type Attempt<T, E> = Result<Result<T, E>, SqlError>;
