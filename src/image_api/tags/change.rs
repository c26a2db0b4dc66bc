//! The one way in which requests change the tags of an image.

use std::sync::Arc;

use crate::image::{Image, Refusal};
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::{Call, Error};
use crate::image_api::image_path::ImageRef;
use crate::image_api::precondition::Preconditions;
use crate::store::StoredImage;

/// Applies `change` to the image if its preconditions are met. The policy comes first, so that its
/// refusal is the one that counts.
pub(super) async fn change(
    context: &Context,
    caller: Caller,
    image: ImageRef,
    preconditions: Preconditions,
    change: impl Fn(&mut Image) -> Result<(), Refusal> + Send + Sync + 'static,
) -> Result<StoredImage, Error> {
    let rights = Arc::clone(&caller.rights);
    let allowed_change = move |image: &mut Image| {
        rights.may_modify(image)?;
        change(image)
    };
    let changed = context.change_image_if(caller, image, Call::Tag, preconditions, allowed_change);
    changed.await
}
