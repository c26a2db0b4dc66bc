//! What a refusal is about, which decides its wording.

/// What a refusal is about: Glance words the same refusal differently from call to call.
#[derive(Clone, Debug)]
pub(in crate::image_api) struct Subject {
    /// The image, as the path names it.
    pub(in crate::image_api) image: String,
    /// The refused call.
    pub(in crate::image_api) call: Call,
}

/// The calls that Glance words differently.
#[derive(Clone, Debug)]
pub(in crate::image_api) enum Call {
    /// A call on a tag.
    Tag,
    /// `DELETE` of the image.
    DeleteImage,
    /// `GET` of the tasks.
    ListTasks,
    /// `GET` of the members.
    ListMembers,
    /// `GET` of this member.
    ShowMember(String),
    /// A change of this member: to `create`, `update` or `delete` it.
    ChangeMember { verb: &'static str, project: String },
    /// Any other call on the image.
    Other,
}

impl Subject {
    pub(in crate::image_api) fn new(image: impl Into<String>, call: Call) -> Self {
        Self {
            image: image.into(),
            call,
        }
    }
}
