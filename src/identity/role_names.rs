//! Sets of names of roles: those of a token, and those that a rule of tags names.

use std::fmt;
use std::sync::Arc;

/// A set of names of roles, in lower case: as in OpenStack, upper and lower case are the same.
///
/// A clone shares the names, which are one allocation.
///
/// ```
/// use image_tags::identity::RoleNames;
///
/// let of_token = RoleNames::of_token(["member", "Image_Releaser"]);
/// let of_rule = RoleNames::new(["image_releaser"]).unwrap();
/// assert!(of_token.contains_any(&of_rule));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RoleNames {
    /// Each name with a NUL after it, which is part of no name.
    names: Arc<str>,
    has_dropped_names: bool,
}

/// Why texts are not a set of names of roles.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoleNamesError {
    /// The list has no name, so that nobody would have one of the roles.
    #[error("at least one role is needed")]
    NoRole,
    /// A name without a character.
    #[error("the name of a role must not be empty")]
    Empty,
    /// A name of more than [`RoleNames::MAX_CHARS`] characters.
    #[error(
        "the name of a role must have at most {} characters",
        RoleNames::MAX_CHARS
    )]
    TooLong,
    /// A NUL.
    #[error("the name of a role must not contain NUL")]
    Nul,
    /// Blanks around this name.
    #[error("{0:?}: the name of a role must not begin or end with a blank")]
    Blank(String),
    /// A token has more roles than [`RoleNames::MAX_BYTES_OF_TOKEN`] allows.
    #[error(
        "the names of the roles must have at most {} bytes together, with a separator after each",
        RoleNames::MAX_BYTES_OF_TOKEN
    )]
    TooMany,
}

impl RoleNames {
    /// The longest name in characters (code points), as in Keystone.
    pub const MAX_CHARS: usize = 255;

    /// How many bytes the names of one token take at most, with a separator after each.
    pub const MAX_BYTES_OF_TOKEN: usize = 1024;

    /// The names that a rule names.
    pub fn new<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Result<Self, RoleNamesError> {
        let mut all = String::new();
        for name in names {
            check(name.as_ref())?;
            add(&mut all, &name.as_ref().to_lowercase());
        }
        if all.is_empty() {
            return Err(RoleNamesError::NoRole);
        }
        Ok(Self {
            names: all.into(),
            has_dropped_names: false,
        })
    }

    /// The names of the roles of a token. Only [`MAX_BYTES_OF_TOKEN`](Self::MAX_BYTES_OF_TOKEN) of
    /// them are kept, because many tokens are cached: a name that does not fit in is dropped, and
    /// gives no right. A text that no rule can name is left out.
    pub fn of_token<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Self {
        let mut all = String::new();
        let mut has_dropped_names = false;
        for name in names {
            let name = name.as_ref();
            if check(name).is_err() {
                continue;
            }
            let name = name.to_lowercase();
            if all.len() + name.len() < Self::MAX_BYTES_OF_TOKEN {
                add(&mut all, &name);
            } else {
                has_dropped_names |= !names_in(&all).any(|other| other == name);
            }
        }
        Self {
            names: all.into(),
            has_dropped_names,
        }
    }

    /// The same for a token whose roles can be corrected, such as one of the configuration: a name
    /// that would be dropped is an error.
    pub fn all_of_token<S: AsRef<str>>(
        names: impl IntoIterator<Item = S>,
    ) -> Result<Self, RoleNamesError> {
        let names = Self::of_token(names);
        if names.has_dropped_names {
            Err(RoleNamesError::TooMany)
        } else {
            Ok(names)
        }
    }

    /// Whether the token has more roles than are kept.
    #[must_use]
    pub fn has_dropped_names(&self) -> bool {
        self.has_dropped_names
    }

    /// Whether `name`, in lower case, is one of the names.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|other| other == name)
    }

    /// Whether the sets have a name in common.
    #[must_use]
    pub fn contains_any(&self, others: &Self) -> bool {
        others.iter().any(|name| self.contains(name))
    }

    /// The names, in lower case, in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        names_in(&self.names)
    }
}

impl fmt::Debug for RoleNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

fn check(name: &str) -> Result<(), RoleNamesError> {
    if name.is_empty() {
        return Err(RoleNamesError::Empty);
    }
    if name.contains('\0') {
        return Err(RoleNamesError::Nul);
    }
    if name.chars().nth(RoleNames::MAX_CHARS).is_some() {
        return Err(RoleNamesError::TooLong);
    }
    if name.trim() != name {
        return Err(RoleNamesError::Blank(name.to_owned()));
    }
    Ok(())
}

/// Adds `name` to `all`, unless it is there.
fn add(all: &mut String, name: &str) {
    if !names_in(all).any(|other| other == name) {
        all.push_str(name);
        all.push('\0');
    }
}

fn names_in(all: &str) -> impl Iterator<Item = &str> {
    all.split_terminator('\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_regard_to_case_and_as_a_whole() {
        let token = RoleNames::of_token(["Member", "load-balancer_member", "ÄRZTIN"]);
        for (name, is_there) in [
            ("member", true),
            ("MEMBER", true),
            ("ärztin", true),
            ("load-balancer", false),
            ("balancer_member", false),
            ("reader", false),
        ] {
            let of_rule = RoleNames::new(["other", name]).unwrap();
            assert_eq!(token.contains_any(&of_rule), is_there, "{name}");
        }
        assert!(!RoleNames::default().contains_any(&token));
        assert!(!token.contains_any(&RoleNames::default()));
        assert!(!RoleNames::default().contains(""));
    }

    #[test]
    fn a_rule_names_at_least_one_role_by_a_valid_name() {
        for (names, error) in [
            (&[][..], RoleNamesError::NoRole),
            (&["a", ""], RoleNamesError::Empty),
            (&["a\0b"], RoleNamesError::Nul),
            (&[" a"], RoleNamesError::Blank(" a".to_owned())),
            (&["a\t"], RoleNamesError::Blank("a\t".to_owned())),
            (&[&*"a".repeat(256)], RoleNamesError::TooLong),
        ] {
            assert_eq!(RoleNames::new(names), Err(error), "{names:?}");
        }
        let longest = "\u{1f600}".repeat(255);
        let names = RoleNames::new([&*longest, "A b", "a B"]).unwrap();
        assert_eq!(names.iter().collect::<Vec<_>>(), [&*longest, "a b"]);
    }

    #[test]
    fn the_names_of_a_token_are_bounded_and_say_so() {
        let long = |character: &str| character.repeat(255);
        let four = ["a", "b", "c", "d"].map(long);
        let names = RoleNames::of_token(&four);
        assert_eq!(names.names.len(), RoleNames::MAX_BYTES_OF_TOKEN);
        assert!(!names.has_dropped_names());

        let more = four[..3].iter().cloned();
        let more = more.chain([long("é"), "last".to_owned(), long("A")]);
        let names = RoleNames::of_token(more);
        assert!(names.names.len() <= RoleNames::MAX_BYTES_OF_TOKEN);
        assert!(names.has_dropped_names());
        assert!(names.contains("last") && !names.contains(&long("é")));

        assert!(RoleNames::all_of_token(&four).is_ok());
        let one_more = four.iter().map(String::as_str).chain(["e"]);
        assert_eq!(
            RoleNames::all_of_token(one_more),
            Err(RoleNamesError::TooMany)
        );
    }

    #[test]
    fn a_text_that_is_no_name_of_a_role_gives_a_token_no_role() {
        let names = RoleNames::of_token(["", "a\0b", " c ", &"d".repeat(256), "e"]);
        assert_eq!(names.iter().collect::<Vec<_>>(), ["e"]);
        assert!(!names.has_dropped_names());
        assert_eq!(format!("{names:?}"), "[\"e\"]");
    }
}
