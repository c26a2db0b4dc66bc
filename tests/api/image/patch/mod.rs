//! Changing images with JSON patches.
//!
//! Start reading at `changes`.

mod changes;
mod malformed;
mod media_types;
mod patched;
mod quotas;
mod refused;
mod rights;
