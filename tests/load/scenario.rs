//! What clients do to how many images, and how the history of it is checked.

use crate::linearizability::{Entry, Image, State, check_images, check_project};
use crate::workload::KeySpace;

/// Clients that all use the same keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenario {
    pub(crate) images: usize,
    pub(crate) clients: usize,
    pub(crate) keys: KeySpace,
    /// Checks a history from the states of the images before it.
    pub(crate) check: fn(&[State], &[Entry]) -> Result<(), String>,
}

impl Scenario {
    /// Every operation but promotions. The history of each image is checked by itself.
    pub(crate) const ALL_OPERATIONS: Self = Self {
        images: 50,
        clients: 32,
        keys: KeySpace::Shared,
        check: check_images,
    };

    /// Moves of exclusive tags. The histories of all images are checked together, which is feasible
    /// for few clients.
    pub(crate) const PROMOTIONS: Self = Self {
        images: 6,
        clients: 6,
        keys: KeySpace::Exclusive,
        check: check_project,
    };

    /// The states of the images before the first operation.
    pub(crate) fn new_images(&self) -> Vec<State> {
        vec![Some(Image::default()); self.images]
    }
}
