//! `PATCH` of an image: the operations of a JSON patch, applied to an image.
//!
//! What Glance takes is here, and what it refuses of RFC 6902: `test`, `move`, `copy`, and pointers to single tags. Those
//! are what libraries write that make a patch from two documents, as openstacksdk does.

mod read;

use std::collections::BTreeSet;
use std::mem;

use serde_json::Value;

pub(super) use read::Form;

use crate::api::view::ImageView;
use crate::identity::Identity;
use crate::image::{ATTRIBUTES, Edit, Image, Quota, Refusal, Tag};
use crate::policy;

/// A patch.
#[derive(Debug)]
pub(super) struct Patch(Vec<Operation>);

/// One operation. Tags are counted in the list as it is shown, and as the operations before changed it.
#[derive(Debug)]
enum Operation {
    /// Gives an attribute or a property a value.
    Set(Edit, Presence),
    /// Adds an attribute, which every image has, where that is a conflict.
    AddAgain(String),
    /// Removes a property, or fails to remove an attribute.
    Remove(String),
    /// Gives a property the value of another one, which is kept if this is a copy.
    TakeProperty {
        from: String,
        to: String,
        is_copy: bool,
    },
    SetTags(BTreeSet<Tag>),
    /// Adds a tag before the one at this place, or at the end.
    AddTag(Option<usize>, Tag),
    ReplaceTag(usize, Tag),
    RemoveTag(usize),
    /// Puts the tag at a place at another one, or at the end.
    TakeTag {
        from: usize,
        to: Option<usize>,
        is_copy: bool,
    },
    /// Compares an attribute other than the tags, or a property.
    Test(String, Value),
    TestTags(BTreeSet<Tag>),
    TestTag(usize, Value),
}

/// What must be true of a property before it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Any,
    Present,
    Absent,
}

/// What a patched image is held against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quotas {
    pub(super) tags: Quota,
    pub(super) properties: Quota,
}

impl Patch {
    /// Applies the patch to `image` as far as `identity` may. An empty one needs no more than to see the image.
    pub(super) fn apply(&self, identity: &Identity, image: &mut Image, quotas: Quotas) -> Result<(), Refusal> {
        policy::may_see(identity, image)?;
        let properties_before = image.properties.len();
        // A list while operations count in it; in the end a set again.
        let mut tags: Vec<Tag> = image.tags.iter().cloned().collect();
        for operation in &self.0 {
            if let Operation::Set(edit, _) = operation {
                policy::may_edit(identity, image, edit)?;
            }
            policy::may_change(identity, image)?;
            operation.apply(image, &mut tags, quotas)?;
        }
        image.set_tags(tags.into_iter().collect(), quotas.tags)?;
        if image.properties.len() > properties_before {
            quotas.properties.allow_properties(image.properties.len())?;
        }
        Ok(())
    }
}

impl Operation {
    fn apply(&self, image: &mut Image, tags: &mut Vec<Tag>, quotas: Quotas) -> Result<(), Refusal> {
        match self {
            Self::Set(edit, presence) => {
                if let Edit::Property(name, _) = edit {
                    presence.check(name, image.properties.contains_key(name))?;
                }
                edit.apply(image)?;
            }
            Self::AddAgain(name) => return Err(Refusal::PropertyExists(name.clone())),
            Self::Remove(name) if ATTRIBUTES.contains(&name.as_str()) => {
                return Err(Refusal::NotRemovable(name.clone()));
            }
            Self::Remove(name) => {
                image.properties.remove(name).ok_or_else(|| Refusal::NoSuchProperty(name.clone()))?;
            }
            Self::TakeProperty { from, to, is_copy } => {
                let value = if *is_copy { image.properties.get(from).cloned() } else { image.properties.remove(from) };
                let value = value.ok_or_else(|| Refusal::NoSuchProperty(from.clone()))?;
                image.properties.insert(to.clone(), value);
                // At once, for a short operation may copy a long value.
                if *is_copy {
                    quotas.properties.allow_properties(image.properties.len())?;
                }
            }
            Self::SetTags(wanted) => *tags = wanted.iter().cloned().collect(),
            Self::AddTag(place, tag) => insert(tags, *place, tag.clone()),
            Self::ReplaceTag(place, tag) => *tags.get_mut(*place).ok_or(Refusal::NoTagAt(*place))? = tag.clone(),
            Self::RemoveTag(place) => {
                tag_at(tags, *place)?;
                tags.remove(*place);
            }
            Self::TakeTag { from, to, is_copy } => {
                let tag = tag_at(tags, *from)?.clone();
                if !is_copy {
                    tags.remove(*from);
                }
                insert(tags, *to, tag);
            }
            Self::TestTags(wanted) => {
                if tags.iter().collect::<BTreeSet<_>>() != wanted.iter().collect() {
                    return Err(Refusal::TestFailed("tags".to_owned()));
                }
            }
            Self::Test(name, value) => {
                let is_equal = match image.properties.get(name) {
                    Some(text) => value == text,
                    None => attribute(image, name).is_some_and(|shown| is_same(&shown, value)),
                };
                if !is_equal {
                    return Err(Refusal::TestFailed(name.clone()));
                }
            }
            Self::TestTag(place, value) => {
                if value != tag_at(tags, *place)?.as_str() {
                    return Err(Refusal::TestFailed(format!("tag number {place}")));
                }
            }
        }
        Ok(())
    }
}

/// What is shown of an attribute. The properties, which may be long, are left out of that.
fn attribute(image: &mut Image, name: &str) -> Option<Value> {
    let properties = mem::take(&mut image.properties);
    let shown = serde_json::to_value(ImageView(image));
    image.properties = properties;
    shown.ok()?.get_mut(name).map(Value::take)
}

/// Numbers are the same by their value (RFC 6902, 4.6).
fn is_same(one: &Value, other: &Value) -> bool {
    one == other || one.as_f64().is_some_and(|number| other.as_f64() == Some(number))
}

fn tag_at(tags: &[Tag], place: usize) -> Result<&Tag, Refusal> {
    tags.get(place).ok_or(Refusal::NoTagAt(place))
}

/// Tags are a set: a place past the end, where somebody else removed one meanwhile, is as good as any.
fn insert(tags: &mut Vec<Tag>, place: Option<usize>, tag: Tag) {
    tags.insert(place.unwrap_or(tags.len()).min(tags.len()), tag);
}

impl Presence {
    fn check(self, name: &str, is_present: bool) -> Result<(), Refusal> {
        match self {
            Self::Present if !is_present => Err(Refusal::NoSuchProperty(name.to_owned())),
            Self::Absent if is_present => Err(Refusal::PropertyExists(name.to_owned())),
            _ => Ok(()),
        }
    }
}
