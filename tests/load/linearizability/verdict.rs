//! Checks the histories of all images: of all together, of each image as a whole, or of each
//! client's own keys in it.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use super::answer::{Answer, Content};
use super::checker::check;
use super::history::{Entry, Outcome, Record};
use super::image::{Image, State};
use super::model::Images;
use super::operation::Operation;

/// Checks all images together, from their states before: what is taken from one image and put on
/// another is so at one instant. It is feasible only for few clients.
pub(crate) fn check_project(before: &[State], entries: &[Entry]) -> Result<(), String> {
    check(
        &numbered(before, 0),
        entries.iter().map(|entry| &entry.record),
    )
}

/// The images that exist, the first with the number `first`.
fn numbered(states: &[State], first: usize) -> Images {
    let images = states.iter().zip(first..);
    let existing = images.filter_map(|(state, number)| Some((number, state.clone()?)));
    existing.collect()
}

/// Checks each image as a whole, from its state before.
pub(crate) fn check_images(before: &[State], entries: &[Entry]) -> Result<(), String> {
    for image in 0..before.len() {
        let history = entries
            .iter()
            .map(|entry| &entry.record)
            .filter(|record| record.image == image);
        check(&numbered(&before[image..=image], image), history)
            .map_err(|error| format!("image {image}: {error}"))?;
    }
    Ok(())
}

/// Checks each client's own tags, properties and member on each image, as all clients observed
/// them. With `may_lose`, an operation without an answer may vanish after others have seen it: what
/// they saw while its client waited is not checked.
pub(crate) fn check_key_spaces(
    images: usize,
    clients: usize,
    entries: &[Entry],
    may_lose: bool,
) -> Result<(), String> {
    let waits = if may_lose {
        waits(entries)
    } else {
        Waits::new()
    };
    for image in 0..images {
        let entries: Vec<_> = entries
            .iter()
            .filter(|entry| entry.record.image == image)
            .collect();
        for owner in 0..clients {
            let prefix = format!("c{owner}-");
            let waits = waits.get(&(image, owner)).map_or(&[][..], Vec::as_slice);
            let is_sure = |entry: &Entry| !is_during(&entry.record, waits);
            let is_relevant = |entry: &&&Entry| {
                entry.client == owner
                    || observes(&entry.record.operation, &prefix) && is_sure(entry)
            };
            let history: Vec<_> = entries
                .iter()
                .filter(is_relevant)
                .map(|entry| restricted(&entry.record, &prefix))
                .collect();
            check(&[(image, Image::default())].into(), &history)
                .map_err(|error| format!("image {image}, of client {owner}: {error}"))?;
        }
        if let Some(key) = entries
            .iter()
            .find_map(|entry| unknown_key(&entry.record, clients))
        {
            return Err(format!(
                "image {image} has a key that no client sent: {key}"
            ));
        }
    }
    Ok(())
}

/// From when to when clients waited for operations that have got no answer, by the image and the
/// client.
type Waits = HashMap<(usize, usize), Vec<RangeInclusive<u64>>>;

fn waits(entries: &[Entry]) -> Waits {
    let mut calls = HashMap::<_, Vec<_>>::new();
    for Entry { client, record } in entries {
        calls.entry(*client).or_default().push(record.called_at);
    }
    for calls in calls.values_mut() {
        calls.sort_unstable();
    }
    let mut waits = Waits::new();
    for Entry { client, record } in entries {
        if record.operation.is_read() || matches!(record.outcome, Outcome::Answered(..)) {
            continue;
        }
        let (start, calls) = (record.called_at, &calls[client]);
        let next = calls.partition_point(|time| *time <= start);
        let end = calls.get(next).copied().unwrap_or(u64::MAX);
        waits
            .entry((record.image, *client))
            .or_default()
            .push(start..=end);
    }
    waits
}

/// Whether the record was answered, or called, during one of the waits.
fn is_during(record: &Record, waits: &[RangeInclusive<u64>]) -> bool {
    let returned_at = match record.outcome {
        Outcome::Answered(time, _) | Outcome::UnknownUntil(time) => time,
        Outcome::Unknown => u64::MAX,
    };
    waits
        .iter()
        .any(|wait| record.called_at <= *wait.end() && returned_at >= *wait.start())
}

/// Whether an operation of another client can observe the keys with this prefix.
fn observes(operation: &Operation, prefix: &str) -> bool {
    match operation {
        Operation::Show | Operation::Members => true,
        Operation::List(tag) => tag.starts_with(prefix),
        _ => false,
    }
}

/// The record without the keys that lack this prefix.
fn restricted(record: &Record, prefix: &str) -> Record {
    let mut record = record.clone();
    if let Outcome::Answered(_, Answer { content, .. }) = &mut record.outcome {
        match content {
            Content::Image(tags, properties) => {
                tags.retain(|tag| tag.starts_with(prefix));
                properties.retain(|name, _| name.starts_with(prefix));
            }
            Content::Members(members) => members.retain(|project, _| project.starts_with(prefix)),
            Content::Nothing
            | Content::Member(_)
            | Content::Tags(_)
            | Content::Images(_)
            | Content::TakenFrom(_) => {}
        }
    }
    record
}

/// A key in an answer that belongs to no client.
fn unknown_key(record: &Record, clients: usize) -> Option<String> {
    let Outcome::Answered(_, answer) = &record.outcome else {
        return None;
    };
    let keys: Vec<&String> = match &answer.content {
        Content::Image(tags, properties) => tags.iter().chain(properties.keys()).collect(),
        Content::Members(members) => members.keys().collect(),
        _ => Vec::new(),
    };
    let owner = |key: &str| {
        key.strip_prefix('c')?
            .split_once('-')?
            .0
            .parse::<usize>()
            .ok()
    };
    keys.into_iter()
        .find(|key| owner(key).is_none_or(|owner| owner >= clients))
        .cloned()
}
