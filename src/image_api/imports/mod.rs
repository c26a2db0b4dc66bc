//! Imports: how clients hand over data other than by one upload.
//!
//! The service offers no method yet, and answers as a Glance without one. A new method is a variant
//! of [`ImportMethod`]: the compiler then asks for its name and for what starts it.
//!
//! Start reading at `method.rs`.

mod method;
mod methods;
mod stage;
mod start;

pub(super) use method::ImportMethod;
pub(super) use methods::methods;
pub(super) use stage::stage;
pub(super) use start::start;
