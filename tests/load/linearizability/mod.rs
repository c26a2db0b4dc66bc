//! A linearizability checker for the API: a model of an image, the history of what clients
//! observed, and the search for an order that explains it.
//!
//! Start reading at `checker`.

mod answer;
mod checker;
mod checker_tests;
mod history;
mod model;
mod verdict;

pub(crate) use answer::{Answer, Content, Tags, Texts};
pub(crate) use history::{Entry, Outcome, Record};
pub(crate) use model::{Image, MAX_MEMBERS, MAX_PROPERTIES, MAX_TAGS, Operation, State, Step};
pub(crate) use verdict::{check_images, check_key_spaces};
