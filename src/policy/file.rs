//! A policy file: rules by name, in YAML or JSON.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The rules of a file by name.
pub(super) type RuleTexts = BTreeMap<String, RuleText>;

/// A rule as a file has it: in the language, or in the older lists.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "expected a rule: a text or lists of texts")]
pub(super) enum RuleText {
    Text(String),
    Lists(Vec<OneOrAll>),
}

/// The checks of which one has to hold: a single one, or several that all have to.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrAll {
    One(String),
    All(Vec<String>),
}

impl OneOrAll {
    pub(super) fn all(&self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text.clone()],
            Self::All(texts) => texts.clone(),
        }
    }
}
