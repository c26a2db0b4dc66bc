//! The free properties of an image.
//!
//! An image is copied for each change of it, and most changes are of something else: the copies share their properties
//! until one of them is given others.

use std::collections::{BTreeMap, btree_map};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize, Serializer};

use super::size::{ITEM_BYTES, json_bytes};

/// Free properties, by name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "BTreeMap<String, String>")]
pub struct Properties(Arc<Shared>);

#[derive(Clone, Debug, Default)]
struct Shared {
    all: BTreeMap<String, String>,
    /// Once somebody has asked.
    size: OnceLock<usize>,
}

/// Names that Glance keeps to itself, though no image shows them.
const RESERVED: [&str; 6] = [
    "direct_url",
    "location",
    "locations",
    "deleted",
    "deleted_at",
    "stores",
];

/// Properties whose names begin with this are Glance's own.
const RESERVED_PREFIX: &str = "os_glance";

impl Properties {
    /// The longest name, in characters.
    pub const MAX_NAME_CHARS: usize = 255;

    /// The longest value, in bytes: what a column of MariaDB's type `TEXT` holds.
    pub const MAX_VALUE_BYTES: usize = 65_535;

    /// Whether no property can have this name, and no attribute has it either.
    #[must_use]
    pub fn is_reserved(name: &str) -> bool {
        RESERVED.contains(&name) || name.starts_with(RESERVED_PREFIX)
    }

    /// What they add to the size of an image, in bytes. It is worked out once for all copies.
    pub(super) fn size(&self) -> usize {
        let size =
            |(name, value): (&String, &String)| json_bytes(name) + json_bytes(value) + ITEM_BYTES;
        *self.0.size.get_or_init(|| self.iter().map(size).sum())
    }
}

impl Serialize for Properties {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.all.serialize(serializer)
    }
}

impl PartialEq for Properties {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.all == other.0.all
    }
}

impl Eq for Properties {}

impl Deref for Properties {
    type Target = BTreeMap<String, String>;

    fn deref(&self) -> &Self::Target {
        &self.0.all
    }
}

impl DerefMut for Properties {
    fn deref_mut(&mut self) -> &mut Self::Target {
        let shared = Arc::make_mut(&mut self.0);
        shared.size = OnceLock::new();
        &mut shared.all
    }
}

impl From<BTreeMap<String, String>> for Properties {
    fn from(properties: BTreeMap<String, String>) -> Self {
        Self(Arc::new(Shared {
            all: properties,
            size: OnceLock::new(),
        }))
    }
}

impl<const N: usize> From<[(String, String); N]> for Properties {
    fn from(properties: [(String, String); N]) -> Self {
        BTreeMap::from(properties).into()
    }
}

impl FromIterator<(String, String)> for Properties {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(properties: I) -> Self {
        BTreeMap::from_iter(properties).into()
    }
}

impl<'a> IntoIterator for &'a Properties {
    type Item = (&'a String, &'a String);
    type IntoIter = btree_map::Iter<'a, String, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.all.iter()
    }
}
