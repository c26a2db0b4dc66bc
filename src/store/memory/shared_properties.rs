//! Properties that several images have.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::image::Properties;

/// Larger ones are not shared: to look them up would keep the lock of the store for long.
const MAX_BYTES: usize = 4096;

/// The properties of the images, equal ones once, with the number of their images: many images of
/// one system differ by nothing but their names, tags and data.
#[derive(Debug, Default)]
pub(super) struct SharedProperties(HashMap<Properties, usize>);

impl SharedProperties {
    /// Counts an image with `properties`, and returns the equal ones that are there.
    pub(super) fn acquire(&mut self, properties: &Properties) -> Properties {
        if properties.size() > MAX_BYTES {
            return properties.clone();
        }
        match self.0.entry(properties.clone()) {
            Entry::Occupied(mut known) => {
                *known.get_mut() += 1;
                known.key().clone()
            }
            Entry::Vacant(new) => {
                new.insert(1);
                properties.clone()
            }
        }
    }

    /// Counts an image with `properties` no longer.
    pub(super) fn release(&mut self, properties: &Properties) {
        if properties.size() > MAX_BYTES {
            return;
        }
        if let Some(count) = self.0.get_mut(properties) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(properties);
            }
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
