//! The JSON of the rule that counts for a tag.

use serde::{Serialize, Serializer};

use crate::identity::RoleNames;
use crate::image::{Exclusive, TagRule};

/// The JSON of a rule, with the keys of the configuration.
#[derive(Serialize)]
pub(super) struct RuleView<'a> {
    pattern: &'a str,
    exclusive: Option<&'static str>,
    on_conflict: Option<&'static str>,
    #[serde(serialize_with = "names")]
    add_roles: Option<&'a RoleNames>,
    #[serde(serialize_with = "names")]
    remove_roles: Option<&'a RoleNames>,
    immutable: bool,
}

impl<'a> From<&'a TagRule> for RuleView<'a> {
    fn from(rule: &'a TagRule) -> Self {
        let exclusive = rule.exclusive();
        let scope = |exclusive: Exclusive| exclusive.scope.into();
        let on_conflict = |exclusive: Exclusive| exclusive.on_conflict.into();
        Self {
            pattern: rule.pattern().as_str(),
            exclusive: exclusive.map(scope),
            on_conflict: exclusive.map(on_conflict),
            add_roles: rule.add_roles(),
            remove_roles: rule.remove_roles(),
            immutable: rule.is_immutable(),
        }
    }
}

#[expect(
    clippy::ref_option,
    reason = "serde calls it with a reference to the field"
)]
fn names<S: Serializer>(roles: &Option<&RoleNames>, serializer: S) -> Result<S::Ok, S::Error> {
    match roles {
        Some(roles) => serializer.collect_seq(roles.iter()),
        None => serializer.serialize_none(),
    }
}
