//! Images as a store returns them, with the memory reserved for them.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use super::draft::Carriers;
use super::error::WriteError;
use crate::budget::Reservation;
use crate::image::{Image, ImageId, ScopedTag, TagEvent};

/// An image, and the bytes of the memory budget reserved for it and its JSON until this is dropped.
///
/// Nothing is reserved for small images, nor for images that the store holds in memory anyway.
#[derive(Debug)]
pub struct StoredImage {
    /// The image.
    pub image: Arc<Image>,
    /// The bytes reserved for it.
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

/// What a write has done.
#[derive(Debug, Default)]
pub struct Written {
    /// The images that the write read or made, as they are after it. Deleted ones are not here.
    pub images: Vec<Arc<Image>>,
    /// The events that the write added to the history of tags.
    pub events: Vec<TagEvent>,
    /// The carriers that the write asked for, as they were before it.
    pub carriers: BTreeMap<ScopedTag, Carriers>,
    /// The bytes of the memory budget reserved for the images and their JSON.
    pub memory: Reservation,
}

impl Written {
    /// The image with this id, which the write has left.
    pub fn into_image(self, id: ImageId) -> Result<StoredImage, WriteError> {
        let image = self.images.into_iter().find(|image| image.id() == id);
        Ok(StoredImage {
            image: image.ok_or(WriteError::NoSuchImage)?,
            memory: self.memory,
        })
    }
}

/// A page of a list of images.
#[derive(Debug, Default)]
pub struct Page {
    /// The images, in the order of the list.
    pub images: Vec<Arc<Image>>,
    /// Whether the list goes on after them.
    pub more: bool,
    /// The bytes of the memory budget reserved for the images and their JSON.
    pub memory: Reservation,
}

impl Page {
    /// The maximum size of a page's images together, in bytes. Only a page of one image may be
    /// larger.
    pub const MAX_SIZE: usize = 4 << 20;

    /// Fills a page with the first of `images`: at most `limit`, and within [`Self::MAX_SIZE`].
    pub(crate) fn filled(images: impl IntoIterator<Item = Arc<Image>>, limit: usize) -> Self {
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

    /// The size of the page's images together, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.images.iter().map(|image| image.size()).sum()
    }
}
