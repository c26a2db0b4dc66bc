//! An image as the checker knows it, and the answer that the service owes to each operation on it.

use std::collections::{BTreeMap, BTreeSet};

use crate::answer::{Answer, Seen};

pub(crate) type Tags = BTreeSet<String>;
pub(crate) type Texts = BTreeMap<String, String>;

/// The quotas that the service runs with: small, so that they are reached all the time.
pub(crate) const MOST_TAGS: usize = 8;
pub(crate) const MOST_PROPERTIES: usize = 5;
pub(crate) const MOST_MEMBERS: usize = 3;

/// An image, or none with this id.
pub(crate) type State = Option<Image>;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Image {
    pub(crate) tags: Tags,
    pub(crate) properties: Texts,
    /// What each project said to the image.
    pub(crate) members: Texts,
}

#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Create(Tags, Texts),
    Delete,
    PutTag(String),
    DeleteTag(String),
    Patch(Vec<Step>),
    AddMember(String),
    SetMember(String, &'static str),
    RemoveMember(String),
    Show,
    Members,
    /// Whether the image is in the list of those with this tag.
    List(String),
}

/// A step of a patch.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    SetTags(Tags),
    AddTag(String),
    Set(String, String),
    Replace(String, String),
    Remove(String),
    Test(String, String),
}

impl Operation {
    /// Whether it leaves everything as it is.
    pub(crate) fn only_reads(&self) -> bool {
        matches!(self, Self::Show | Self::Members | Self::List(_))
    }

    /// What it makes of `state`, and its answer.
    pub(crate) fn apply(&self, state: &mut State) -> Answer {
        if let (Self::Create(tags, properties), None) = (self, &state) {
            let image = Image {
                tags: tags.clone(),
                properties: properties.clone(),
                members: Texts::new(),
            };
            return Answer::image(201, state.insert(image));
        }
        if let (Self::Delete, Some(_)) = (self, &state) {
            *state = None;
            return Answer::empty(204);
        }
        match state {
            Some(image) => self.apply_to(image),
            None if matches!(self, Self::List(_)) => Answer::empty(200),
            None => Answer::empty(404),
        }
    }

    fn apply_to(&self, image: &mut Image) -> Answer {
        let done = |is_done| Answer::empty(if is_done { 204 } else { 404 });
        match self {
            Self::Create(..) => Answer::empty(409),
            Self::Delete => unreachable!("the state is not an image's any more"),
            Self::PutTag(tag) if !image.tags.contains(tag) && image.tags.len() == MOST_TAGS => {
                Answer::empty(413)
            }
            Self::PutTag(tag) => {
                image.tags.insert(tag.clone());
                Answer::empty(204)
            }
            Self::DeleteTag(tag) => done(image.tags.remove(tag)),
            Self::Patch(steps) => patch(image, steps),
            Self::AddMember(project) if image.members.contains_key(project) => Answer::empty(409),
            Self::AddMember(_) if image.members.len() == MOST_MEMBERS => Answer::empty(413),
            Self::AddMember(project) => {
                image.members.insert(project.clone(), "pending".to_owned());
                Answer::member("pending")
            }
            Self::SetMember(project, status) => match image.members.get_mut(project) {
                None => Answer::empty(404),
                Some(said) => {
                    (*status).clone_into(said);
                    Answer::member(status)
                }
            },
            Self::RemoveMember(project) => done(image.members.remove(project).is_some()),
            Self::Members => Answer {
                status: 200,
                seen: Seen::Members(image.members.clone()),
            },
            Self::List(tag) if !image.tags.contains(tag) => Answer::empty(200),
            Self::Show | Self::List(_) => Answer::image(200, image),
        }
    }
}

/// All of the steps, or none of them.
fn patch(image: &mut Image, steps: &[Step]) -> Answer {
    let mut patched = image.clone();
    let properties = &mut patched.properties;
    for step in steps {
        let is_done = match step {
            Step::SetTags(tags) => {
                patched.tags.clone_from(tags);
                true
            }
            Step::AddTag(tag) => {
                patched.tags.insert(tag.clone());
                true
            }
            Step::Replace(name, _) if !properties.contains_key(name) => false,
            Step::Set(name, value) | Step::Replace(name, value) => {
                properties.insert(name.clone(), value.clone());
                true
            }
            Step::Remove(name) => properties.remove(name).is_some(),
            Step::Test(name, value) => properties.get(name) == Some(value),
        };
        if !is_done {
            return Answer::empty(409);
        }
    }
    let has_more = properties.len() > image.properties.len();
    if patched.tags.len() > MOST_TAGS || has_more && properties.len() > MOST_PROPERTIES {
        return Answer::empty(413);
    }
    *image = patched;
    Answer::image(200, image)
}
