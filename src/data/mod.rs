//! The data of images: kept in memory, in a directory or in an S3 bucket, or discarded.
//!
//! Each upload writes under a [`DataKey`] of its own, and what is under a key never changes. While
//! an upload runs, its process renews a lease in the data store. If the lease is not renewed any
//! more, the process is gone, and any process may remove what it has written. So several processes
//! share a data store without knowing one another.
//!
//! The module knows no image but by its id: `recovery` brings images and data together. Start
//! reading at [`DataStore`].

mod backend;
mod digests;
mod download;
mod error;
mod key;
mod options;
mod piece;
mod store;
mod upload;
mod url;
mod virtual_size;

pub use backend::Lease;
pub use download::Download;
pub use error::{DataError, DataOpenError};
pub use key::DataKey;
pub use options::{DataOptions, S3Options};
pub use store::{DataStore, StoredData};
pub use upload::Upload;
pub use url::{DataUrl, DataUrlError};
