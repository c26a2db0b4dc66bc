//! The users and projects of the embedded identity, and the check of a user's password.
//!
//! Passwords are compared as digests under a key generated at start. Guessing is slow: a failed
//! login holds one of eight permits for a second. A client cannot tell an unknown user from a wrong
//! password.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::digest::{TokenDigest, TokenKey};
use super::token::Token;
use crate::identity::ProjectId;

/// Number of logins that may be in progress, failed ones included until their delay is over.
const MAX_CONCURRENT_LOGINS: usize = 8;

/// Time for which a failed login holds its permit.
const FAILED_LOGIN_DELAY: Duration = Duration::from_secs(1);

/// A project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// The id.
    pub id: ProjectId,
    /// The name.
    pub name: String,
}

/// A user.
#[derive(Clone, Debug)]
pub struct User {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The password.
    pub password: SecretString,
    /// The projects of the user, with the names of its roles in each, implied ones included.
    pub projects: Vec<(Project, Vec<String>)>,
    /// The project for a login that requests no scope, one of `projects`.
    pub default_project: Option<ProjectId>,
}

impl User {
    /// The projects in which the user has a role, with the names of its roles in each.
    pub(crate) fn projects_with_role(&self) -> impl Iterator<Item = &(Project, Vec<String>)> {
        self.projects.iter().filter(|(_, roles)| !roles.is_empty())
    }
}

/// Names a user by id or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserRef {
    /// By its id.
    Id(String),
    /// By its name.
    Name(String),
}

/// Why a login failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// The user does not exist, or the password is wrong.
    #[error("no such user, or a wrong password")]
    InvalidCredentials,
    /// Too many logins are in progress.
    #[error("too many logins at once")]
    Busy,
}

/// The users and projects of the embedded identity.
#[derive(Debug)]
pub struct Directory {
    key: TokenKey,
    users: Vec<(User, Option<TokenDigest>)>,
    projects: Vec<Project>,
    login_permits: Semaphore,
}

impl Directory {
    /// Creates a directory of `users` and `projects`.
    ///
    /// # Errors
    ///
    /// [`getrandom::Error`] if the operating system provides no random numbers.
    pub fn new(users: Vec<User>, projects: Vec<Project>) -> Result<Self, getrandom::Error> {
        let key = TokenKey::random()?;
        let digest = |user: User| {
            let digest = digest(&key, &user.password);
            (user, digest)
        };
        let users = users.into_iter().map(digest).collect();
        Ok(Self {
            users,
            projects,
            login_permits: Semaphore::new(MAX_CONCURRENT_LOGINS),
            key,
        })
    }

    /// All projects.
    #[must_use]
    pub fn projects(&self) -> &[Project] {
        &self.projects
    }

    /// Finds a user by id.
    #[must_use]
    pub fn user(&self, id: &str) -> Option<&User> {
        self.users
            .iter()
            .map(|(user, _)| user)
            .find(|user| user.id == id)
    }

    /// Returns the user if `password` is the user's password.
    ///
    /// The permit is acquired before the password is checked. Otherwise the answer to a guess that
    /// gets no permit would reveal whether the guess was right.
    ///
    /// # Errors
    ///
    /// [`LoginError::InvalidCredentials`] after a delay of one second, [`LoginError::Busy`] at
    /// once.
    pub async fn login(
        &self,
        user: &UserRef,
        password: &SecretString,
    ) -> Result<&User, LoginError> {
        let permit = self
            .login_permits
            .try_acquire()
            .map_err(|_| LoginError::Busy)?;
        let found = self.users.iter().find(|(candidate, _)| match user {
            UserRef::Id(id) => candidate.id == *id,
            UserRef::Name(name) => candidate.name == *name,
        });
        let given = digest(&self.key, password);
        match found {
            Some((user, digest)) if digest.is_some() && *digest == given => Ok(user),
            _ => {
                tokio::time::sleep(FAILED_LOGIN_DELAY).await;
                drop(permit);
                Err(LoginError::InvalidCredentials)
            }
        }
    }
}

/// Returns the digest of a password, or `None` if it is empty or too long to be one.
fn digest(key: &TokenKey, password: &SecretString) -> Option<TokenDigest> {
    let bytes = password.expose_secret().as_bytes();
    (1..=Token::MAX_CHARS)
        .contains(&bytes.len())
        .then(|| key.digest_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> Directory {
        let user = User {
            id: "1".to_owned(),
            name: "demo".to_owned(),
            password: "right".into(),
            projects: Vec::new(),
            default_project: None,
        };
        Directory::new(vec![user], Vec::new()).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_wrong_password_and_an_unknown_user_are_delayed_alike() {
        let directory = directory();
        let (demo, nobody) = (
            UserRef::Name("demo".to_owned()),
            UserRef::Name("nobody".to_owned()),
        );
        for (user, password) in [
            (&demo, "wrong"),
            (&demo, ""),
            (&nobody, "right"),
            (&nobody, ""),
        ] {
            let start = tokio::time::Instant::now();
            assert_eq!(
                directory.login(user, &password.into()).await.unwrap_err(),
                LoginError::InvalidCredentials
            );
            assert!(start.elapsed() >= FAILED_LOGIN_DELAY);
        }
        let start = tokio::time::Instant::now();
        assert_eq!(
            directory.login(&demo, &"right".into()).await.unwrap().id,
            "1"
        );
        assert_eq!(
            directory
                .login(&UserRef::Id("1".to_owned()), &"right".into())
                .await
                .unwrap()
                .id,
            "1"
        );
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_guess_without_a_permit_reveals_nothing() {
        let directory = directory();
        let demo = UserRef::Name("demo".to_owned());
        let (wrong, right) = (SecretString::from("wrong"), SecretString::from("right"));
        let mut guesses: Vec<_> = (0..MAX_CONCURRENT_LOGINS)
            .map(|_| Box::pin(directory.login(&demo, &wrong)))
            .collect();
        for guess in &mut guesses {
            assert!(tokio::time::timeout(Duration::ZERO, guess).await.is_err());
        }
        for password in [&wrong, &right] {
            assert_eq!(
                directory.login(&demo, password).await.unwrap_err(),
                LoginError::Busy
            );
        }
        for guess in guesses {
            assert_eq!(guess.await.unwrap_err(), LoginError::InvalidCredentials);
        }
        assert!(directory.login(&demo, &right).await.is_ok());
    }
}
