//! The sequential specification of one image by itself: its state, and the correct answer to each
//! operation on it.

use super::answer::{Answer, Content, Tags, Texts};
use super::operation::{Operation, Step};

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

impl Image {
    /// The answer that shows the image.
    fn answer(&self, status: u16) -> Answer {
        Answer {
            status,
            content: Content::Image(self.tags.clone(), self.properties.clone()),
        }
    }
}

/// Applies the operation to `state`, which is all that it depends on, and returns the correct
/// answer.
pub(super) fn apply(operation: &Operation, state: &mut State) -> Answer {
    if let (Operation::Create(tags, properties), None) = (operation, &state) {
        let image = Image {
            tags: tags.clone(),
            properties: properties.clone(),
            members: Texts::new(),
        };
        return state.insert(image).answer(201);
    }
    if let (Operation::Delete, Some(_)) = (operation, &state) {
        *state = None;
        return Answer::empty(204);
    }
    match state {
        Some(image) => apply_to(operation, image),
        None if matches!(operation, Operation::List(_)) => Answer::empty(200),
        None => Answer::empty(404),
    }
}

fn apply_to(operation: &Operation, image: &mut Image) -> Answer {
    let done = |is_done| Answer::empty(if is_done { 204 } else { 404 });
    match operation {
        Operation::Create(..) => Answer::empty(409),
        Operation::Delete => unreachable!("`apply` has deleted the image"),
        Operation::Carriers(_) => unreachable!("this depends on all images"),
        Operation::PutTag(tag) => added(image, tag, Answer::empty(204)),
        // What it was taken from is added by `Operation::apply`.
        Operation::Promote(tag) => added(image, tag, Answer::empty(200)),
        Operation::DeleteTag(tag) => done(image.tags.remove(tag)),
        Operation::EditTags(added, removed) => edit_tags(image, added, removed),
        Operation::Patch(steps) => patch(image, steps),
        Operation::AddMember(project) if image.members.contains_key(project) => Answer::empty(409),
        Operation::AddMember(_) if image.members.len() == MAX_MEMBERS => Answer::empty(413),
        Operation::AddMember(project) => {
            image.members.insert(project.clone(), "pending".to_owned());
            member("pending")
        }
        Operation::SetMember(project, status) => match image.members.get_mut(project) {
            None => Answer::empty(404),
            Some(current) => {
                (*status).clone_into(current);
                member(status)
            }
        },
        Operation::RemoveMember(project) => done(image.members.remove(project).is_some()),
        Operation::Members => Answer {
            status: 200,
            content: Content::Members(image.members.clone()),
        },
        Operation::List(tag) if !image.tags.contains(tag) => Answer::empty(200),
        Operation::Show | Operation::List(_) => image.answer(200),
    }
}

fn member(status: &str) -> Answer {
    Answer {
        status: 200,
        content: Content::Member(status.to_owned()),
    }
}

/// Adds a tag, if the quota has room for it.
fn added(image: &mut Image, tag: &str, answer: Answer) -> Answer {
    if !image.tags.contains(tag) && image.tags.len() == MAX_TAGS {
        return Answer::empty(413);
    }
    image.tags.insert(tag.to_owned());
    answer
}

fn edit_tags(image: &mut Image, added: &Tags, removed: &Tags) -> Answer {
    let tags: Tags = (&(&image.tags - removed) | added).into_iter().collect();
    if !tags.is_subset(&image.tags) && tags.len() > MAX_TAGS {
        return Answer::empty(413);
    }
    image.tags.clone_from(&tags);
    Answer {
        status: 200,
        content: Content::Tags(tags),
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
