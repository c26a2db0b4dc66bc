//! The options of the connection to Keystone, and the `reqwest` client made from them.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::tls::Certificate;
use reqwest::{Client, ClientBuilder, Proxy, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::error::KeystoneClientError;
use crate::net::is_loopback;

/// Where Keystone is, and how to connect and log in to it.
#[derive(Clone, Debug)]
pub struct KeystoneOptions {
    /// The URL of Keystone, with or without `/v3`.
    pub auth_url: Url,
    /// The credentials of the service's own user.
    pub credential: Credential,
    /// The region of the identity endpoint at which tokens are validated; `None` for any.
    pub region: Option<String>,
    /// The interface of that endpoint: `internal`, `public` or `admin`.
    pub interface: String,
    /// The CA certificates to trust, in PEM; `None` for those of the system.
    pub ca_certificates: Option<Vec<u8>>,
    /// Whether to skip the verification of Keystone's certificate.
    pub insecure: bool,
    /// The HTTP proxy to connect through.
    pub proxy: Option<Url>,
    /// The timeout of one HTTP attempt, and of the wait for a permit to validate a token.
    pub attempt_timeout: Duration,
    /// Maximum number of retries after a failed attempt.
    pub max_retries: u32,
    /// How long a valid token is cached; zero disables the cache.
    pub cache_ttl: Duration,
}

/// How the service logs in.
#[derive(Clone, Debug)]
pub enum Credential {
    /// With user name and password, scoped to a project.
    Password {
        /// The user.
        user: EntityRef,
        /// The password.
        password: SecretString,
        /// The project.
        project: EntityRef,
    },
    /// With an application credential.
    Application {
        /// The credential. A name is unique within its user.
        credential: EntityRef,
        /// Its secret.
        secret: SecretString,
    },
}

/// Names a user, project, domain or credential by its id, or by a name that is unique within its
/// parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntityRef {
    /// By its id.
    Id(String),
    /// By its name.
    Name {
        /// The name.
        name: String,
        /// The parent.
        within: Option<Box<EntityRef>>,
    },
}

/// Whether requests to `url` cross a network without encryption.
pub(super) fn is_plaintext(url: &Url) -> bool {
    url.scheme() == "http" && !url.host_str().is_some_and(is_loopback)
}

impl EntityRef {
    /// Prefers a non-empty `id` over a non-empty `name`. Returns `None` if both are empty.
    #[must_use]
    pub fn from_id_or_name(id: &str, name: &str, within: Option<Self>) -> Option<Self> {
        match (id, name) {
            ("", "") => None,
            ("", name) => Some(Self::Name {
                name: name.to_owned(),
                within: within.map(Box::new),
            }),
            (id, _) => Some(Self::Id(id.to_owned())),
        }
    }

    /// The JSON object of the Identity API; `parent` is the name of its key for the parent.
    fn to_json(&self, parent: &str) -> Value {
        match self {
            Self::Id(id) => json!({ "id": id }),
            Self::Name { name, within: None } => json!({ "name": name }),
            Self::Name {
                name,
                within: Some(within),
            } => json!({ "name": name, parent: within.to_json("domain") }),
        }
    }
}

impl Credential {
    /// The body of `POST /v3/auth/tokens`.
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Password {
                user,
                password,
                project,
            } => {
                let mut user = user.to_json("domain");
                user["password"] = password.expose_secret().into();
                json!({"auth": {
                    "identity": {"methods": ["password"], "password": {"user": user}},
                    "scope": {"project": project.to_json("domain")},
                }})
            }
            Self::Application { credential, secret } => {
                let mut credential = credential.to_json("user");
                credential["secret"] = secret.expose_secret().into();
                json!({"auth": {
                    "identity": {
                        "methods": ["application_credential"],
                        "application_credential": credential,
                    },
                }})
            }
        }
    }
}

impl KeystoneOptions {
    /// Whether the service's own credentials, and all tokens, cross a network without encryption.
    #[must_use]
    pub fn is_plaintext(&self) -> bool {
        is_plaintext(&self.auth_url)
    }

    /// Creates a client that follows no redirects and ignores the proxies of the environment.
    pub(super) fn client(&self) -> Result<Client, KeystoneClientError> {
        // Fails only if a provider is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = if let Some(pem) = &self.ca_certificates {
            self.builder()?
                .tls_certs_only(
                    Certificate::from_pem_bundle(pem).map_err(KeystoneClientError::from_error)?,
                )
                .build()
        } else {
            let client = self.builder()?.build();
            if client.is_err() && self.auth_url.scheme() == "http" {
                // The system has no CA certificates, as is common in containers. Plain HTTP needs
                // none.
                self.builder()?.tls_certs_only([]).build()
            } else {
                client
            }
        };
        client.map_err(KeystoneClientError::from_error)
    }

    /// The settings that every client has.
    fn builder(&self) -> Result<ClientBuilder, KeystoneClientError> {
        let mut client = Client::builder()
            .redirect(Policy::none())
            .http1_only()
            .no_proxy()
            .timeout(self.attempt_timeout);
        if let Some(proxy) = &self.proxy {
            client =
                client.proxy(Proxy::all(proxy.clone()).map_err(KeystoneClientError::from_error)?);
        }
        Ok(client.tls_danger_accept_invalid_certs(self.insecure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_plaintext_unless_the_host_is_loopback() {
        for (url, expected) in [
            ("http://keystone:5000/v3", true),
            ("http://192.0.2.1/", true),
            ("https://keystone:5000", false),
            ("http://localhost:5000", false),
            ("http://127.0.0.2:5000", false),
            ("http://[::1]:5000/identity", false),
        ] {
            assert_eq!(is_plaintext(&url.parse().unwrap()), expected, "{url}");
        }
    }
}
