//! The rules, and the choice of requests by them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::Method;
use serde::Serialize;

use super::injection::Injection;
use super::random::Random;
use super::rule::Rule;

/// How many rules there can be.
pub(super) const MAX_RULES: usize = 100;

/// The rules in the order in which they came. Of several about a request, the first counts that
/// chooses it.
#[derive(Debug, Default)]
pub(crate) struct Injections(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    rules: Vec<Numbered>,
    last_id: u64,
}

#[derive(Debug)]
struct Numbered {
    shown: ShownRule,
    random: Random,
}

/// A rule as clients see it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ShownRule {
    pub(super) id: u64,
    /// The number of requests that it has chosen.
    injected: u64,
    #[serde(flatten)]
    rule: Rule,
}

impl Injections {
    /// Adds a rule; `None` if there are [`MAX_RULES`] already.
    pub(super) fn add(&self, rule: Rule) -> Option<ShownRule> {
        let mut state = self.lock();
        if state.rules.len() >= MAX_RULES {
            return None;
        }
        state.last_id += 1;
        let random = Random::from_seed(rule.seed);
        let shown = ShownRule {
            id: state.last_id,
            injected: 0,
            rule,
        };
        let added = shown.clone();
        state.rules.push(Numbered { shown, random });
        Some(added)
    }

    pub(super) fn list(&self) -> Vec<ShownRule> {
        let state = self.lock();
        state.rules.iter().map(|rule| rule.shown.clone()).collect()
    }

    /// Removes the rule with this id; `false` if there is none.
    pub(super) fn remove(&self, id: u64) -> bool {
        let mut state = self.lock();
        let before = state.rules.len();
        state.rules.retain(|rule| rule.shown.id != id);
        state.rules.len() < before
    }

    pub(super) fn clear(&self) {
        self.lock().rules.clear();
    }

    /// What happens to a request, if a rule chooses it.
    pub(super) fn choose(&self, method: &Method, path: &str) -> Option<Injection> {
        let mut state = self.lock();
        state
            .rules
            .iter_mut()
            .find_map(|rule| rule.choose(method, path))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Numbered {
    fn choose(&mut self, method: &Method, path: &str) -> Option<Injection> {
        let Self { shown, random } = self;
        let rule = &shown.rule;
        let is_spent = rule.times.is_some_and(|times| shown.injected >= times);
        if is_spent || !rule.is_about(method, path) || !random.happens(rule.probability) {
            return None;
        }
        shown.injected += 1;
        Some(Injection {
            id: shown.id,
            status: rule.status,
            latency: rule.latency(),
        })
    }
}
