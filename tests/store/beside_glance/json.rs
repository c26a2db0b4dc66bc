//! Images with values that only a store may set.

use image_tags::image::{Image, NewImage};
use serde_json::Value;

/// The image with other values in its JSON.
pub(super) fn edited(image: &Image, edit: impl FnOnce(&mut Value)) -> Image {
    let mut json = serde_json::to_value(image).unwrap();
    edit(&mut json);
    let edited: Image = serde_json::from_value(json).unwrap();
    NewImage::try_from(edited).unwrap().into_image()
}
