//! The faults, and the choice of requests by them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::Method;
use serde::Serialize;

use super::fault::Fault;
use super::injected_fault::InjectedFault;
use super::random::Random;

/// How many faults there can be.
pub(super) const MAX_FAULTS: usize = 100;

/// After how many seconds a 429 or 503 may be retried, if the fault does not say.
const DEFAULT_RETRY_AFTER: u32 = 1;

/// The faults in the order in which they came. Of several about a request, the first counts that
/// chooses it.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    faults: Vec<Numbered>,
    last_id: u64,
}

#[derive(Debug)]
struct Numbered {
    shown: ShownFault,
    random: Random,
}

/// A fault as clients see it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ShownFault {
    pub(super) id: u64,
    /// The number of requests that it has chosen.
    injected: u64,
    #[serde(flatten)]
    fault: Fault,
}

impl Faults {
    /// Adds a fault; `None` if there are [`MAX_FAULTS`] already.
    pub(super) fn add(&self, fault: Fault) -> Option<ShownFault> {
        let mut state = self.lock();
        if state.faults.len() >= MAX_FAULTS {
            return None;
        }
        state.last_id += 1;
        let random = Random::from_seed(fault.seed);
        let shown = ShownFault {
            id: state.last_id,
            injected: 0,
            fault,
        };
        let added = shown.clone();
        state.faults.push(Numbered { shown, random });
        Some(added)
    }

    pub(super) fn list(&self) -> Vec<ShownFault> {
        let state = self.lock();
        state
            .faults
            .iter()
            .map(|fault| fault.shown.clone())
            .collect()
    }

    /// Removes the fault with this id; `false` if there is none.
    pub(super) fn remove(&self, id: u64) -> bool {
        let mut state = self.lock();
        let before = state.faults.len();
        state.faults.retain(|fault| fault.shown.id != id);
        state.faults.len() < before
    }

    /// Removes all faults.
    pub(crate) fn clear(&self) {
        self.lock().faults.clear();
    }

    /// What happens to a request, if a fault chooses it.
    pub(super) fn inject(&self, method: &Method, path: &str) -> Option<InjectedFault> {
        let mut state = self.lock();
        state
            .faults
            .iter_mut()
            .find_map(|fault| fault.inject(method, path))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Numbered {
    fn inject(&mut self, method: &Method, path: &str) -> Option<InjectedFault> {
        let Self { shown, random } = self;
        let fault = &shown.fault;
        let is_spent = fault.times.is_some_and(|times| shown.injected >= times);
        if is_spent || !fault.is_about(method, path) || !random.happens(fault.probability) {
            return None;
        }
        shown.injected += 1;
        Some(InjectedFault {
            id: shown.id,
            method: method.clone(),
            status: fault.status,
            retry_after: fault.retry_after.unwrap_or(DEFAULT_RETRY_AFTER),
            latency: fault.latency(),
        })
    }
}
