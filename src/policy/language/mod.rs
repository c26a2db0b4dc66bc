//! The language of oslo.policy: checks, what they ask about, and their texts.
//!
//! Start reading at [`Check`].

mod check;
mod facts;
mod parser;
#[cfg(test)]
mod parser_tests;

pub(super) use check::{Check, Operand, Piece, Text};
pub(super) use facts::{Credential, Facts, Field, Target};
pub(super) use parser::{References, parse, parse_lists};
