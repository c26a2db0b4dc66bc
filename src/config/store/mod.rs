//! Where images and tags are: `[store]`, and `[glance]` for a Glance that keeps the images.

mod glance;
mod section;

pub use self::glance::GlanceConfig;
pub use self::section::{StoreConfig, StoreUrl};
