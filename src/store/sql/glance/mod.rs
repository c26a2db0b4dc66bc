//! The database of a Glance that runs beside this service.
//!
//! - `database` connects to it.
//! - `doctor` finds what is wrong with the tags in it, and repairs what can be repaired safely.
//! - `guard` is the triggers that keep what Glance's saves would undo. `gate` closes the store
//!   until a check has shown that changes stay.

mod database;
mod doctor;
mod gate;
mod guard;

pub use self::database::{GlanceDatabase, GlanceDatabaseError};
pub use self::doctor::{Examination, GlanceFinding, GlanceProblem, Repair};
pub(super) use self::gate::{Gate, find_check, note_check};
pub use self::guard::GuardStatus;
