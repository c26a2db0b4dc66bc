//! Applies the operations of a patch to an image.

use std::collections::BTreeSet;

use serde_json::Value;

use super::operation::{Operation, Patch, Target, text_bytes};
use crate::image::{Attribute, Edit, Image, PropertyValue, Quotas, Refusal, Tag};
use crate::image_api::images::attributes;
use crate::image_api::images::view::attribute;
use crate::image_api::schemas;
use crate::policy::Rights;

impl Patch {
    /// Applies the patch to `image` if the policy permits every operation. An empty patch only
    /// needs the permission to see the image.
    pub(in crate::image_api) fn apply(
        &self,
        rights: &Rights,
        image: &mut Image,
        quotas: Quotas,
    ) -> Result<(), Refusal> {
        rights.may_get(image)?;
        let properties_before = image.properties.len();
        let tags = image.tags.iter().cloned().collect();
        let mut patched = Patched {
            rights,
            image,
            tags,
            quotas,
            copied: 0,
        };
        self.operations
            .iter()
            .try_for_each(|operation| patched.apply(operation))?;
        let Patched { image, tags, .. } = patched;
        image.set_tags(tags.into_iter().collect(), quotas.tags)?;
        if image.properties.len() > properties_before {
            quotas.properties.check_properties(image.properties.len())?;
        }
        Ok(())
    }
}

/// An image during a patch.
struct Patched<'a> {
    rights: &'a Rights,
    image: &'a mut Image,
    /// The tags as a list, because operations refer to them by index.
    tags: Vec<Tag>,
    quotas: Quotas,
    /// The bytes of all copied values: a short operation may copy a long value.
    copied: usize,
}

impl Patched<'_> {
    /// Applies one operation.
    fn apply(&mut self, operation: &Operation) -> Result<(), Refusal> {
        if let Operation::Set(edit, _) = operation {
            self.rights.may_edit(self.image, edit)?;
        }
        self.rights.may_modify(self.image)?;
        match operation {
            Operation::Set(edit, presence) => {
                if let Edit::Property(name, _) = edit {
                    let is_present = self.image.properties.contains(name.as_str());
                    presence.check(name.as_str(), is_present)?;
                }
                edit.apply(self.image)
            }
            Operation::AddAgain(name) => Err(Refusal::PropertyExists(name.clone())),
            Operation::Remove(name) => self.remove(name).map(drop),
            Operation::SetTags(wanted) => {
                self.tags = wanted.iter().cloned().collect();
                Ok(())
            }
            Operation::AddTag(index, tag) => {
                self.insert(*index, tag.clone());
                Ok(())
            }
            Operation::ReplaceTag(index, tag) => {
                *self.tags.get_mut(*index).ok_or(Refusal::NoTagAt(*index))? = tag.clone();
                Ok(())
            }
            Operation::RemoveTag(index) => {
                self.tag_at(*index)?;
                self.tags.remove(*index);
                Ok(())
            }
            Operation::Transfer {
                from: Target::Tag(Some(from)),
                to: Target::Tag(to),
                is_copy,
            } => {
                let tag = self.remove_or_copy_tag(*from, *is_copy)?;
                self.insert(*to, tag);
                Ok(())
            }
            Operation::Transfer { from, to, is_copy } => self.transfer(from, to, *is_copy),
            Operation::TestTags(wanted) => is_true(
                self.tags.iter().collect::<BTreeSet<_>>() == wanted.iter().collect(),
                || "tags".to_owned(),
            ),
            Operation::Test(name, value) => {
                is_true(self.has(name, value.as_ref()), || name.clone())
            }
            Operation::TestTag(index, value) => {
                let tag = self.tag_at(*index)?.as_str();
                is_true(value.as_ref().is_some_and(|value| value == tag), || {
                    format!("tag number {index}")
                })
            }
        }
    }

    /// Moves or copies a value, possibly between kinds: a tag to a property, an attribute to a tag.
    fn transfer(&mut self, from: &Target, to: &Target, is_copy: bool) -> Result<(), Refusal> {
        let misfit = || Refusal::DoesNotFit {
            from: from.to_string(),
            to: to.to_string(),
        };
        let value = match from {
            Target::Tag(index) => self
                .remove_or_copy_tag(index.unwrap_or(usize::MAX), is_copy)?
                .as_str()
                .into(),
            Target::Member(name) if is_copy => match self.image.properties.get(name) {
                Some(value) => value.as_str().into(),
                None if name == "tags" => self.tags.iter().map(Tag::as_str).collect(),
                None => Attribute::named(name)
                    .map(|named| attribute(self.image, named))
                    .ok_or_else(|| Refusal::NoSuchProperty(name.clone()))?,
            },
            Target::Member(name) => self.remove(name)?.as_str().into(),
        };
        self.copied += text_bytes(Some(&value));
        if self.copied > Image::MAX_SIZE {
            return Err(Refusal::TooLarge {
                attempted: self.copied,
                maximum: Image::MAX_SIZE,
            });
        }
        match to {
            Target::Tag(index) => {
                let tag = value
                    .as_str()
                    .and_then(|text| text.parse().ok())
                    .ok_or_else(misfit)?;
                self.insert(*index, tag);
            }
            // The only list is that of the tags, so this copies it onto itself.
            Target::Member(name) if name == "tags" => {
                return if value.is_array() {
                    Ok(())
                } else {
                    Err(misfit())
                };
            }
            Target::Member(name) => {
                schemas::check_member(name, &value).map_err(|_| misfit())?;
                let edit = attributes::edit(name, value).map_err(|_| misfit())?;
                self.rights.may_edit(self.image, &edit)?;
                edit.apply(self.image)?;
                if is_copy && matches!(edit, Edit::Property(..)) {
                    self.quotas
                        .properties
                        .check_properties(self.image.properties.len())?;
                }
            }
        }
        Ok(())
    }

    /// Removes a property. An attribute cannot be removed.
    fn remove(&mut self, name: &str) -> Result<PropertyValue, Refusal> {
        if Attribute::named(name).is_some() {
            return Err(Refusal::NotRemovable(name.to_owned()));
        }
        self.image
            .properties
            .remove(name)
            .ok_or_else(|| Refusal::NoSuchProperty(name.to_owned()))
    }

    fn tag_at(&self, index: usize) -> Result<&Tag, Refusal> {
        self.tags.get(index).ok_or(Refusal::NoTagAt(index))
    }

    fn remove_or_copy_tag(&mut self, index: usize, is_copy: bool) -> Result<Tag, Refusal> {
        let tag = self.tag_at(index)?.clone();
        if !is_copy {
            self.tags.remove(index);
        }
        Ok(tag)
    }

    /// Inserts a tag. An index past the end means the end: another client may have removed a tag in
    /// the meantime, and the order of a set does not matter.
    fn insert(&mut self, index: Option<usize>, tag: Tag) {
        let end = self.tags.len();
        self.tags.insert(index.unwrap_or(end).min(end), tag);
    }

    /// Whether an attribute or a property has this value. Numbers compare numerically (RFC 6902,
    /// 4.6).
    fn has(&self, name: &str, value: Option<&Value>) -> bool {
        let Some(value) = value else { return false };
        match self.image.properties.get(name) {
            Some(text) => value == text.as_str(),
            None => Attribute::named(name).is_some_and(|named| {
                let shown = attribute(self.image, named);
                shown == *value
                    || shown
                        .as_f64()
                        .is_some_and(|number| value.as_f64() == Some(number))
            }),
        }
    }
}

fn is_true(holds: bool, name: impl FnOnce() -> String) -> Result<(), Refusal> {
    if holds {
        Ok(())
    } else {
        Err(Refusal::TestFailed(name()))
    }
}
