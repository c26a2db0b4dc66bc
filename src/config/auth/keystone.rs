//! `[auth.keystone]`: the connection to Keystone. The keys are named as in the section
//! `[keystone_authtoken]` of the OpenStack services.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::config::value::{seconds, serialize_redacted};

/// `[auth.keystone]`. An empty string means the key is not set.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeystoneConfig {
    /// The URL of Keystone, with or without `/v3`.
    pub auth_url: String,
    /// The URL in the `WWW-Authenticate` header of a 401: where a client gets a token. Defaults to
    /// `auth_url`.
    pub www_authenticate_uri: String,
    /// How the service logs in.
    pub auth_type: AuthType,
    /// The name of the service's own user.
    pub username: String,
    /// The id of the service's own user. Takes precedence over the name.
    pub user_id: String,
    /// The name of the user's domain.
    pub user_domain_name: String,
    /// The id of the user's domain. Takes precedence over the name.
    pub user_domain_id: String,
    /// The password of the user.
    #[serde(serialize_with = "serialize_redacted")]
    pub password: SecretString,
    /// A file that contains the password.
    pub password_file: PathBuf,
    /// The name of the project that the service logs in to.
    pub project_name: String,
    /// The id of that project. Takes precedence over the name.
    pub project_id: String,
    /// The name of the project's domain.
    pub project_domain_name: String,
    /// The id of the project's domain. Takes precedence over the name.
    pub project_domain_id: String,
    /// The id of the application credential.
    pub application_credential_id: String,
    /// The name of the application credential. Requires the user.
    pub application_credential_name: String,
    /// The secret of the application credential.
    #[serde(serialize_with = "serialize_redacted")]
    pub application_credential_secret: SecretString,
    /// A file that contains the secret of the application credential.
    pub application_credential_secret_file: PathBuf,
    /// The region of the identity endpoint at which tokens are validated; empty for any.
    pub region_name: String,
    /// The interface of that endpoint.
    pub interface: Interface,
    /// A file with the CA certificates to trust, in PEM; empty for those of the system.
    pub cafile: PathBuf,
    /// Whether to skip the verification of Keystone's certificate.
    pub insecure: bool,
    /// The URL of the HTTP proxy to connect through. Proxies of the environment are ignored.
    pub proxy: String,
    /// Timeout of one request to Keystone, connecting included, and of the wait for a permit to
    /// validate a token.
    #[serde(with = "seconds")]
    pub http_connect_timeout: Duration,
    /// Maximum number of retries after a failed request to Keystone.
    pub http_request_max_retries: u32,
    /// How long a valid token is cached, in seconds; 0 disables the cache.
    pub token_cache_time: u32,
}

/// How the service logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthType {
    /// With user name and password.
    #[serde(alias = "v3password")]
    Password,
    /// With an application credential.
    V3ApplicationCredential,
}

/// The interface of an endpoint in the catalog, named as Keystone names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, strum::AsRefStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Interface {
    /// For other services of the cloud.
    Internal,
    /// For clients of the cloud.
    Public,
    /// For administrators of the cloud.
    Admin,
}

impl Default for KeystoneConfig {
    fn default() -> Self {
        Self {
            auth_url: String::new(),
            www_authenticate_uri: String::new(),
            auth_type: AuthType::Password,
            username: String::new(),
            user_id: String::new(),
            user_domain_name: "Default".to_owned(),
            user_domain_id: String::new(),
            password: SecretString::default(),
            password_file: PathBuf::new(),
            project_name: String::new(),
            project_id: String::new(),
            project_domain_name: "Default".to_owned(),
            project_domain_id: String::new(),
            application_credential_id: String::new(),
            application_credential_name: String::new(),
            application_credential_secret: SecretString::default(),
            application_credential_secret_file: PathBuf::new(),
            region_name: String::new(),
            interface: Interface::Internal,
            cafile: PathBuf::new(),
            insecure: false,
            proxy: String::new(),
            http_connect_timeout: Duration::from_secs(5),
            http_request_max_retries: 3,
            token_cache_time: 300,
        }
    }
}
