//! Rules by name: each is parsed once, with the rules that it refers to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::file::{OneOrAll, RuleText, RuleTexts};
use super::language::{Check, References, parse, parse_lists};
use super::rule::Rule;

/// How many rules may refer to each other in a row.
const MAX_NESTED_RULES: usize = 32;

/// Of how many checks a rule may consist, with those of the rules that it refers to. Each request
/// evaluates some of them.
const MAX_CHECKS: usize = 1000;

/// Rules that others refer to, with Glance's defaults for them.
const HELPERS: [(&str, &str); 2] = [
    ("default", ""),
    ("service_api", "role:service or role:admin"),
];

/// Resolves rules by name.
pub(super) struct Resolver<'a> {
    texts: &'a RuleTexts,
    /// The checks of rules, and of how many checks each consists with those that it refers to.
    resolved: BTreeMap<String, (Arc<Check>, usize)>,
    /// The rules that are being resolved.
    open: BTreeSet<String>,
    /// Of how many checks the rule that is being resolved consists so far.
    size: usize,
}

impl<'a> Resolver<'a> {
    /// Resolves the rules of `texts`, and Glance's defaults for those that it does not have.
    pub(super) fn of(texts: &'a RuleTexts) -> Self {
        Self {
            texts,
            resolved: BTreeMap::new(),
            open: BTreeSet::new(),
            size: 0,
        }
    }
}

impl References for Resolver<'_> {
    fn rule(&mut self, name: &str) -> Result<Check, String> {
        if let Some((check, size)) = self.resolved.get(name) {
            self.size += size;
            return Ok(Check::Rule(Arc::clone(check)));
        }
        if !self.open.insert(name.to_owned()) {
            return Err(format!("the rule {name:?} refers to itself"));
        }
        if self.open.len() > MAX_NESTED_RULES {
            return Err("too many nested rules".into());
        }
        let size_before = std::mem::take(&mut self.size);
        let check = match self.texts.get(name) {
            Some(RuleText::Text(text)) => parse(text, self)?,
            Some(RuleText::Lists(lists)) => {
                let lists: Vec<_> = lists.iter().map(OneOrAll::all).collect();
                parse_lists(&lists, self)?
            }
            None => parse(default_text(name)?, self)?,
        };
        self.open.remove(name);
        let size = self.size + check.size();
        if size > MAX_CHECKS {
            return Err(format!(
                "more than {MAX_CHECKS} checks, with those of other rules"
            ));
        }
        self.size = size_before + size;
        let check = Arc::new(check);
        let resolved = (Arc::clone(&check), size);
        self.resolved.insert(name.to_owned(), resolved);
        Ok(Check::Rule(check))
    }
}

fn default_text(name: &str) -> Result<&'static str, String> {
    if let Ok(rule) = name.parse::<Rule>() {
        return Ok(rule.default());
    }
    let helper = HELPERS.iter().find(|(helper, _)| *helper == name);
    let (_, text) = helper.ok_or_else(|| format!("there is no rule {name:?}"))?;
    Ok(text)
}
