//! Finds what is wrong in the stores, and repairs what can be repaired: tags that break their
//! rules, data that no image names, images whose data is missing.

mod data;
mod tags;

pub use data::{DataFindings, find_data, repair_data};
pub use tags::{DoctorError, Finding, find, repair};
