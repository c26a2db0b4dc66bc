//! What the histories of all images say: of whole images, or of each client's own part in them.

use crate::answer::{Answer, Seen};
use crate::check::check;
use crate::model::{Image, Operation, State};
use crate::record::{End, Record};
use crate::tally::Entry;

/// Checks each image as a whole, from its state before.
pub(crate) fn of_images(before: &[State], entries: &[Entry]) -> Result<(), String> {
    for (image, before) in before.iter().enumerate() {
        let history = entries
            .iter()
            .filter(|entry| entry.image == image)
            .map(|entry| &entry.record);
        check(before, history).map_err(|error| format!("image {image}: {error}"))?;
    }
    Ok(())
}

/// Checks what each client made of its own tags, properties and project on each image. All clients have looked at it.
pub(crate) fn of_parts(images: usize, clients: usize, entries: &[Entry]) -> Result<(), String> {
    for image in 0..images {
        let entries: Vec<_> = entries
            .iter()
            .filter(|entry| entry.image == image)
            .collect();
        for owner in 0..clients {
            let prefix = format!("c{owner}-");
            let part = |entry: &&&Entry| {
                entry.client == owner || is_about(&entry.record.operation, &prefix)
            };
            let history: Vec<_> = entries
                .iter()
                .filter(part)
                .map(|entry| only(&entry.record, &prefix))
                .collect();
            check(&Some(Image::default()), &history)
                .map_err(|error| format!("image {image}, of client {owner}: {error}"))?;
        }
        if let Some(stranger) = entries
            .iter()
            .find_map(|entry| stranger(&entry.record, clients))
        {
            return Err(format!("image {image} has what nobody sent: {stranger}"));
        }
    }
    Ok(())
}

/// Whether an operation of another client tells something of the keys with this prefix.
fn is_about(operation: &Operation, prefix: &str) -> bool {
    match operation {
        Operation::Show | Operation::Members => true,
        Operation::List(tag) => tag.starts_with(prefix),
        _ => false,
    }
}

/// The record as if there was nothing but the keys with this prefix.
fn only(record: &Record, prefix: &str) -> Record {
    let mut record = record.clone();
    if let End::Answered(_, Answer { seen, .. }) = &mut record.end {
        match seen {
            Seen::Image(tags, properties) => {
                tags.retain(|tag| tag.starts_with(prefix));
                properties.retain(|name, _| name.starts_with(prefix));
            }
            Seen::Members(members) => members.retain(|project, _| project.starts_with(prefix)),
            Seen::Nothing | Seen::Member(_) => {}
        }
    }
    record
}

/// A key in an answer that is none of the clients'.
fn stranger(record: &Record, clients: usize) -> Option<String> {
    let End::Answered(_, answer) = &record.end else {
        return None;
    };
    let keys: Vec<&String> = match &answer.seen {
        Seen::Image(tags, properties) => tags.iter().chain(properties.keys()).collect(),
        Seen::Members(members) => members.keys().collect(),
        Seen::Nothing | Seen::Member(_) => Vec::new(),
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
