//! What the handlers of the embedded identity share.

use std::sync::Arc;
use std::time::Duration;

use crate::auth::{Directory, TokenTable};
use crate::http::request::BodyReader;

/// What the handlers of the embedded identity share.
#[derive(Debug)]
pub(crate) struct IdentityService {
    /// The users and projects.
    pub(crate) directory: Directory,
    /// The table that issued tokens are added to. The Image API authenticates by the same table.
    pub(crate) tokens: Arc<TokenTable>,
    /// The generation of the table in which the users are those of `directory`.
    pub(crate) generation: u64,
    /// The lifetime of an issued token.
    pub(crate) token_lifetime: Duration,
    /// The region of the endpoints in the catalog.
    pub(crate) region: String,
    /// Reads logins.
    pub(crate) bodies: BodyReader,
}

/// The base URL of the service, as an extension of every request.
#[derive(Clone, Debug)]
pub(super) struct BaseUrl(pub(super) String);
