//! `[auth.keystone]`: how to reach Keystone, by the names that `[keystone_authtoken]` of the OpenStack services has for it.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use super::seconds;
use crate::auth::{Credential, EntityRef, KeystoneOptions};

/// `[auth.keystone]`. An empty text means that nothing is said.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keystone {
    /// Where Keystone is, with or without `/v3`.
    pub auth_url: String,
    /// Where a client gets a token, for the `WWW-Authenticate` header of a 401; empty: `auth_url`.
    pub www_authenticate_uri: String,
    /// How the service proves who it is.
    pub auth_type: AuthType,
    /// The service's own user, by name.
    pub username: String,
    /// The same by id.
    pub user_id: String,
    /// The domain of the user, by name.
    pub user_domain_name: String,
    /// The same by id, which comes first.
    pub user_domain_id: String,
    /// The password of the user.
    #[serde(serialize_with = "nothing")]
    pub password: SecretString,
    /// A file with the password in it.
    pub password_file: PathBuf,
    /// The project of the service, by name.
    pub project_name: String,
    /// The same by id.
    pub project_id: String,
    /// The domain of the project, by name.
    pub project_domain_name: String,
    /// The same by id, which comes first.
    pub project_domain_id: String,
    /// The application credential, by id.
    pub application_credential_id: String,
    /// The same by name, together with the user.
    pub application_credential_name: String,
    /// The secret of the application credential.
    #[serde(serialize_with = "nothing")]
    pub application_credential_secret: SecretString,
    /// A file with the secret in it.
    pub application_credential_secret_file: PathBuf,
    /// The region of the identity endpoint that tokens are validated at; empty: any.
    pub region_name: String,
    /// Its interface.
    pub interface: Interface,
    /// The certificates that sign Keystone's, in PEM; empty: the system's.
    pub cafile: PathBuf,
    /// Takes any certificate.
    pub insecure: bool,
    /// The proxy on the way to Keystone. Those of the environment do not count.
    pub proxy: String,
    /// How long Keystone may take for one answer, connecting included; and how long a request waits for its turn to ask.
    #[serde(with = "seconds")]
    pub http_connect_timeout: Duration,
    /// How often a request to Keystone that failed is tried again.
    pub http_request_max_retries: u32,
    /// How many seconds a valid token is remembered, 0: not at all.
    pub token_cache_time: u32,
}

/// How the service proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthType {
    /// By user and password.
    #[serde(alias = "v3password")]
    Password,
    /// By an application credential.
    V3ApplicationCredential,
}

/// The interface of an endpoint in the catalog.
#[expect(missing_docs, reason = "they are named as Keystone names them")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, strum::AsRefStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Interface {
    Internal,
    Public,
    Admin,
}

impl Default for Keystone {
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

impl Keystone {
    /// What [`crate::auth::Keystone`] needs, with the files read; or what is missing.
    pub fn options(&self) -> Result<KeystoneOptions, String> {
        Ok(KeystoneOptions {
            auth_url: self.auth_url()?,
            credential: self.credential()?,
            region: said(&self.region_name),
            interface: self.interface.as_ref().to_owned(),
            authorities: file("cafile", &self.cafile)?,
            insecure: self.insecure,
            proxy: said(&self.proxy)
                .map(|proxy| url("proxy", &proxy))
                .transpose()?,
            attempt: self.http_connect_timeout,
            retries: self.http_request_max_retries,
            cache: Duration::from_secs(self.token_cache_time.into()),
        })
    }

    /// Without a user in it: it is shown to clients.
    fn auth_url(&self) -> Result<Url, String> {
        let url = url("auth_url", &self.auth_url)?;
        let has_user = !url.username().is_empty() || url.password().is_some();
        if has_user {
            Err("auth_url: a user has keys of its own".to_owned())
        } else {
            Ok(url)
        }
    }

    fn credential(&self) -> Result<Credential, String> {
        let user_domain = EntityRef::either(&self.user_domain_id, &self.user_domain_name, None);
        let user = EntityRef::either(&self.user_id, &self.username, user_domain);
        match self.auth_type {
            AuthType::Password => {
                let project_domain =
                    EntityRef::either(&self.project_domain_id, &self.project_domain_name, None);
                let project =
                    EntityRef::either(&self.project_id, &self.project_name, project_domain);
                Ok(Credential::Password {
                    user: user.ok_or("username: the service's own user is needed")?,
                    password: secret("password", &self.password, &self.password_file)?,
                    project: project.ok_or("project_name: the project of the service is needed")?,
                })
            }
            AuthType::V3ApplicationCredential => {
                let (id, name) = (
                    &self.application_credential_id,
                    &self.application_credential_name,
                );
                if id.is_empty() && user.is_none() {
                    return Err("application_credential_id: the credential, or its name and user, is needed".to_owned());
                }
                let credential = EntityRef::either(id, name, user);
                Ok(Credential::Application {
                    credential: credential
                        .ok_or("application_credential_id: the credential is needed")?,
                    secret: secret(
                        "application_credential_secret",
                        &self.application_credential_secret,
                        &self.application_credential_secret_file,
                    )?,
                })
            }
        }
    }
}

fn said(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// An http or https URL. The error does not show it: it may have a password in it.
fn url(key: &str, text: &str) -> Result<Url, String> {
    let url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"));
    url.filter(|url| url.has_host() && url.query().is_none() && url.fragment().is_none())
        .ok_or_else(|| format!("{key}: an http or https URL is needed"))
}

fn file(key: &str, path: &PathBuf) -> Result<Option<Vec<u8>>, String> {
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    std::fs::read(path)
        .map(Some)
        .map_err(|error| format!("{key}: {}: {error}", path.display()))
}

/// A secret from its key or from a file, but not from both. A line end after it does not count.
fn secret(key: &str, given: &SecretString, path: &PathBuf) -> Result<SecretString, String> {
    match (
        given.expose_secret().is_empty(),
        file(&format!("{key}_file"), path)?,
    ) {
        (false, None) => Ok(given.clone()),
        (true, Some(bytes)) => match String::from_utf8(bytes) {
            Ok(text) => match text.trim_end_matches(['\r', '\n']) {
                "" => Err(format!("{key}_file: {}: it is empty", path.display())),
                text => Ok(text.into()),
            },
            Err(_) => Err(format!("{key}_file: {}: not UTF-8", path.display())),
        },
        (false, Some(_)) => Err(format!(
            "{key}: it is given twice, by itself and by {key}_file"
        )),
        (true, None) => Err(format!(
            "{key}: it is needed, here or in the file {key}_file"
        )),
    }
}

/// A secret is never written out.
fn nothing<S: Serializer>(_: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str("")
}
