//! `[tags]`: the rules of tags, whose images a tag may name, and how long the history is kept.
//!
//! Every rule goes through the constructors of [`crate::image`], so that no two of them contradict
//! each other.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::SignedDuration;
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::config::images::read_as;
use crate::identity::{ProjectId, ProjectIdError, RoleNames};
use crate::image::{Image, TagRule, TagRuleParts, TagRules};

/// The maximum number of trusted owners: the image to use is looked for among the images of each.
const MAX_TRUSTED_OWNERS: usize = 32;

/// `[tags]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct TagsConfig {
    /// `[[tags.rules]]`: what holds for which tags.
    #[serde(deserialize_with = "rules", skip_serializing)]
    pub rules: TagRules,
    /// The projects besides the caller's own among whose images a tag finds the one to use.
    #[serde(deserialize_with = "trusted_owners")]
    pub trusted_owners: Vec<ProjectId>,
    /// For how many days the changes of tags are remembered; 0 for ever.
    pub history_days: u32,
}

impl Default for TagsConfig {
    fn default() -> Self {
        Self {
            rules: TagRules::default(),
            trusted_owners: Vec::new(),
            history_days: 365,
        }
    }
}

impl TagsConfig {
    /// For how long events are kept; `None` for ever.
    #[must_use]
    pub fn history_retention(&self) -> Option<SignedDuration> {
        let hours = i64::from(self.history_days) * 24;
        (hours > 0).then(|| SignedDuration::from_hours(hours))
    }

    /// Refuses a rule for a role that is not one of `existing`, which are in lower case: nobody
    /// could ever have it.
    pub(in crate::config) fn check_roles(&self, existing: &BTreeSet<String>) -> Result<(), String> {
        for (index, rule) in self.rules.iter().enumerate() {
            let lists = [
                ("add_roles", rule.add_roles()),
                ("remove_roles", rule.remove_roles()),
            ];
            for (key, roles) in lists {
                let mut roles = roles.into_iter().flat_map(RoleNames::iter);
                if let Some(role) = roles.find(|role| !existing.contains(*role)) {
                    return Err(format!(
                        "tags.rules[{index}] ({:?}): {key}: {role:?}: no token and no user \
                         has this role",
                        rule.pattern()
                    ));
                }
            }
        }
        Ok(())
    }

    /// Refuses images that break the rules from the start: one exclusive tag on several of them.
    pub(in crate::config) fn check_images(&self, images: &[Image]) -> Result<(), String> {
        let mut carriers = HashMap::new();
        for (index, image) in images.iter().enumerate() {
            let scope = |tag| self.rules.scope_of(tag, image.owner.as_ref());
            for tag in image.tags.iter().filter_map(scope) {
                let text = format!("{:?}", tag.tag.as_str());
                if let Some(other) = carriers.insert(tag, index) {
                    return Err(format!(
                        "images[{index}]: the exclusive tag {text} is also on images[{other}]"
                    ));
                }
            }
        }
        Ok(())
    }
}

fn rules<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TagRules, D::Error> {
    let entries = Vec::<Table>::deserialize(deserializer)?;
    let rule = |(index, entry): (usize, Table)| {
        let pattern = entry.get("pattern").and_then(Value::as_str);
        let label = pattern.unwrap_or("no pattern").to_owned();
        rule(entry)
            .map_err(|error| D::Error::custom(format!("tags.rules[{index}] ({label:?}): {error}")))
    };
    let rules = entries.into_iter().enumerate().map(rule);
    TagRules::new(rules.collect::<Result<_, _>>()?)
        .map_err(|error| D::Error::custom(format!("tags.{error}")))
}

/// The rule that an entry describes.
fn rule(mut entry: Table) -> Result<TagRule, String> {
    let pattern = entry.remove("pattern").ok_or("missing field `pattern`")?;
    let pattern: String = read_as("pattern", pattern)?;
    let pattern = pattern
        .parse()
        .map_err(|error| format!("pattern: {error}"))?;
    let mut parts = TagRuleParts::default();
    for (key, value) in entry {
        match key.as_str() {
            "exclusive" => parts.exclusive = Some(read_as(&key, value)?),
            "on_conflict" => parts.on_conflict = Some(read_as(&key, value)?),
            "add_roles" => parts.add_roles = Some(roles(&key, value)?),
            "remove_roles" => parts.remove_roles = Some(roles(&key, value)?),
            "immutable" => parts.immutable = read_as(&key, value)?,
            _ => return Err(format!("unknown field `{key}`")),
        }
    }
    TagRule::new(pattern, parts).map_err(|error| error.to_string())
}

fn roles(key: &str, value: Value) -> Result<RoleNames, String> {
    let names: Vec<String> = read_as(key, value)?;
    RoleNames::new(names).map_err(|error| format!("{key}: {error}"))
}

fn trusted_owners<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ProjectId>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let mut seen = HashSet::new();
    let owner = |(index, text): (usize, String)| {
        let error = |message: &str| {
            D::Error::custom(format!(
                "tags.trusted_owners[{index}] ({text:?}): {message}"
            ))
        };
        let owner: ProjectId = text
            .parse()
            .map_err(|cause: ProjectIdError| error(&cause.to_string()))?;
        if seen.insert(owner.clone()) {
            Ok(owner)
        } else {
            Err(error("the id is a duplicate"))
        }
    };
    if texts.len() > MAX_TRUSTED_OWNERS {
        return Err(D::Error::custom(format!(
            "tags.trusted_owners: there are {} projects, at most {MAX_TRUSTED_OWNERS} are possible",
            texts.len()
        )));
    }
    texts.into_iter().enumerate().map(owner).collect()
}
