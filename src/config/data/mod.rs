//! `[data]`: where the data of images is kept.

mod options;
mod section;

pub use section::DataConfig;
