//! `PATCH` of an image: the operations of a JSON patch, read from a request and applied to an image.
//!
//! Both forms that Glance takes are here: v2.1 (RFC 6902: `{"op": "add", "path": "/name", "value": "x"}`) and the older
//! v2.0 (`{"add": "/name", "value": "x"}`); and what Glance refuses: `test`, and pointers to one tag, which are what
//! generators of patches write.

use std::collections::BTreeSet;

use serde_json::Value;

use super::attributes;
use super::view::ImageView;
use crate::api::error::Error;
use crate::identity::Identity;
use crate::image::{ATTRIBUTES, Edit, Image, Quota, Refusal, Tag};
use crate::policy;

/// The two forms of a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// v2.0: the operation is the name of the member that holds the pointer; `add` refuses what is there.
    Old,
    /// v2.1 and RFC 6902.
    New,
}

/// A patch.
#[derive(Debug)]
pub(super) struct Patch(Vec<Operation>);

#[derive(Debug)]
enum Operation {
    /// Gives an attribute or a property a value.
    Set(Edit, Presence),
    /// Adds an attribute, which every image has, where that is a conflict.
    AddAgain(String),
    /// Removes a property, or fails to remove an attribute.
    Remove(String),
    SetTags(BTreeSet<Tag>),
    AddTag(Tag),
    ReplaceTag(usize, Tag),
    RemoveTag(usize),
    /// Compares what is at a pointer: an attribute or property, or one tag of it.
    Test(String, Option<usize>, Value),
}

/// What must be true of a property before it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Any,
    Present,
    Absent,
}

const NAMES: [&str; 4] = ["add", "remove", "replace", "test"];

/// How many quotas a patch is held against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quotas {
    pub(super) tags: Quota,
    pub(super) properties: Quota,
}

impl Patch {
    /// The patch in a JSON body.
    pub(super) fn read(body: &Value, form: Form) -> Result<Self, Error> {
        let invalid = |text: &'static str| Error::Invalid(text.into());
        let changes = body.as_array().ok_or(invalid("Request body must be a JSON array of operation objects."))?;
        let read = |change: &Value| {
            if !change.is_object() {
                return Err(invalid("Operations must be JSON objects."));
            }
            let (name, pointer) = match form {
                Form::New => name_and_pointer(change)?,
                Form::Old => old_name_and_pointer(change)?,
            };
            operation(name, &pointer, change.get("value"), form)
        };
        changes.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Applies the patch to `image` as far as `identity` may. An empty one needs no more than to see the image.
    pub(super) fn apply(&self, identity: &Identity, image: &mut Image, quotas: Quotas) -> Result<(), Refusal> {
        policy::may_see(identity, image)?;
        let before = (image.tags.clone(), image.properties.len());
        // Pointers to tags count places in the list as it is shown, and as operations change it.
        let mut tags: Vec<Tag> = image.tags.iter().cloned().collect();
        for operation in &self.0 {
            if let Operation::Set(edit, _) = operation {
                policy::may_edit(identity, image, edit)?;
            }
            policy::may_change(identity, image)?;
            operation.apply(image, &mut tags)?;
            image.tags = tags.iter().cloned().collect();
        }
        let after = std::mem::replace(&mut image.tags, before.0);
        image.set_tags(after, quotas.tags)?;
        if image.properties.len() > before.1 {
            quotas.properties.allow_properties(image.properties.len())?;
        }
        Ok(())
    }
}

impl Operation {
    fn apply(&self, image: &mut Image, tags: &mut Vec<Tag>) -> Result<(), Refusal> {
        match self {
            Self::Set(edit, presence) => {
                if let Edit::Property(name, _) = edit {
                    presence.check(name, image.properties.contains_key(name))?;
                }
                edit.apply(image)
            }
            Self::AddAgain(name) => Err(Refusal::PropertyExists(name.clone())),
            Self::Remove(name) if ATTRIBUTES.contains(&name.as_str()) => Err(Refusal::NotRemovable(name.clone())),
            Self::Remove(name) => match image.properties.remove(name) {
                Some(_) => Ok(()),
                None => Err(Refusal::NoSuchProperty(name.clone())),
            },
            Self::SetTags(wanted) => {
                *tags = wanted.iter().cloned().collect();
                Ok(())
            }
            Self::AddTag(tag) => {
                tags.push(tag.clone());
                Ok(())
            }
            Self::ReplaceTag(place, tag) => {
                *tags.get_mut(*place).ok_or(Refusal::NoTagAt(*place))? = tag.clone();
                Ok(())
            }
            Self::RemoveTag(place) if *place < tags.len() => {
                tags.remove(*place);
                Ok(())
            }
            Self::RemoveTag(place) => Err(Refusal::NoTagAt(*place)),
            Self::Test(name, place, value) => {
                let shown = match place {
                    Some(place) => tags.get(*place).map(|tag| Value::from(tag.as_str())),
                    None => serde_json::to_value(ImageView(image)).ok().and_then(|image| image.get(name).cloned()),
                };
                if shown.as_ref() == Some(value) { Ok(()) } else { Err(Refusal::TestFailed(name.clone())) }
            }
        }
    }
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

/// The operation `name` on what `pointer` points to.
fn operation(name: &str, pointer: &str, value: Option<&Value>, form: Form) -> Result<Operation, Error> {
    let path = decode(pointer)?;
    let invalid_pointer =
        || Error::Invalid(format!("Invalid JSON pointer for this resource: '/{}'", path.join("/")).into());
    let needed = || {
        value.ok_or_else(|| Error::Invalid(format!("Operation \"{name}\" requires a member named \"value\".").into()))
    };
    let (attribute, place) = match path.as_slice() {
        [attribute] => (attribute.as_str(), None),
        [tags, place] if tags == "tags" => ("tags", Some(place.as_str())),
        _ => return Err(invalid_pointer()),
    };
    if name != "test" {
        attributes::check_name(attribute)?;
    }
    let index = |place: &str| place.parse::<usize>().map_err(|_| invalid_pointer());
    match (name, attribute, place) {
        ("test", name, place) => Ok(Operation::Test(name.to_owned(), place.map(index).transpose()?, needed()?.clone())),
        ("add", _, Some("-")) => Ok(Operation::AddTag(attributes::tag(needed()?)?)),
        // A list of tags is a set: the place says nothing.
        ("add", _, Some(place)) => index(place).and(Ok(Operation::AddTag(attributes::tag(needed()?)?))),
        ("replace", _, Some(place)) => Ok(Operation::ReplaceTag(index(place)?, attributes::tag(needed()?)?)),
        ("remove", _, Some(place)) => Ok(Operation::RemoveTag(index(place)?)),
        ("remove", name, None) => Ok(Operation::Remove(name.to_owned())),
        ("add", attribute, None) if form == Form::Old && ATTRIBUTES.contains(&attribute) => {
            Ok(Operation::AddAgain(attribute.to_owned()))
        }
        (_, "tags", None) => Ok(Operation::SetTags(attributes::tags(needed()?)?)),
        (_, attribute, Some(_)) => Err(Error::Invalid(format!("{attribute} is not a list.").into())),
        (_, attribute, None) => {
            let presence = match (name, form) {
                ("replace", _) => Presence::Present,
                (_, Form::Old) => Presence::Absent,
                _ => Presence::Any,
            };
            Ok(Operation::Set(attributes::edit(attribute, needed()?)?, presence))
        }
    }
}

fn name_and_pointer(change: &Value) -> Result<(&'static str, String), Error> {
    let names = NAMES.join(", ");
    let name = change.get("op").filter(|name| !name.is_null()).ok_or_else(|| {
        Error::Invalid(
            format!("Unable to find `op` in JSON Schema change. It must be one of the following: {names}.").into(),
        )
    })?;
    let known = NAMES.into_iter().find(|known| name == known).ok_or_else(|| {
        let name = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
        Error::Invalid(format!("Invalid operation: `{name}`. It must be one of the following: {names}.").into())
    })?;
    let pointer = change.get("path").ok_or(Error::Invalid("Unable to find 'path' in JSON Schema change".into()))?;
    Ok((known, text_of(pointer)?))
}

fn old_name_and_pointer(change: &Value) -> Result<(&'static str, String), Error> {
    let mut named = NAMES.into_iter().take(3).filter(|name| change.get(name).is_some());
    match (named.next(), named.next()) {
        (Some(name), None) => Ok((name, text_of(&change[name])?)),
        (None, _) => Err(Error::Invalid(
            "Operation objects must contain exactly one member named \"add\", \"remove\", or \"replace\".".into(),
        )),
        _ => Err(Error::Invalid(
            "Operation objects must contain only one member named \"add\", \"remove\", or \"replace\".".into(),
        )),
    }
}

fn text_of(pointer: &Value) -> Result<String, Error> {
    let text = pointer.as_str().map(str::to_owned);
    text.ok_or_else(|| Error::Invalid(format!("Pointer `{pointer}` is not a string.").into()))
}

/// The parts of a JSON pointer (RFC 6901). Glance takes no empty ones, and trims blanks.
fn decode(pointer: &str) -> Result<Vec<String>, Error> {
    let fault = |what: &str| Err(Error::Invalid(format!("Pointer `{pointer}` {what}").into()));
    let Some(path) = pointer.strip_prefix('/') else { return fault("does not start with \"/\".") };
    let parts: Vec<_> = path.split('/').map(str::trim).collect();
    if parts.len() > 2 && parts[1..parts.len() - 1].contains(&"") || parts.len() > 1 && parts[0].is_empty() {
        return fault("contains adjacent \"/\".");
    }
    if parts.len() > 1 && parts[parts.len() - 1].is_empty() {
        return fault("end with \"/\".");
    }
    if path.split('~').skip(1).any(|after| !after.starts_with(['0', '1'])) {
        return fault("contains \"~\" not part of a recognized escape sequence.");
    }
    Ok(parts.into_iter().map(|part| part.replace("~1", "/").replace("~0", "~")).collect())
}
