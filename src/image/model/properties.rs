//! The free properties of an image.
//!
//! Every change copies the image, and most changes are about something else: the copies share their
//! properties until one of them gets others.

use std::collections::{BTreeMap, btree_map};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock, OnceLock};

use serde::{Deserialize, Serialize, Serializer};

use super::json_size::{ITEM_BYTES, json_bytes};
use crate::image::value::{PropertyName, PropertyValue};

/// Free properties, sorted by name.
///
/// ```
/// use image_tags::image::Properties;
///
/// let mut properties = Properties::default();
/// properties.insert("os_distro".parse().unwrap(), "debian".parse().unwrap());
/// assert_eq!(properties.get("os_distro").unwrap().as_str(), "debian");
/// assert_eq!(properties.remove("os_distro").unwrap().as_str(), "debian");
/// assert!(properties.is_empty());
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "BTreeMap<PropertyName, PropertyValue>")]
pub struct Properties(Arc<Shared>);

#[derive(Clone, Debug, Default)]
struct Shared {
    all: BTreeMap<PropertyName, PropertyValue>,
    /// The size in bytes, once it was asked for.
    size: OnceLock<usize>,
}

impl Properties {
    /// Sets the property `name`, and returns the value that it had.
    pub fn insert(&mut self, name: PropertyName, value: PropertyValue) -> Option<PropertyValue> {
        self.modified().insert(name, value)
    }

    /// Removes the property `name`, and returns the value that it had.
    pub fn remove(&mut self, name: &str) -> Option<PropertyValue> {
        if self.contains(name) {
            self.modified().remove(name)
        } else {
            None
        }
    }

    /// The value of the property `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&PropertyValue> {
        self.0.all.get(name)
    }

    /// Whether there is a property `name`.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.all.contains_key(name)
    }

    /// The number of properties.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.all.len()
    }

    /// Whether there are no properties.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.all.is_empty()
    }

    /// The properties by name.
    pub fn iter(&self) -> btree_map::Iter<'_, PropertyName, PropertyValue> {
        self.0.all.iter()
    }

    /// Whether this is a copy of `other` that shares its properties.
    pub(crate) fn is_copy_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// What they add to the size of an image, in bytes. It is computed once for all copies.
    pub(crate) fn size(&self) -> usize {
        let size = |(name, value): (&PropertyName, &PropertyValue)| {
            json_bytes(name.as_str()) + json_bytes(value.as_str()) + ITEM_BYTES
        };
        *self.0.size.get_or_init(|| self.iter().map(size).sum())
    }

    /// The properties of this copy alone, to change them.
    fn modified(&mut self) -> &mut BTreeMap<PropertyName, PropertyValue> {
        let shared = Arc::make_mut(&mut self.0);
        shared.size = OnceLock::new();
        &mut shared.all
    }
}

impl Serialize for Properties {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.all.serialize(serializer)
    }
}

impl PartialEq for Properties {
    fn eq(&self, other: &Self) -> bool {
        self.is_copy_of(other) || self.0.all == other.0.all
    }
}

impl Eq for Properties {}

impl Hash for Properties {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.all.hash(state);
    }
}

impl Default for Properties {
    /// No properties, which all images without any share.
    fn default() -> Self {
        static NONE: LazyLock<Properties> = LazyLock::new(|| Properties(Arc::default()));
        NONE.clone()
    }
}

impl From<BTreeMap<PropertyName, PropertyValue>> for Properties {
    fn from(all: BTreeMap<PropertyName, PropertyValue>) -> Self {
        if all.is_empty() {
            return Self::default();
        }
        Self(Arc::new(Shared {
            all,
            size: OnceLock::new(),
        }))
    }
}

impl<const N: usize> From<[(PropertyName, PropertyValue); N]> for Properties {
    fn from(properties: [(PropertyName, PropertyValue); N]) -> Self {
        BTreeMap::from(properties).into()
    }
}

impl FromIterator<(PropertyName, PropertyValue)> for Properties {
    fn from_iter<I: IntoIterator<Item = (PropertyName, PropertyValue)>>(properties: I) -> Self {
        BTreeMap::from_iter(properties).into()
    }
}

impl<'a> IntoIterator for &'a Properties {
    type Item = (&'a PropertyName, &'a PropertyValue);
    type IntoIter = btree_map::Iter<'a, PropertyName, PropertyValue>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
