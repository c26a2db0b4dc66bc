//! One attempt at each operation: on one connection, within one size limit for images.

mod attempt;
mod carry_out;
mod history;
mod read;
mod write;

pub(super) use self::attempt::Attempt;
pub(super) use self::write::Wanted;
