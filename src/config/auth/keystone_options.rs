//! Converts `[auth.keystone]` to the options of the authenticator.

use std::time::Duration;

use reqwest::Url;

use super::keystone::{AuthType, KeystoneConfig};
use crate::auth::{Credential, EntityRef, KeystoneOptions};
use crate::config::value::{file, non_empty, secret};

impl KeystoneConfig {
    /// Converts the section to the options of a
    /// [`KeystoneAuthenticator`](crate::auth::KeystoneAuthenticator), and reads the files that it
    /// names.
    ///
    /// # Errors
    ///
    /// A message that starts with the key that is missing, invalid, or names an unreadable file.
    pub fn options(&self) -> Result<KeystoneOptions, String> {
        Ok(KeystoneOptions {
            auth_url: self.auth_url()?,
            credential: self.credential()?,
            region: non_empty(&self.region_name),
            interface: self.interface.as_ref().to_owned(),
            ca_certificates: file("cafile", &self.cafile)?,
            insecure: self.insecure,
            proxy: non_empty(&self.proxy)
                .map(|proxy| url("proxy", &proxy))
                .transpose()?,
            attempt_timeout: self.http_connect_timeout,
            max_retries: self.http_request_max_retries,
            cache_ttl: Duration::from_secs(self.token_cache_time.into()),
        })
    }

    /// The URL is sent to clients, so it must not contain credentials.
    fn auth_url(&self) -> Result<Url, String> {
        let url = url("auth_url", &self.auth_url)?;
        let has_user = !url.username().is_empty() || url.password().is_some();
        if has_user {
            Err(
                "auth_url: must not contain a user or a password, which have their own keys"
                    .to_owned(),
            )
        } else {
            Ok(url)
        }
    }

    fn credential(&self) -> Result<Credential, String> {
        match self.auth_type {
            AuthType::Password => self.password_credential(),
            AuthType::V3ApplicationCredential => self.application_credential(),
        }
    }

    fn password_credential(&self) -> Result<Credential, String> {
        let domain =
            EntityRef::from_id_or_name(&self.project_domain_id, &self.project_domain_name, None);
        let project = EntityRef::from_id_or_name(&self.project_id, &self.project_name, domain);
        Ok(Credential::Password {
            user: self
                .user()
                .ok_or("username: the service's own user is required")?,
            password: secret("password", &self.password, &self.password_file)?,
            project: project.ok_or("project_name: the project of the service is required")?,
        })
    }

    fn application_credential(&self) -> Result<Credential, String> {
        let (id, name, user) = (
            &self.application_credential_id,
            &self.application_credential_name,
            self.user(),
        );
        if id.is_empty() && user.is_none() {
            let message = "the credential, or its name and user, is required";
            return Err(format!("application_credential_id: {message}"));
        }
        Ok(Credential::Application {
            credential: EntityRef::from_id_or_name(id, name, user)
                .ok_or("application_credential_id: the credential is required")?,
            secret: secret(
                "application_credential_secret",
                &self.application_credential_secret,
                &self.application_credential_secret_file,
            )?,
        })
    }

    /// The service's own user.
    fn user(&self) -> Option<EntityRef> {
        let domain = EntityRef::from_id_or_name(&self.user_domain_id, &self.user_domain_name, None);
        EntityRef::from_id_or_name(&self.user_id, &self.username, domain)
    }
}

/// Parses an http or https URL. The error does not contain the URL, which may contain a password.
fn url(key: &str, text: &str) -> Result<Url, String> {
    let url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"));
    url.filter(|url| url.has_host() && url.query().is_none() && url.fragment().is_none())
        .ok_or_else(|| format!("{key}: expected an http or https URL"))
}
