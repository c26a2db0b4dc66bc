//! The rules of tags: of how many images one carries a tag, and who may add and remove it.
//!
//! A rule is for the tags that its pattern matches, and of all rules the first that matches a tag
//! counts. Only a list of rules of which each can count exists. Start reading at [`TagRules`].

mod glob;
mod glob_token;
mod scope;
mod tag_rule;
mod tag_rules;

pub use glob::Glob;
pub use glob_token::GlobError;
pub use scope::{ScopedTag, TagScope};
pub use tag_rule::{Exclusive, ExclusiveScope, OnConflict, TagRule, TagRuleError, TagRuleParts};
pub use tag_rules::{TagRules, TagRulesError};
