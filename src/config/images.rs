//! `[[images]]`: the images that a new store starts with.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::identity::ProjectId;
use crate::image::{Image, ImageId, Member, MemberStatus, Status, Visibility};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: Option<String>,
    owner: Option<ProjectId>,
    #[serde(default = "shared")]
    visibility: Visibility,
    #[serde(default = "active")]
    status: Status,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    members: BTreeMap<ProjectId, MemberStatus>,
    #[serde(default)]
    properties: BTreeMap<String, String>,
    #[serde(default)]
    created_at: Option<Timestamp>,
    disk_format: Option<String>,
    container_format: Option<String>,
    #[serde(default)]
    min_disk: u32,
    #[serde(default)]
    min_ram: u32,
    #[serde(default)]
    protected: bool,
    #[serde(default)]
    os_hidden: bool,
}

fn shared() -> Visibility {
    Visibility::Shared
}

fn active() -> Status {
    Status::Active
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Image>, D::Error> {
    let mut ids = HashSet::new();
    let entries = Vec::<toml::Table>::deserialize(deserializer)?;
    let image = |(index, entry): (usize, toml::Table)| {
        let named = entry
            .get("id")
            .or(entry.get("name"))
            .and_then(toml::Value::as_str)
            .unwrap_or("no id")
            .to_owned();
        read(entry)
            .and_then(|image| {
                if ids.insert(image.id()) {
                    Ok(image)
                } else {
                    Err("the id is there already".to_owned())
                }
            })
            .map_err(|fault| D::Error::custom(format!("images[{index}] ({named:?}): {fault}")))
    };
    entries.into_iter().enumerate().map(image).collect()
}

fn read(entry: toml::Table) -> Result<Image, String> {
    let entry: Entry = entry
        .try_into()
        .map_err(|error: toml::de::Error| error.message().to_owned())?;
    let id: ImageId = entry.id.parse().map_err(|error| format!("{error}"))?;
    let tag = |text: &String| {
        text.parse()
            .map_err(|error| format!("tag {text:?}: {error}"))
    };
    let mut image = Image::new(id, entry.created_at.unwrap_or_else(Timestamp::now));
    image.tags = entry
        .tags
        .iter()
        .map(tag)
        .collect::<Result<BTreeSet<_>, _>>()?;
    image.name = entry.name;
    image.owner = entry.owner;
    image.visibility = entry.visibility;
    image.status = entry.status;
    let created_at = image.created_at();
    let member = |(project, status)| (project, Member::new(status, created_at));
    image.members = entry.members.into_iter().map(member).collect();
    image.properties = entry.properties.into();
    image.disk_format = entry.disk_format;
    image.container_format = entry.container_format;
    image.min_disk = entry.min_disk;
    image.min_ram = entry.min_ram;
    image.protected = entry.protected;
    image.hidden = entry.os_hidden;
    image.storable().map_err(|refusal| refusal.to_string())
}
