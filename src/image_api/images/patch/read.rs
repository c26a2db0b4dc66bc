//! Reads patches from JSON, in the two dialects of Glance.

use strum::{Display, EnumString};

use super::operation::{Operation, Patch, Presence, Target};
use crate::budget::Reservation;
use crate::http::request::{self, JsonBody, Members, Raw};
use crate::image::Attribute;
use crate::image_api::error::Error;
use crate::image_api::images::attributes::{self, GivenValue};

/// The two dialects of a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::image_api) enum Dialect {
    /// v2.0: `{"add": "/name", "value": "x"}`. `add` refuses an existing member.
    V2_0,
    /// v2.1 and RFC 6902: `{"op": "add", "path": "/name", "value": "x"}`.
    V2_1,
}

/// The names of the operations. The dialect v2.0 has the first three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString)]
#[strum(serialize_all = "lowercase")]
enum Name {
    Add,
    Remove,
    Replace,
    Test,
    Move,
    Copy,
}

/// The most operations in one patch. Clients send one per attribute, and at most two per tag.
const MAX_OPERATIONS: usize = 1000;

const NAMES: &str = "add, remove, replace, test, move, copy";

impl Patch {
    /// Reads the patch in a JSON body.
    pub(in crate::image_api::images) fn read(
        body: JsonBody,
        dialect: Dialect,
    ) -> Result<Self, Error> {
        let changes = body.items()?.ok_or_else(|| {
            Error::invalid("Request body must be a JSON array of operation objects.")
        })?;
        let operations = operations(changes, dialect)?;
        Ok(Self {
            operations,
            memory: body.into_memory(),
        })
    }

    /// Reads the patch in these parts of a JSON body, whose memory stays with the body.
    pub(in crate::image_api) fn of(changes: Vec<Raw<'_>>, dialect: Dialect) -> Result<Self, Error> {
        let operations = operations(changes, dialect)?;
        Ok(Self {
            operations,
            memory: Reservation::default(),
        })
    }
}

fn operations(changes: Vec<Raw<'_>>, dialect: Dialect) -> Result<Vec<Operation>, Error> {
    if changes.len() > MAX_OPERATIONS {
        return Err(Error::invalid(format!(
            "A patch has at most {MAX_OPERATIONS} operations."
        )));
    }
    let read = |change: Raw<'_>| {
        if !change.get().starts_with('{') {
            return Err(Error::invalid("Operations must be JSON objects."));
        }
        match dialect {
            Dialect::V2_1 => new_operation(&request::part(change)?),
            Dialect::V2_0 => old_operation(&request::part(change)?),
        }
    };
    changes.into_iter().map(read).collect()
}

fn new_operation(change: &Members<'_>) -> Result<Operation, Error> {
    let op = change.get("op").filter(|op| op.get() != "null").ok_or_else(|| {
        Error::invalid(format!("Unable to find `op` in JSON Schema change. It must be one of the following: {NAMES}."))
    })?;
    let op = request::value(op)?;
    let name: Name = op.as_str().and_then(|op| op.parse().ok()).ok_or_else(|| {
        let op = op.as_str().map_or_else(|| op.to_string(), str::to_owned);
        Error::invalid(format!(
            "Invalid operation: `{op}`. It must be one of the following: {NAMES}."
        ))
    })?;
    let target = target(member(change, "path")?)?;
    match name {
        Name::Test => test(target, value(name, change)?),
        Name::Move | Name::Copy => {
            let from = self::target(member(change, "from")?)?;
            transfer(from, writable(target)?, name == Name::Copy)
        }
        _ => operation(name, writable(target)?, change, Dialect::V2_1),
    }
}

fn old_operation(change: &Members<'_>) -> Result<Operation, Error> {
    let named = |name: Name| Some((name, *change.get(&name.to_string())?));
    let mut named = [Name::Add, Name::Remove, Name::Replace]
        .into_iter()
        .filter_map(named);
    match (named.next(), named.next()) {
        (Some((name, pointer)), None) => {
            operation(name, writable(target(pointer)?)?, change, Dialect::V2_0)
        }
        (None, _) => {
            let text = "Operation objects must contain exactly one member named \"add\", \"remove\", or \"replace\".";
            Err(Error::invalid(text))
        }
        _ => {
            let text = "Operation objects must contain only one member named \"add\", \"remove\", or \"replace\".";
            Err(Error::invalid(text))
        }
    }
}

/// Reads an `add`, `replace` or `remove`.
fn operation(
    name: Name,
    target: Target,
    change: &Members<'_>,
    dialect: Dialect,
) -> Result<Operation, Error> {
    match (name, target) {
        (Name::Remove, Target::Member(member)) => Ok(Operation::Remove(member)),
        (Name::Remove, Target::Tag(Some(index))) => Ok(Operation::RemoveTag(index)),
        (Name::Add, Target::Tag(index)) => Ok(Operation::AddTag(
            index,
            attributes::tag(value(name, change)?)?,
        )),
        (_, Target::Tag(Some(index))) => Ok(Operation::ReplaceTag(
            index,
            attributes::tag(value(name, change)?)?,
        )),
        (_, Target::Tag(None)) => Err(no_tag_at_end()),
        (Name::Add, Target::Member(member))
            if dialect == Dialect::V2_0 && Attribute::named(&member).is_some() =>
        {
            Ok(Operation::AddAgain(member))
        }
        (_, Target::Member(member)) => {
            let presence = match (name, dialect) {
                (Name::Replace, _) => Presence::Present,
                (_, Dialect::V2_0) => Presence::Absent,
                _ => Presence::Any,
            };
            match attributes::given_value(&member, value(name, change)?)? {
                GivenValue::Tags(tags) => Ok(Operation::SetTags(tags)),
                GivenValue::Scalar(value) => {
                    Ok(Operation::Set(attributes::edit(&member, value)?, presence))
                }
            }
        }
    }
}

fn test(target: Target, raw: Raw<'_>) -> Result<Operation, Error> {
    let is_whole = raw.get().starts_with(['[', '{']);
    let value = || {
        if is_whole {
            Ok(None)
        } else {
            request::value(raw).map(Some)
        }
    };
    match target {
        Target::Member(name) if name == "tags" => Ok(Operation::TestTags(attributes::tags(raw)?)),
        Target::Member(name) => Ok(Operation::Test(name, value()?)),
        Target::Tag(Some(index)) => Ok(Operation::TestTag(index, value()?)),
        Target::Tag(None) => Err(no_tag_at_end()),
    }
}

/// Reads a `move` or a `copy`. A client may copy an attribute that it may not set. Whether the
/// value fits its target is known only when the patch is applied.
fn transfer(from: Target, to: Target, is_copy: bool) -> Result<Operation, Error> {
    match &from {
        Target::Tag(None) => return Err(no_tag_at_end()),
        Target::Member(name) if is_copy && Attribute::named(name).is_some() => {}
        Target::Member(name) => attributes::check_name(name)?,
        Target::Tag(Some(_)) => {}
    }
    Ok(Operation::Transfer { from, to, is_copy })
}

/// The error for `-` where a tag is needed: it is the end of the list.
fn no_tag_at_end() -> Error {
    Error::invalid("Invalid JSON pointer for this resource: '/tags/-'")
}

/// Checks that a client may set `target`.
fn writable(target: Target) -> Result<Target, Error> {
    if let Target::Member(name) = &target {
        attributes::check_name(name)?;
    }
    Ok(target)
}

fn member<'a>(change: &Members<'a>, name: &str) -> Result<Raw<'a>, Error> {
    change
        .get(name)
        .copied()
        .ok_or_else(|| Error::invalid(format!("Unable to find '{name}' in JSON Schema change")))
}

fn value<'a>(name: Name, change: &Members<'a>) -> Result<Raw<'a>, Error> {
    change.get("value").copied().ok_or_else(|| {
        Error::invalid(format!(
            "Operation \"{name}\" requires a member named \"value\"."
        ))
    })
}

/// Reads a JSON pointer (RFC 6901). Glance refuses empty parts and trims blanks.
fn target(pointer: Raw<'_>) -> Result<Target, Error> {
    let pointer = request::value(pointer)?;
    let pointer = pointer
        .as_str()
        .ok_or_else(|| Error::invalid(format!("Pointer `{pointer}` is not a string.")))?;
    let error = |what: &str| Err(Error::invalid(format!("Pointer `{pointer}` {what}")));
    let Some(path) = pointer.strip_prefix('/') else {
        return error("does not start with \"/\".");
    };
    let parts: Vec<_> = path.split('/').map(str::trim).collect();
    let [first @ .., last] = parts.as_slice() else {
        return error("does not start with \"/\".");
    };
    if first.contains(&"") {
        return error("contains adjacent \"/\".");
    }
    if !first.is_empty() && last.is_empty() {
        return error("end with \"/\".");
    }
    if path
        .split('~')
        .skip(1)
        .any(|after| !after.starts_with(['0', '1']))
    {
        return error("contains \"~\" not part of a recognized escape sequence.");
    }
    let parts: Vec<_> = parts
        .into_iter()
        .map(|part| part.replace("~1", "/").replace("~0", "~"))
        .collect();
    match parts.as_slice() {
        [member] => Ok(Target::Member(member.clone())),
        [tags, end] if tags == "tags" && end == "-" => Ok(Target::Tag(None)),
        // Glance has locations below this. This service has none.
        [locations, _] if locations == "locations" => Ok(Target::Member(locations.clone())),
        // A number without leading zeros. One that is too large is past the end.
        [tags, index]
            if tags == "tags"
                && index.bytes().all(|byte| byte.is_ascii_digit())
                && (index == "0" || !index.starts_with('0')) =>
        {
            Ok(Target::Tag(Some(index.parse().unwrap_or(usize::MAX))))
        }
        _ => Err(Error::invalid(format!(
            "Invalid JSON pointer for this resource: '/{}'",
            parts.join("/")
        ))),
    }
}
