//! The policy, as pure functions of an identity and what it wants: Glance's default policies for
//! images, and who may add and remove the tags that rules protect.
//!
//! Start reading at [`may_modify`].

mod image;
mod tag;

pub use image::{
    is_admin, may_add, may_delete, may_download, may_edit, may_get, may_get_member, may_list,
    may_modify, may_modify_by, may_modify_member, viewer,
};
pub use tag::{may_add_tag, may_change_tags, may_remove_tag};
