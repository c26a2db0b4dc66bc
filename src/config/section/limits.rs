//! `[limits]`: upper bounds on what one request, image or client may use.

use serde::{Deserialize, Serialize};

/// `[limits]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Maximum number of tags on one image; negative for no limit.
    pub tags_per_image: i64,
    /// Maximum number of custom properties on one image; negative for no limit.
    pub properties_per_image: i64,
    /// Maximum number of projects that one image is shared with; negative for no limit.
    pub members_per_image: i64,
    /// Maximum size in bytes of a request body that is ignored, as on the tag calls, and of a
    /// login.
    pub body_bytes: usize,
    /// Maximum size in bytes of a JSON request body.
    pub json_bytes: usize,
    /// Maximum size in bytes of an image's data.
    pub upload_bytes: u64,
    /// Maximum size in bytes of the data of all images together that is kept in memory.
    pub data_memory_bytes: usize,
    /// Maximum size in bytes of a request head: the request line and the headers.
    pub head_bytes: usize,
    /// Maximum number of headers in a request.
    pub headers: usize,
    /// Maximum number of concurrent connections.
    pub connections: usize,
    /// Maximum total size in bytes of the bodies, responses and images that all requests hold.
    pub memory_bytes: usize,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            tags_per_image: 128,
            properties_per_image: 128,
            members_per_image: 128,
            body_bytes: 64 << 10,
            json_bytes: 1 << 20,
            upload_bytes: 1 << 40,
            data_memory_bytes: 256 << 20,
            head_bytes: 64 << 10,
            headers: 100,
            connections: 1024,
            memory_bytes: 256 << 20,
        }
    }
}
