//! What is to be known of a Keystone to ask it.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::tls::Certificate;
use reqwest::{Client, ClientBuilder, Proxy, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::net::is_loopback;

/// Where Keystone is, and how to speak to it.
#[derive(Clone, Debug)]
pub struct KeystoneOptions {
    /// Where it is, with or without `/v3`.
    pub auth_url: Url,
    /// How the service proves who it is.
    pub credential: Credential,
    /// The region of the identity endpoint that tokens are validated at; `None`: any.
    pub region: Option<String>,
    /// The interface of that endpoint.
    pub interface: String,
    /// The certificates that sign Keystone's, in PEM; `None`: the system's.
    pub authorities: Option<Vec<u8>>,
    /// Takes any certificate.
    pub insecure: bool,
    /// The proxy on the way to it.
    pub proxy: Option<Url>,
    /// How long one answer may take, and how long a request waits for its turn to ask.
    pub attempt: Duration,
    /// How often a request that failed is tried again.
    pub retries: u32,
    /// How long a valid token is remembered.
    pub cache: Duration,
}

/// How the service proves who it is.
#[derive(Clone, Debug)]
pub enum Credential {
    /// By the password of its own user, in a project.
    Password {
        /// The user.
        user: EntityRef,
        /// The password.
        password: SecretString,
        /// The project.
        project: EntityRef,
    },
    /// By an application credential.
    Application {
        /// The credential; one that goes by its name is told by its user.
        credential: EntityRef,
        /// Its secret.
        secret: SecretString,
    },
}

/// A thing by its id; or by its name, which is unique within something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntityRef {
    /// By its id.
    Id(String),
    /// By its name.
    Name {
        /// The name.
        name: String,
        /// Within what.
        within: Option<Box<EntityRef>>,
    },
}

/// Whether what is sent to `url` goes over a network in clear.
pub(super) fn is_in_clear(url: &Url) -> bool {
    url.scheme() == "http" && !url.host_str().is_some_and(is_loopback)
}

impl EntityRef {
    /// By `id` if it says something, else by `name`; `None` if neither does.
    #[must_use]
    pub fn either(id: &str, name: &str, within: Option<Self>) -> Option<Self> {
        match (id, name) {
            ("", "") => None,
            ("", name) => Some(Self::Name {
                name: name.to_owned(),
                within: within.map(Box::new),
            }),
            (id, _) => Some(Self::Id(id.to_owned())),
        }
    }

    /// As the Identity API writes it; `scope` is its word for what the name is unique in.
    fn to_json(&self, scope: &str) -> Value {
        match self {
            Self::Id(id) => json!({ "id": id }),
            Self::Name { name, within: None } => json!({ "name": name }),
            Self::Name {
                name,
                within: Some(within),
            } => json!({ "name": name, scope: within.to_json("domain") }),
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
                    "identity": {"methods": ["application_credential"], "application_credential": credential},
                }})
            }
        }
    }
}

/// The options cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("no way to ask Keystone: {0}")]
pub struct NoClient(String);

impl NoClient {
    pub(super) fn of(error: impl std::error::Error) -> Self {
        let source = error
            .source()
            .map(|source| format!(": {source}"))
            .unwrap_or_default();
        Self(format!("{error}{source}"))
    }
}

impl KeystoneOptions {
    /// Whether the service's own credentials go over a network in clear, and tokens too.
    #[must_use]
    pub fn is_in_clear(&self) -> bool {
        is_in_clear(&self.auth_url)
    }

    /// A client that goes where it is told and nowhere else.
    pub(super) fn client(&self) -> Result<Client, NoClient> {
        // Fails only if there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = if let Some(pem) = &self.authorities {
            self.builder()?
                .tls_certs_only(Certificate::from_pem_bundle(pem).map_err(NoClient::of)?)
                .build()
        } else {
            let client = self.builder()?.build();
            if client.is_err() && self.auth_url.scheme() == "http" {
                // A system without certificates, as containers often are. Plain HTTP needs none.
                self.builder()?.tls_certs_only([]).build()
            } else {
                client
            }
        };
        client.map_err(NoClient::of)
    }

    /// What every client has.
    fn builder(&self) -> Result<ClientBuilder, NoClient> {
        let mut client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .timeout(self.attempt);
        if let Some(proxy) = &self.proxy {
            client = client.proxy(Proxy::all(proxy.clone()).map_err(NoClient::of)?);
        }
        Ok(client.tls_danger_accept_invalid_certs(self.insecure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_in_clear_but_on_this_machine() {
        for (url, expected) in [
            ("http://keystone:5000/v3", true),
            ("http://192.0.2.1/", true),
            ("https://keystone:5000", false),
            ("http://localhost:5000", false),
            ("http://127.0.0.2:5000", false),
            ("http://[::1]:5000/identity", false),
        ] {
            assert_eq!(is_in_clear(&url.parse().unwrap()), expected, "{url}");
        }
    }
}
