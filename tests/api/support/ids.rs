//! The images and tokens of the example configuration.

/// The first image: private, owned by the member's project.
pub const DEBIAN: &str = "82c96579-ba53-4a84-a69a-716382fe0293";
/// The second image: shared with the stranger's project.
pub const UBUNTU: &str = "e7db3b45-8db7-47ad-8109-3fb55c2c24fd";

pub const ADMIN: &str = "d7f4a2e6c1b84903a5e0f3b79c6d2841";
pub const MEMBER: &str = "0c3a50a694f44b748abd8e0660ecbd45";
pub const READER: &str = "b15e8c7d93f24a60b2d4e6f8017a9c3b";
pub const STRANGER: &str = "4e8d1f6a0b2c49d7a3f5e7091c8b6d24";
