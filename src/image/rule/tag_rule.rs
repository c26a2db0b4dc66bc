//! One rule of tags.

use std::fmt;

use serde::Deserialize;
use strum::IntoStaticStr;

use super::glob::Glob;
use crate::identity::RoleNames;

/// What holds for the tags that a pattern matches. A rule of nothing but a pattern exempts its tags
/// from the rules after it.
///
/// `Display` writes what the rule does in the words of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagRule {
    pattern: Glob,
    exclusive: Option<Exclusive>,
    add_roles: Option<RoleNames>,
    remove_roles: Option<RoleNames>,
    immutable: bool,
}

/// What a rule demands, as it is written. Not every combination is a [`TagRule`].
#[derive(Clone, Debug, Default)]
pub struct TagRuleParts {
    /// Among which images at most one carries the tag.
    pub exclusive: Option<ExclusiveScope>,
    /// What happens if another image carries it.
    pub on_conflict: Option<OnConflict>,
    /// The roles that may add the tag; `None` for everybody who may change the image.
    pub add_roles: Option<RoleNames>,
    /// The roles that may remove it; `None` likewise.
    pub remove_roles: Option<RoleNames>,
    /// Whether only an admin removes it.
    pub immutable: bool,
}

/// At most one image carries the tag, at every instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exclusive {
    /// At most one of which images.
    pub scope: ExclusiveScope,
    /// What happens if the tag is added to another one.
    pub on_conflict: OnConflict,
}

/// Among which images at most one carries an exclusive tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum ExclusiveScope {
    /// Among the images of each project, and among those without an owner.
    Project,
    /// Among all images.
    Service,
}

/// What happens if an exclusive tag is added to an image while another one carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum OnConflict {
    /// It is taken from the other one.
    Move,
    /// It is not added.
    Refuse,
}

/// Why the parts of a rule contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagRuleError {
    /// `on_conflict` without `exclusive`.
    #[error("on_conflict requires exclusive")]
    ConflictOfNothing,
    /// `immutable` with `on_conflict = "move"`.
    #[error(
        "immutable = true contradicts on_conflict = \"move\": a move does not take an immutable tag"
    )]
    ImmutableMoves,
    /// `immutable` with `remove_roles`.
    #[error(
        "immutable = true contradicts remove_roles: nobody but an admin removes an immutable tag"
    )]
    ImmutableIsRemoved,
}

impl TagRule {
    /// The rule for the tags that `pattern` matches. Without `on_conflict` an exclusive tag moves,
    /// unless it is immutable.
    pub fn new(pattern: Glob, parts: TagRuleParts) -> Result<Self, TagRuleError> {
        let TagRuleParts {
            exclusive,
            on_conflict,
            add_roles,
            remove_roles,
            immutable,
        } = parts;
        match on_conflict {
            Some(_) if exclusive.is_none() => return Err(TagRuleError::ConflictOfNothing),
            Some(OnConflict::Move) if immutable => return Err(TagRuleError::ImmutableMoves),
            _ => {}
        }
        if immutable && remove_roles.is_some() {
            return Err(TagRuleError::ImmutableIsRemoved);
        }
        let default = if immutable {
            OnConflict::Refuse
        } else {
            OnConflict::Move
        };
        let exclusive = exclusive.map(|scope| Exclusive {
            scope,
            on_conflict: on_conflict.unwrap_or(default),
        });
        Ok(Self {
            pattern,
            exclusive,
            add_roles,
            remove_roles,
            immutable,
        })
    }

    /// Which tags the rule is for.
    #[must_use]
    pub fn pattern(&self) -> &Glob {
        &self.pattern
    }

    /// Whether at most one image carries the tag, and which.
    #[must_use]
    pub fn exclusive(&self) -> Option<Exclusive> {
        self.exclusive
    }

    /// The roles that may add the tag; `None` for everybody who may change the image.
    #[must_use]
    pub fn add_roles(&self) -> Option<&RoleNames> {
        self.add_roles.as_ref()
    }

    /// The roles that may remove the tag; `None` likewise.
    #[must_use]
    pub fn remove_roles(&self) -> Option<&RoleNames> {
        self.remove_roles.as_ref()
    }

    /// Whether only an admin removes the tag, and no move takes it.
    #[must_use]
    pub fn is_immutable(&self) -> bool {
        self.immutable
    }
}

impl fmt::Display for TagRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(Exclusive { scope, on_conflict }) = self.exclusive {
            parts.push(format!("exclusive = \"{}\"", <&str>::from(scope)));
            parts.push(format!("on_conflict = \"{}\"", <&str>::from(on_conflict)));
        }
        if let Some(roles) = &self.add_roles {
            parts.push(format!("add_roles = {roles:?}"));
        }
        if let Some(roles) = &self.remove_roles {
            parts.push(format!("remove_roles = {roles:?}"));
        }
        if self.immutable {
            parts.push("immutable = true".to_owned());
        }
        if parts.is_empty() {
            parts.push("no restriction".to_owned());
        }
        f.write_str(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(change: impl FnOnce(&mut TagRuleParts)) -> Result<TagRule, TagRuleError> {
        let mut parts = TagRuleParts::default();
        change(&mut parts);
        TagRule::new("a*".parse().unwrap(), parts)
    }

    #[test]
    fn an_exclusive_tag_moves_unless_the_rule_says_otherwise_or_it_is_immutable() {
        for (on_conflict, immutable, expected) in [
            (None, false, OnConflict::Move),
            (Some(OnConflict::Move), false, OnConflict::Move),
            (Some(OnConflict::Refuse), false, OnConflict::Refuse),
            (None, true, OnConflict::Refuse),
            (Some(OnConflict::Refuse), true, OnConflict::Refuse),
        ] {
            let rule = rule(|parts| {
                parts.exclusive = Some(ExclusiveScope::Service);
                (parts.on_conflict, parts.immutable) = (on_conflict, immutable);
            });
            let exclusive = Exclusive {
                scope: ExclusiveScope::Service,
                on_conflict: expected,
            };
            assert_eq!(rule.unwrap().exclusive(), Some(exclusive));
        }
        assert_eq!(rule(|_| {}).unwrap().exclusive(), None);
    }

    #[test]
    fn parts_that_contradict_each_other_are_no_rule() {
        for on_conflict in [OnConflict::Move, OnConflict::Refuse] {
            let refused = rule(|parts| parts.on_conflict = Some(on_conflict));
            assert_eq!(refused, Err(TagRuleError::ConflictOfNothing));
        }
        let moves = rule(|parts| {
            parts.exclusive = Some(ExclusiveScope::Project);
            parts.on_conflict = Some(OnConflict::Move);
            parts.immutable = true;
        });
        assert_eq!(moves, Err(TagRuleError::ImmutableMoves));
        let is_removed = rule(|parts| {
            parts.remove_roles = Some(RoleNames::new(["operator"]).unwrap());
            parts.immutable = true;
        });
        assert_eq!(is_removed, Err(TagRuleError::ImmutableIsRemoved));
    }

    #[test]
    fn a_rule_is_shown_in_the_words_of_the_configuration() {
        let all = rule(|parts| {
            parts.exclusive = Some(ExclusiveScope::Project);
            parts.add_roles = Some(RoleNames::new(["A", "b"]).unwrap());
            parts.remove_roles = Some(RoleNames::new(["c"]).unwrap());
        });
        assert_eq!(
            all.unwrap().to_string(),
            "exclusive = \"project\", on_conflict = \"move\", add_roles = [\"a\", \"b\"], \
             remove_roles = [\"c\"]"
        );
        let immutable = rule(|parts| parts.immutable = true).unwrap();
        assert_eq!(immutable.to_string(), "immutable = true");
        assert_eq!(rule(|_| {}).unwrap().to_string(), "no restriction");
    }
}
