//! The rules of Glance's policy that the service asks, and their defaults.

use strum::{EnumString, IntoStaticStr, VariantArray};

/// A rule of Glance's policy that the service asks.
///
/// ```
/// use image_tags::policy::Rule;
///
/// assert_eq!(Rule::ModifyImage.name(), "modify_image");
/// ```
#[expect(missing_docs, reason = "the variants are the names of Glance's rules")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Rule {
    ContextIsAdmin,
    AddImage,
    GetImage,
    GetImages,
    ModifyImage,
    DeleteImage,
    PublicizeImage,
    CommunitizeImage,
    UploadImage,
    DownloadImage,
    Deactivate,
    Reactivate,
    AddMember,
    GetMember,
    GetMembers,
    ModifyMember,
    DeleteMember,
    TasksApiAccess,
}

impl Rule {
    /// All rules.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// Glance's name of the rule.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What Glance 33 checks unless its policy file says something else:
    /// `glance/policies/base.py`, `image.py` and `tasks.py`.
    pub(super) fn default(self) -> &'static str {
        match self {
            Self::ContextIsAdmin => "role:admin",
            Self::PublicizeImage | Self::TasksApiAccess => "rule:context_is_admin",
            Self::AddImage => {
                "rule:context_is_admin or \
                 (role:member and project_id:%(project_id)s and project_id:%(owner)s)"
            }
            Self::GetImage => {
                "rule:context_is_admin or (role:reader and (project_id:%(project_id)s or \
                 project_id:%(member_id)s or 'community':%(visibility)s or \
                 'public':%(visibility)s or 'shared':%(visibility)s))"
            }
            Self::DownloadImage => {
                "rule:context_is_admin or (role:member and (project_id:%(project_id)s or \
                 project_id:%(member_id)s or 'community':%(visibility)s or \
                 'public':%(visibility)s or 'shared':%(visibility)s))"
            }
            Self::GetImages => {
                "rule:context_is_admin or (role:reader and project_id:%(project_id)s)"
            }
            Self::ModifyImage
            | Self::DeleteImage
            | Self::CommunitizeImage
            | Self::UploadImage
            | Self::Deactivate
            | Self::Reactivate
            | Self::AddMember
            | Self::DeleteMember => {
                "rule:context_is_admin or (role:member and project_id:%(project_id)s)"
            }
            Self::GetMember | Self::GetMembers => {
                "rule:context_is_admin or role:reader and (project_id:%(project_id)s or \
                 project_id:%(member_id)s)"
            }
            Self::ModifyMember => {
                "rule:context_is_admin or (role:member and project_id:%(member_id)s)"
            }
        }
    }
}
