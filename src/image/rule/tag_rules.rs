//! The list of all rules of tags.

use std::sync::Arc;

use super::glob::Glob;
use super::scope::{ScopedTag, TagScope};
use super::tag_rule::{ExclusiveScope, TagRule};
use crate::identity::ProjectId;
use crate::image::value::Tag;

/// The rules of tags, of which the first that matches a tag counts for it. A clone is cheap.
///
/// ```
/// use image_tags::image::{TagRule, TagRuleParts, TagRules};
///
/// let parts = TagRuleParts { immutable: true, ..TagRuleParts::default() };
/// let rule = TagRule::new("released-*".parse().unwrap(), parts).unwrap();
/// let rules = TagRules::new(vec![rule]).unwrap();
/// assert!(rules.rule_for(&"released-1".parse().unwrap()).is_some());
/// assert!(rules.rule_for(&"draft".parse().unwrap()).is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagRules(Arc<[TagRule]>);

/// Why rules are no list of rules. The numbers count from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagRulesError {
    /// A rule has the pattern of an earlier one.
    #[error("rules[{index}] ({pattern:?}): the pattern is a duplicate of rules[{earlier}]")]
    Duplicate {
        /// The number of the rule.
        index: usize,
        /// Its pattern.
        pattern: Glob,
        /// The number of the earlier rule.
        earlier: usize,
    },
    /// A rule never counts, because an earlier one matches all of its tags.
    #[error(
        "rules[{index}] ({pattern:?}): the rule never counts, because rules[{earlier}] \
         ({by:?}) comes first and matches all of its tags"
    )]
    Covered {
        /// The number of the rule.
        index: usize,
        /// Its pattern.
        pattern: Glob,
        /// The number of the earlier rule.
        earlier: usize,
        /// The pattern of the earlier rule.
        by: Glob,
    },
    /// More than [`TagRules::MAX_RULES`] rules.
    #[error("rules: at most {} are allowed", TagRules::MAX_RULES)]
    TooMany,
}

impl TagRules {
    /// How many rules there are at most: each change of an image compares its tags with all of
    /// them.
    pub const MAX_RULES: usize = 100;

    /// These rules, in this order. Each has to count for a tag.
    pub fn new(rules: Vec<TagRule>) -> Result<Self, TagRulesError> {
        if rules.len() > Self::MAX_RULES {
            return Err(TagRulesError::TooMany);
        }
        for (index, rule) in rules.iter().enumerate() {
            let mut before = rules[..index].iter();
            let covers = |other: &TagRule| other.pattern().covers(rule.pattern());
            if let Some(earlier) = before.position(covers) {
                let (pattern, by) = (rule.pattern().clone(), rules[earlier].pattern().clone());
                return Err(if pattern == by {
                    TagRulesError::Duplicate {
                        index,
                        pattern,
                        earlier,
                    }
                } else {
                    TagRulesError::Covered {
                        index,
                        pattern,
                        earlier,
                        by,
                    }
                });
            }
        }
        Ok(Self(rules.into()))
    }

    /// Whether there are no rules.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rules, the first that matches a tag being the one that counts for it.
    pub fn iter(&self) -> impl Iterator<Item = &TagRule> {
        self.0.iter()
    }

    /// The rule that counts for `tag`, and its number, counted from 0.
    #[must_use]
    pub fn rule_for(&self, tag: &Tag) -> Option<(usize, &TagRule)> {
        let matches = |(_, rule): &(usize, &TagRule)| rule.pattern().matches(tag.as_str());
        self.0.iter().enumerate().find(matches)
    }

    /// The images among which at most one carries `tag`, if an image of `owner` does; `None` if the
    /// tag is not exclusive.
    #[must_use]
    pub fn scope_of(&self, tag: &Tag, owner: Option<&ProjectId>) -> Option<ScopedTag> {
        let exclusive = self.rule_for(tag)?.1.exclusive()?;
        let scope = match exclusive.scope {
            ExclusiveScope::Project => TagScope::Owner(owner.cloned()),
            ExclusiveScope::Service => TagScope::Service,
        };
        Some(ScopedTag {
            tag: tag.clone(),
            scope,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::rule::tag_rule::TagRuleParts;

    fn rule(pattern: &str, exclusive: Option<ExclusiveScope>) -> TagRule {
        let parts = TagRuleParts {
            exclusive,
            ..TagRuleParts::default()
        };
        TagRule::new(pattern.parse().unwrap(), parts).unwrap()
    }

    fn rules(patterns: &[&str]) -> Result<TagRules, TagRulesError> {
        let rules = patterns.iter().map(|pattern| rule(pattern, None));
        TagRules::new(rules.collect())
    }

    #[test]
    fn the_first_rule_that_matches_counts() {
        let rules = rules(&["v1-*", "v*", "v*x*", "*"]).unwrap_err();
        assert_eq!(
            rules.to_string(),
            "rules[2] (\"v*x*\"): the rule never counts, because rules[1] (\"v*\") comes first \
             and matches all of its tags"
        );
        let rules = self::rules(&["v1-*", "v*", "*x"]).unwrap();
        for (tag, index) in [
            ("v1-rc", Some(0)),
            ("v2", Some(1)),
            ("v2x", Some(1)),
            ("x", Some(2)),
            ("", None),
        ] {
            let found = rules.rule_for(&tag.parse().unwrap());
            assert_eq!(found.map(|(index, _)| index), index, "{tag}");
            assert!(found.is_none_or(|(index, rule)| rules.iter().nth(index) == Some(rule)));
        }
    }

    #[test]
    fn a_pattern_twice_and_too_many_rules_are_errors() {
        assert_eq!(
            rules(&["a", "b", "a"]).unwrap_err().to_string(),
            "rules[2] (\"a\"): the pattern is a duplicate of rules[0]"
        );
        let patterns: Vec<_> = (0..=TagRules::MAX_RULES).map(|n| n.to_string()).collect();
        let patterns: Vec<_> = patterns.iter().map(String::as_str).collect();
        assert!(rules(&patterns[1..]).is_ok());
        assert_eq!(rules(&patterns), Err(TagRulesError::TooMany));
    }

    #[test]
    fn an_exclusive_tag_has_the_scope_of_its_rule() {
        let rules = TagRules::new(vec![
            rule("free-*", None),
            rule("all-*", Some(ExclusiveScope::Service)),
            rule("*-*", Some(ExclusiveScope::Project)),
        ])
        .unwrap();
        for owner in [None, Some("demo".parse::<ProjectId>().unwrap())] {
            for (tag, scope) in [
                ("free-a", None),
                ("all-a", Some(TagScope::Service)),
                ("my-a", Some(TagScope::Owner(owner.clone()))),
                ("plain", None),
            ] {
                let tag: Tag = tag.parse().unwrap();
                let scoped = rules.scope_of(&tag, owner.as_ref());
                assert_eq!(scoped, scope.map(|scope| ScopedTag { tag, scope }));
            }
        }
        assert!(TagRules::default().is_empty() && !rules.is_empty());
    }
}
