//! The JSON of the rule that counts for a tag.

use serde::Serialize;

use crate::identity::RoleNames;
use crate::image::{Exclusive, TagRule};

/// The JSON of a rule, with the keys of the configuration.
#[derive(Serialize)]
pub(super) struct RuleView<'a> {
    pattern: &'a str,
    exclusive: Option<&'static str>,
    on_conflict: Option<&'static str>,
    add_roles: Option<Vec<&'a str>>,
    remove_roles: Option<Vec<&'a str>>,
    immutable: bool,
}

impl<'a> From<&'a TagRule> for RuleView<'a> {
    fn from(rule: &'a TagRule) -> Self {
        let exclusive = rule.exclusive();
        let scope = |exclusive: Exclusive| exclusive.scope.into();
        let names = |roles: &'a RoleNames| roles.iter().collect();
        let on_conflict = |exclusive: Exclusive| exclusive.on_conflict.into();
        Self {
            pattern: rule.pattern().as_str(),
            exclusive: exclusive.map(scope),
            on_conflict: exclusive.map(on_conflict),
            add_roles: rule.add_roles().map(names),
            remove_roles: rule.remove_roles().map(names),
            immutable: rule.is_immutable(),
        }
    }
}
