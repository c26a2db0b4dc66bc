//! The image that an upload is for.

use std::sync::Arc;

use jiff::Timestamp;

use crate::data::DataKey;
use crate::image::{DiskFormat, Image, Refusal, UploadId};
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::{Call, Error, Subject};
use crate::image_api::image_path::ImageRef;
use crate::policy::Rule;
use crate::store::{StoredImage, WriteError};

/// An image that the caller may bring data to, by one upload.
pub(in crate::image_api) struct Target {
    caller: Caller,
    image: ImageRef,
    /// The image may be deleted, and another one be created with its id.
    created_at: Timestamp,
    /// Where the data goes.
    pub(in crate::image_api) key: DataKey,
    /// The format of the disk, if data is looked into.
    pub(super) inspected: Option<DiskFormat>,
    /// The rule of the policy that allows it.
    rule: Rule,
}

impl Target {
    /// The `image` by a new upload, if the policy `rule` allows it to the caller.
    pub(in crate::image_api) fn of(
        image: &StoredImage,
        caller: Caller,
        image_ref: ImageRef,
        rule: Rule,
    ) -> Result<Self, Refusal> {
        caller.rights.may_modify_by(image, rule)?;
        Ok(Self {
            caller,
            image: image_ref,
            created_at: image.created_at(),
            key: DataKey {
                image: image.id(),
                upload: UploadId::random(),
            },
            inspected: image.inspected_format(),
            rule,
        })
    }

    /// Applies `change` to the image, if it is still there and the policy still allows it.
    pub(in crate::image_api) async fn change(
        &self,
        context: &Context,
        change: impl Fn(&mut Image) -> Result<(), Refusal> + Send + Sync + 'static,
    ) -> Result<(), Error> {
        let (rights, created_at) = (Arc::clone(&self.caller.rights), self.created_at);
        let (id, rule) = (self.key.image, self.rule);
        let written = context.write(self.caller.clone(), move |draft, tagging| {
            let image = draft.image(id)?;
            if image.created_at() != created_at {
                return Err(Refusal::UploadGone.into());
            }
            rights.may_modify_by(image, rule)?;
            change(image)?;
            tagging.settle(draft, id)
        });
        let subject = Subject::new(self.image.text.clone(), Call::Other);
        match written.await? {
            Ok(_) => Ok(()),
            Err(WriteError::NoSuchImage) => Err(Error::refused(Refusal::UploadGone, subject)),
            Err(error) => Err(Error::from_write_error(error, subject)),
        }
    }
}
