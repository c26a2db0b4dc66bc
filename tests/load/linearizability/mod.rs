//! A linearizability checker for the API: a model of the images, the history of what clients
//! observed, and the search for an order that explains it.
//!
//! Start reading at `checker`. `image` specifies what one image does by itself, `model` what a
//! promotion does to the others.

mod answer;
mod checker;
mod checker_tests;
mod history;
mod image;
mod model;
mod operation;
mod promotion_tests;
mod search_tests;
mod verdict;

pub(crate) use answer::{Answer, Content, Tags, Texts};
pub(crate) use history::{Entry, Outcome, Record};
pub(crate) use image::{Image, MAX_MEMBERS, MAX_PROPERTIES, MAX_TAGS, State};
pub(crate) use model::{HELD_TAG, MOVING_TAGS};
pub(crate) use operation::{Operation, Step};
pub(crate) use verdict::{check_images, check_key_spaces, check_project};
