//! What a client does next, at random.

use fastrand::Rng;

use crate::model::{Operation, Step, Tags};

/// What the operations are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The same few tags, properties and projects for all clients; images are deleted and created again.
    Narrow,
    /// Tags, properties and projects of this client's own, on images that all share.
    Own(usize),
}

/// More than the quota, and what a database likes to take for one another.
const TAGS: [&str; 12] = [
    "a", "A", "a ", "á", "a/b", "😀", "%41", "b", "c", "d", "e", "f",
];

const STATUSES: [&str; 3] = ["pending", "accepted", "rejected"];

impl Mode {
    fn tag(self, rng: &mut Rng) -> String {
        match self {
            Self::Narrow => TAGS[rng.usize(..TAGS.len())].to_owned(),
            Self::Own(client) => format!("c{client}-{}", rng.u8(..3)),
        }
    }

    fn tags(self, rng: &mut Rng) -> Tags {
        (0..rng.u8(..10)).map(|_| self.tag(rng)).collect()
    }

    fn property(self, rng: &mut Rng) -> String {
        match self {
            Self::Narrow => format!("p{}", rng.u8(..7)),
            Self::Own(client) => format!("c{client}-p{}", rng.u8(..2)),
        }
    }

    fn project(self, rng: &mut Rng) -> String {
        match self {
            Self::Narrow => format!("m{}", rng.u8(..5)),
            Self::Own(client) => format!("c{client}-m"),
        }
    }

    fn step(self, rng: &mut Rng) -> Step {
        match rng.u8(..12) {
            0..3 if self == Self::Narrow => Step::SetTags(self.tags(rng)),
            0..5 => Step::AddTag(self.tag(rng)),
            5..9 => Step::Set(self.property(rng), value(rng)),
            9 => Step::Replace(self.property(rng), value(rng)),
            10 => Step::Remove(self.property(rng)),
            _ => Step::Test(self.property(rng), value(rng)),
        }
    }
}

/// One that comes again, so that a test can succeed, or one that does not.
fn value(rng: &mut Rng) -> String {
    if rng.bool() {
        rng.u8(..4).to_string()
    } else {
        rng.u32(..).to_string()
    }
}

/// The next operation of a client.
pub(crate) fn operation(rng: &mut Rng, mode: Mode) -> Operation {
    match rng.u8(..100) {
        0..28 => Operation::PutTag(mode.tag(rng)),
        28..43 => Operation::DeleteTag(mode.tag(rng)),
        43..50 if mode == Mode::Narrow => Operation::Patch(vec![Step::SetTags(mode.tags(rng))]),
        43..66 => Operation::Patch((0..rng.u8(1..5)).map(|_| mode.step(rng)).collect()),
        66..71 => Operation::AddMember(mode.project(rng)),
        71..75 => Operation::SetMember(mode.project(rng), STATUSES[rng.usize(..3)]),
        75..79 => Operation::RemoveMember(mode.project(rng)),
        79..85 => Operation::Members,
        85..87 => Operation::List(mode.tag(rng)),
        87 if mode == Mode::Narrow && rng.bool() => Operation::Delete,
        88..92 if mode == Mode::Narrow => Operation::Create(Tags::from([mode.tag(rng)]), [].into()),
        _ => Operation::Show,
    }
}
