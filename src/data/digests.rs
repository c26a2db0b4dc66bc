//! What is computed of data while it passes: its size, its digests, and the size of its disk.

use md5::Md5;
use sha2::{Digest, Sha512};

use super::virtual_size::Header;
use crate::image::{DiskFormat, ImageData, ImageDataError};

/// The digests of the data that has passed so far.
#[derive(Default)]
pub(super) struct Digests {
    size: u64,
    md5: Md5,
    sha512: Sha512,
    header: Header,
}

impl Digests {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.md5.update(bytes);
        self.sha512.update(bytes);
        self.header.update(bytes);
    }

    /// How many bytes have passed.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The size and the digests of the data of an image. The size of the disk is found out for
    /// `inspected` formats.
    pub(super) fn finish(self, inspected: Option<DiskFormat>) -> Result<ImageData, ImageDataError> {
        let virtual_size = inspected.and_then(|format| self.header.virtual_size(format, self.size));
        let (md5, sha512) = (self.md5.finalize(), self.sha512.finalize());
        let data = ImageData::new(self.size, hex::encode(md5), hex::encode(sha512))?;
        // A header may say anything, also a size that no disk has.
        let known = virtual_size.filter(|size| i64::try_from(*size).is_ok());
        data.with_virtual_size(known)
    }
}
