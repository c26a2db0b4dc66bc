//! The checks of oslo.policy, and what they say of a caller and what it wants.

use std::borrow::Cow;
use std::sync::Arc;

use super::facts::{Credential, Facts, Field};

/// A check, with every other rule that it refers to resolved.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::policy) enum Check {
    /// `@`, or an empty rule.
    Always,
    /// `!`.
    Never,
    /// `not check`.
    Not(Box<Check>),
    /// `check and check`.
    All(Vec<Check>),
    /// `check or check`.
    Any(Vec<Check>),
    /// `rule:name`.
    Rule(Arc<Check>),
    /// `role:name`.
    Role(Text),
    /// `left:right`.
    Equal(Operand, Text),
}

/// What stands before the colon of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::policy) enum Operand {
    /// A literal, as Python writes its value.
    Literal(String),
    /// Something about the caller.
    Credential(Credential),
}

/// A text with places for what the request is about, such as `%(owner)s`.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::policy) struct Text(pub(in crate::policy) Vec<Piece>);

/// A piece of a [`Text`].
#[derive(Clone, Debug, PartialEq)]
pub(in crate::policy) enum Piece {
    Literal(String),
    Field(Field),
}

impl Check {
    /// Whether the check allows what `facts` are about.
    pub(in crate::policy) fn allows(&self, facts: &Facts<'_>) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            // Names of roles may have been dropped from the token, so `not role:x` must not hold.
            Self::Not(check) if facts.identity.roles.has_dropped_names() && check.asks_role() => {
                false
            }
            Self::Not(check) => !check.allows(facts),
            Self::All(checks) => checks.iter().all(|check| check.allows(facts)),
            Self::Any(checks) => checks.iter().any(|check| check.allows(facts)),
            Self::Rule(check) => check.allows(facts),
            Self::Role(name) => name
                .resolve(facts)
                .is_some_and(|name| facts.identity.has_role(&name.to_lowercase())),
            Self::Equal(left, right) => {
                let left = match left {
                    Operand::Literal(text) => text,
                    Operand::Credential(credential) => credential.of(facts.identity),
                };
                right.resolve(facts).is_some_and(|right| left == right)
            }
        }
    }

    /// The number of checks within this one, without those of other rules.
    pub(in crate::policy) fn size(&self) -> usize {
        match self {
            Self::Not(check) => 1 + check.size(),
            Self::All(checks) | Self::Any(checks) => {
                1 + checks.iter().map(Self::size).sum::<usize>()
            }
            Self::Always | Self::Never | Self::Rule(_) | Self::Role(_) | Self::Equal(..) => 1,
        }
    }

    fn asks_role(&self) -> bool {
        let mut asks_role = false;
        self.walk(&mut |check| asks_role |= matches!(check, Self::Role(_)));
        asks_role
    }

    /// Calls `visit` with this check and all within it, those of other rules included.
    pub(in crate::policy) fn walk(&self, visit: &mut impl FnMut(&Self)) {
        visit(self);
        match self {
            Self::Not(check) => check.walk(visit),
            Self::Rule(check) => check.walk(visit),
            Self::All(checks) | Self::Any(checks) => {
                for check in checks {
                    check.walk(visit);
                }
            }
            Self::Always | Self::Never | Self::Role(_) | Self::Equal(..) => {}
        }
    }

    /// Whether the check asks about the image or other target of the request.
    pub(in crate::policy) fn has_field(&self) -> bool {
        match self {
            Self::Role(text) | Self::Equal(_, text) => {
                text.0.iter().any(|piece| matches!(piece, Piece::Field(_)))
            }
            _ => false,
        }
    }
}

impl Text {
    /// The text with its places filled in; `None` if the target has no such field.
    fn resolve<'a>(&'a self, facts: &Facts<'a>) -> Option<Cow<'a, str>> {
        match &*self.0 {
            [Piece::Literal(text)] => Some(text.into()),
            [Piece::Field(field)] => facts.field(field),
            pieces => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Literal(literal) => text.push_str(literal),
                        Piece::Field(field) => text.push_str(&facts.field(field)?),
                    }
                }
                Some(text.into())
            }
        }
    }
}
