//! Images that a store can keep.

use std::ops::Deref;

use super::image::Image;
use crate::image::refusal::Refusal;

/// An image that every store can keep as a new one: it is measured, and at most [`Image::MAX_SIZE`]
/// bytes large.
///
/// ```
/// use image_tags::image::{Image, ImageId, NewImage};
/// use jiff::Timestamp;
///
/// let image = Image::new(ImageId::random(), Timestamp::now());
/// assert!(NewImage::try_from(image).unwrap().size() <= Image::MAX_SIZE);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewImage(Image);

impl NewImage {
    /// The image.
    #[must_use]
    pub fn into_image(self) -> Image {
        self.0
    }
}

impl TryFrom<Image> for NewImage {
    type Error = Refusal;

    fn try_from(image: Image) -> Result<Self, Refusal> {
        let image = image.measured();
        image.check_size(None)?;
        Ok(Self(image))
    }
}

impl Deref for NewImage {
    type Target = Image;

    fn deref(&self) -> &Image {
        &self.0
    }
}
