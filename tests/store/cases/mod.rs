//! The cases of the conformance suite. Each is a function that gets an empty store.

mod catalogue;
mod changes;
mod concurrency;
mod history;
mod imports;
mod listing;
mod moves;
mod round_trips;
mod shared_history;
mod tag_filters;

pub(crate) use self::catalogue::*;
pub(crate) use self::changes::*;
pub(crate) use self::concurrency::*;
pub(crate) use self::history::*;
pub(crate) use self::imports::*;
pub(crate) use self::listing::*;
pub(crate) use self::moves::*;
pub(crate) use self::round_trips::*;
pub(crate) use self::shared_history::*;
pub(crate) use self::tag_filters::*;
