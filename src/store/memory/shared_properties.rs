//! Properties that several images have.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::image::Properties;

/// The properties of all images, equal ones once, with the number of their images: many images of
/// one system differ by nothing but their names, tags and data.
#[derive(Debug, Default)]
pub(super) struct SharedProperties(HashMap<Properties, usize>);

impl SharedProperties {
    /// Counts an image with `properties`, and returns the equal ones that are there.
    pub(super) fn acquire(&mut self, properties: &Properties) -> Properties {
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
