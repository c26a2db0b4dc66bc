//! Downloads from the web, for the import method `web-download`.
//!
//! Users say what is downloaded, and the service sees networks that they do not. So an operator
//! lists the origins that may be used ([`AllowedOrigin`]), every address that a name leads to has
//! to be public or listed as well, and redirects are held to the same. Start reading at
//! `client.rs`.

mod address;
mod client;
mod download;
mod error;
mod options;
mod origin;
mod place;
mod resolver;
mod thread;

pub use client::WebClient;
pub use download::WebDownload;
pub use error::WebError;
pub use options::WebOptions;
pub use origin::{AllowedOrigin, AllowedOriginError};
pub use place::WebPlace;
