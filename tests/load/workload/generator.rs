//! Generates random operations.

use fastrand::Rng;

use crate::linearizability::{HELD_TAG, MOVING_TAGS, Operation, Step, Tags};

/// The tags, properties and members that a client uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeySpace {
    /// The same few keys for all clients. Images are also deleted and recreated.
    Shared,
    /// Likewise, with exclusive tags among them, and promotions.
    Exclusive,
    /// Keys of this client's own, on images that all clients share.
    OfClient(usize),
}

/// More tags than the quota, some of which a database may mistake for one another.
const TAGS: [&str; 12] = [
    "a", "A", "a ", "á", "a/b", "😀", "%41", "b", "c", "d", "e", "f",
];

const STATUSES: [&str; 3] = ["pending", "accepted", "rejected"];

impl KeySpace {
    fn tag(self, rng: &mut Rng) -> String {
        match self {
            Self::Exclusive if rng.u8(..4) > 0 => exclusive_tag(rng),
            Self::Shared | Self::Exclusive => TAGS[rng.usize(..TAGS.len())].to_owned(),
            Self::OfClient(client) => format!("c{client}-{}", rng.u8(..3)),
        }
    }

    fn tags(self, rng: &mut Rng) -> Tags {
        (0..rng.u8(..10)).map(|_| self.tag(rng)).collect()
    }

    fn property(self, rng: &mut Rng) -> String {
        match self {
            Self::Shared | Self::Exclusive => format!("p{}", rng.u8(..7)),
            Self::OfClient(client) => format!("c{client}-p{}", rng.u8(..2)),
        }
    }

    fn project(self, rng: &mut Rng) -> String {
        match self {
            Self::Shared | Self::Exclusive => format!("m{}", rng.u8(..5)),
            Self::OfClient(client) => format!("c{client}-m"),
        }
    }

    fn step(self, rng: &mut Rng) -> Step {
        match rng.u8(..12) {
            0..3 if self == Self::Shared => Step::SetTags(self.tags(rng)),
            0..5 => Step::AddTag(self.tag(rng)),
            5..9 => Step::Set(self.property(rng), value(rng)),
            9 => Step::Replace(self.property(rng), value(rng)),
            10 => Step::Remove(self.property(rng)),
            _ => Step::Test(self.property(rng), value(rng)),
        }
    }
}

/// One of a few values, so that a `test` can succeed, or one of many.
fn value(rng: &mut Rng) -> String {
    if rng.bool() {
        rng.u8(..4).to_string()
    } else {
        rng.u32(..).to_string()
    }
}

fn exclusive_tag(rng: &mut Rng) -> String {
    let tag = [MOVING_TAGS[0], MOVING_TAGS[1], HELD_TAG][rng.usize(..3)];
    tag.to_owned()
}

/// The next operation of a client.
pub(super) fn operation(rng: &mut Rng, keys: KeySpace) -> Operation {
    if keys == KeySpace::Exclusive {
        return on_exclusive_tags(rng);
    }
    match rng.u8(..100) {
        0..28 => Operation::PutTag(keys.tag(rng)),
        28..43 => Operation::DeleteTag(keys.tag(rng)),
        43..50 if keys == KeySpace::Shared => Operation::Patch(vec![Step::SetTags(keys.tags(rng))]),
        43..66 => Operation::Patch((0..rng.u8(1..5)).map(|_| keys.step(rng)).collect()),
        66..71 => Operation::AddMember(keys.project(rng)),
        71..75 => Operation::SetMember(keys.project(rng), STATUSES[rng.usize(..3)]),
        75..79 => Operation::RemoveMember(keys.project(rng)),
        79..85 => Operation::Members,
        85..87 => Operation::List(keys.tag(rng)),
        87 if keys == KeySpace::Shared && rng.bool() => Operation::Delete,
        88..92 if keys == KeySpace::Shared => {
            Operation::Create(Tags::from([keys.tag(rng)]), [].into())
        }
        _ => Operation::Show,
    }
}

/// The next operation of a client of exclusive tags. Most operations move one or show where it is.
fn on_exclusive_tags(rng: &mut Rng) -> Operation {
    let keys = KeySpace::Exclusive;
    match rng.u8(..100) {
        0..22 => Operation::Promote(exclusive_tag(rng)),
        22..36 => Operation::PutTag(keys.tag(rng)),
        36..43 => Operation::DeleteTag(keys.tag(rng)),
        43..53 => {
            let added = keys.tags(rng);
            // A tag that is in both lists is an error.
            let removed = &keys.tags(rng) - &added;
            Operation::EditTags(added, removed)
        }
        53..66 => Operation::Patch(vec![Step::SetTags(keys.tags(rng))]),
        66..72 => Operation::Patch((0..rng.u8(1..4)).map(|_| keys.step(rng)).collect()),
        72..74 => Operation::Delete,
        74..82 => Operation::Create(keys.tags(rng).into_iter().take(1).collect(), [].into()),
        82..92 => Operation::Carriers(exclusive_tag(rng)),
        _ => Operation::Show,
    }
}
