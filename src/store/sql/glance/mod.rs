//! The database of a Glance that runs beside this service.
//!
//! - `url` names it, `database` connects to it.
//! - `doctor` finds what is wrong with the tags in it, and repairs what can be repaired safely.
//! - `guard` is the triggers that keep what Glance's saves would undo.

mod database;
mod doctor;
mod guard;
mod url;

pub use self::database::{GlanceDatabase, GlanceDatabaseError};
pub use self::doctor::{Examination, GlanceFinding, GlanceProblem, Repair};
pub use self::guard::GuardStatus;
pub use self::url::{GlanceUrl, GlanceUrlError};
