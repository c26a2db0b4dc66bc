//! The users and projects of the embedded identity, and how a user proves to be who it is.
//!
//! Passwords are kept as digests under a key made at start. A wrong one holds one of few slots for a while, whoever is
//! named, so that guessing is slow; an unknown user and a wrong password look alike.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::{Token, TokenDigest, TokenKey};
use crate::identity::ProjectId;

/// How many passwords are looked at at once, those aside that were right.
const SLOTS: usize = 8;

/// How long a wrong password holds its slot.
const DELAY: Duration = Duration::from_secs(1);

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
    /// The projects, and the roles in each.
    pub projects: Vec<(Project, Vec<String>)>,
}

/// A user by id or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserRef {
    /// By its id.
    Id(String),
    /// By its name.
    Name(String),
}

/// Why a login did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// There is no such user, or the password is another.
    #[error("no such user, or a wrong password")]
    Wrong,
    /// Too many wrong passwords at once.
    #[error("too many logins at once")]
    Busy,
}

/// Users and projects.
#[derive(Debug)]
pub struct Directory {
    key: TokenKey,
    users: Vec<(User, Option<TokenDigest>)>,
    projects: Vec<Project>,
    slots: Semaphore,
}

impl Directory {
    /// The directory of these.
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
            slots: Semaphore::new(SLOTS),
            key,
        })
    }

    /// The projects.
    #[must_use]
    pub fn projects(&self) -> &[Project] {
        &self.projects
    }

    /// The user with this id.
    #[must_use]
    pub fn user(&self, id: &str) -> Option<&User> {
        self.users
            .iter()
            .map(|(user, _)| user)
            .find(|user| user.id == id)
    }

    /// The user, if the password is its own. A slot is taken before the password is looked at: otherwise guesses that find
    /// no slot would still tell a right one from a wrong one.
    pub async fn login(
        &self,
        user: &UserRef,
        password: &SecretString,
    ) -> Result<&User, LoginError> {
        let slot = self.slots.try_acquire().map_err(|_| LoginError::Busy)?;
        let found = self.users.iter().find(|(known, _)| match user {
            UserRef::Id(id) => known.id == *id,
            UserRef::Name(name) => known.name == *name,
        });
        let given = digest(&self.key, password);
        match found {
            Some((user, digest)) if digest.is_some() && *digest == given => Ok(user),
            _ => {
                tokio::time::sleep(DELAY).await;
                drop(slot);
                Err(LoginError::Wrong)
            }
        }
    }
}

/// The digest of a password; `None` for one that is empty or longer than any.
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
        };
        Directory::new(vec![user], Vec::new()).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_wrong_password_takes_as_long_as_an_unknown_user() {
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
                LoginError::Wrong
            );
            assert!(start.elapsed() >= DELAY);
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
    async fn guesses_that_find_no_slot_learn_nothing() {
        let directory = directory();
        let demo = UserRef::Name("demo".to_owned());
        let (wrong, right) = (SecretString::from("wrong"), SecretString::from("right"));
        let mut guesses: Vec<_> = (0..SLOTS)
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
            assert_eq!(guess.await.unwrap_err(), LoginError::Wrong);
        }
        assert!(directory.login(&demo, &right).await.is_ok());
    }
}
