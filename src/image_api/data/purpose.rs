//! What the data that a client sends is for.

use crate::image::{Image, ImageData, Refusal, UploadId};
use crate::policy::Rule;

/// What the data that a client sends is for.
#[derive(Clone, Copy, Debug)]
pub(in crate::image_api) enum Purpose {
    /// It is the data of the image.
    Upload,
    /// It waits for an import by `glance-direct`.
    Stage,
}

impl Purpose {
    /// The rule of the policy that allows it.
    pub(super) fn rule(self) -> Rule {
        match self {
            Self::Upload => Rule::UploadImage,
            Self::Stage => Rule::ModifyImage,
        }
    }

    /// Whether the image takes the data.
    pub(super) fn check(self, image: &Image) -> Result<(), Refusal> {
        match self {
            Self::Upload => image.check_upload(),
            Self::Stage => image.check_stage(),
        }
    }

    /// Begins the upload.
    pub(super) fn start(self, image: &mut Image, upload: UploadId) -> Result<(), Refusal> {
        match self {
            Self::Upload => image.start_upload(upload),
            Self::Stage => image.start_stage(upload),
        }
    }

    /// Sets the size and the digests of data that is kept nowhere.
    pub(super) fn set(self, image: &mut Image, data: ImageData) -> Result<(), Refusal> {
        match self {
            Self::Upload => image.set_data(data),
            Self::Stage => image.set_staged(data),
        }
    }
}
