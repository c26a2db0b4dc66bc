//! The sequential specification: a model of one image, and the correct answer to each operation on
//! it.

use super::answer::{Answer, Content, Tags, Texts};

/// The quotas of the service under test: small, so that clients often reach them.
pub(crate) const MAX_TAGS: usize = 8;
pub(crate) const MAX_PROPERTIES: usize = 5;
pub(crate) const MAX_MEMBERS: usize = 3;

/// The image, or `None` if it does not exist.
pub(crate) type State = Option<Image>;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Image {
    pub(crate) tags: Tags,
    pub(crate) properties: Texts,
    /// The status of each member, by its project.
    pub(crate) members: Texts,
}

/// An operation of the API on one image.
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
    /// Whether the list of the images with this tag contains the image.
    List(String),
}

/// One operation of a JSON patch.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    SetTags(Tags),
    AddTag(String),
    Set(String, String),
    Replace(String, String),
    Remove(String),
    Test(String, String),
}

impl Image {
    /// The answer that shows the image.
    fn answer(&self, status: u16) -> Answer {
        Answer {
            status,
            content: Content::Image(self.tags.clone(), self.properties.clone()),
        }
    }
}

impl Operation {
    /// Whether the operation changes no state, whatever its answer.
    pub(crate) fn is_read(&self) -> bool {
        matches!(self, Self::Show | Self::Members | Self::List(_))
    }

    /// Applies the operation to `state` and returns the correct answer.
    pub(crate) fn apply(&self, state: &mut State) -> Answer {
        if let (Self::Create(tags, properties), None) = (self, &state) {
            let image = Image {
                tags: tags.clone(),
                properties: properties.clone(),
                members: Texts::new(),
            };
            return state.insert(image).answer(201);
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
            Self::Delete => unreachable!("`apply` has deleted the image"),
            Self::PutTag(tag) if !image.tags.contains(tag) && image.tags.len() == MAX_TAGS => {
                Answer::empty(413)
            }
            Self::PutTag(tag) => {
                image.tags.insert(tag.clone());
                Answer::empty(204)
            }
            Self::DeleteTag(tag) => done(image.tags.remove(tag)),
            Self::Patch(steps) => patch(image, steps),
            Self::AddMember(project) if image.members.contains_key(project) => Answer::empty(409),
            Self::AddMember(_) if image.members.len() == MAX_MEMBERS => Answer::empty(413),
            Self::AddMember(project) => {
                image.members.insert(project.clone(), "pending".to_owned());
                member("pending")
            }
            Self::SetMember(project, status) => match image.members.get_mut(project) {
                None => Answer::empty(404),
                Some(current) => {
                    (*status).clone_into(current);
                    member(status)
                }
            },
            Self::RemoveMember(project) => done(image.members.remove(project).is_some()),
            Self::Members => Answer {
                status: 200,
                content: Content::Members(image.members.clone()),
            },
            Self::List(tag) if !image.tags.contains(tag) => Answer::empty(200),
            Self::Show | Self::List(_) => image.answer(200),
        }
    }
}

fn member(status: &str) -> Answer {
    Answer {
        status: 200,
        content: Content::Member(status.to_owned()),
    }
}

/// Applies all steps, or none of them.
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
    if patched.tags.len() > MAX_TAGS || has_more && properties.len() > MAX_PROPERTIES {
        return Answer::empty(413);
    }
    *image = patched;
    image.answer(200)
}
