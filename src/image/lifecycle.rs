//! The life cycle of an image: its upload, and taking it out of use and back.

use crate::image::attribute::Attribute;
use crate::image::model::Image;
use crate::image::refusal::Refusal;
use crate::image::value::{ImageData, Status, UploadId};

impl Image {
    /// Whether data may be uploaded: the image is queued, and has both formats.
    pub fn check_upload(&self) -> Result<(), Refusal> {
        if self.status != Status::Queued {
            return Err(Refusal::HasData(self.status));
        }
        match (self.disk_format, self.container_format) {
            (Some(_), Some(_)) => Ok(()),
            (None, Some(_)) => Err(Refusal::FormatsMissing(&[Attribute::DiskFormat])),
            (Some(_), None) => Err(Refusal::FormatsMissing(&[Attribute::ContainerFormat])),
            (None, None) => Err(Refusal::FormatsMissing(&[
                Attribute::DiskFormat,
                Attribute::ContainerFormat,
            ])),
        }
    }

    /// Begins the upload: the image is `saving` until the upload completes or is cancelled.
    pub fn start_upload(&mut self, upload: UploadId) -> Result<(), Refusal> {
        self.check_upload()?;
        self.status = Status::Saving;
        self.upload = Some(upload);
        Ok(())
    }

    /// Sets the size and the digests of what `upload` has written, and makes the image active.
    pub fn complete_upload(&mut self, upload: UploadId, data: ImageData) -> Result<(), Refusal> {
        if !self.is_saving(upload) {
            return Err(Refusal::UploadGone);
        }
        self.data = Some(data);
        self.status = Status::Active;
        Ok(())
    }

    /// Makes the image `queued` again if `upload` is in progress.
    pub fn cancel_upload(&mut self, upload: UploadId) {
        if self.is_saving(upload) {
            self.status = Status::Queued;
            self.upload = None;
        }
    }

    /// Whether `upload` is in progress.
    #[must_use]
    pub fn is_saving(&self, upload: UploadId) -> bool {
        self.status == Status::Saving && self.upload == Some(upload)
    }

    /// The upload that has the whole data of the image.
    #[must_use]
    pub fn stored_upload(&self) -> Option<UploadId> {
        match self.status {
            Status::Queued | Status::Saving | Status::Uploading | Status::Importing => None,
            Status::Active | Status::Deactivated | Status::Killed | Status::PendingDelete => {
                self.upload
            }
        }
    }

    /// Sets the size and the digests of data that is kept nowhere, and makes the image active.
    pub fn set_data(&mut self, data: ImageData) -> Result<(), Refusal> {
        self.check_upload()?;
        self.data = Some(data);
        self.status = Status::Active;
        Ok(())
    }

    /// Takes the image out of use. A deactivated image stays so.
    pub fn deactivate(&mut self) -> Result<(), Refusal> {
        self.transition("deactivate", Status::Active, Status::Deactivated)
    }

    /// Puts the image back into use. An active image stays so.
    pub fn reactivate(&mut self) -> Result<(), Refusal> {
        self.transition("reactivate", Status::Deactivated, Status::Active)
    }

    fn transition(
        &mut self,
        action: &'static str,
        from: Status,
        to: Status,
    ) -> Result<(), Refusal> {
        if self.status != from && self.status != to {
            return Err(Refusal::WrongStatus {
                action,
                status: self.status,
            });
        }
        self.status = to;
        Ok(())
    }
}
