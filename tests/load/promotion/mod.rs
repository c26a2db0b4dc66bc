//! Races of one exclusive tag: however it is put on images, at every instant one of them has it,
//! and its history is one line of moves.
//!
//! Start reading at `race`. `explanation` decides whether the history explains what the clients
//! have seen.

mod client;
mod crash;
mod explanation;
mod explanation_tests;
mod galera;
mod if_match;
mod line;
mod load;
mod observation;
mod race;
mod races;
mod search_tests;
