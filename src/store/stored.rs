//! Images as a store hands them out, with the memory that is reserved for them.

use std::ops::Deref;
use std::sync::Arc;

use crate::budget::Reservation;
use crate::image::Image;

/// An image, and what is reserved of the memory budget for it and its JSON while this exists. Small images, and those that
/// the store has in memory anyway, have nothing reserved.
#[derive(Debug)]
pub struct StoredImage {
    /// The image.
    pub image: Arc<Image>,
    /// What is reserved for it.
    pub memory: Reservation,
}

impl From<Arc<Image>> for StoredImage {
    fn from(image: Arc<Image>) -> Self {
        Self {
            image,
            memory: Reservation::default(),
        }
    }
}

impl Deref for StoredImage {
    type Target = Image;

    fn deref(&self) -> &Image {
        &self.image
    }
}

impl PartialEq for StoredImage {
    fn eq(&self, other: &Self) -> bool {
        self.image == other.image
    }
}

/// A part of a list of images.
#[derive(Debug, Default)]
pub struct Page {
    /// The images.
    pub images: Vec<Arc<Image>>,
    /// Whether more come after them.
    pub more: bool,
    /// What is reserved of the memory budget for the images and their JSON.
    pub memory: Reservation,
}

impl Page {
    /// The largest size of all images in a page, in bytes. A page ends before it is more, though not before its first image.
    pub const MAX_SIZE: usize = 4 << 20;

    /// The first of `images` that fit into a page, at most `limit`.
    pub(crate) fn of(images: impl IntoIterator<Item = Arc<Image>>, limit: usize) -> Self {
        let (mut page, mut size) = (Self::default(), 0);
        let mut images = images.into_iter();
        while page.images.len() < limit {
            let Some(image) = images.next() else {
                return page;
            };
            size += image.size();
            if size > Self::MAX_SIZE && !page.images.is_empty() {
                return Self { more: true, ..page };
            }
            page.images.push(image);
        }
        Self {
            more: images.next().is_some(),
            ..page
        }
    }

    /// The size of all images together, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.images.iter().map(|image| image.size()).sum()
    }
}
