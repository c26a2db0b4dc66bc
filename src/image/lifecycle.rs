//! The life cycle of an image: its upload, and taking it out of use and back.

use jiff::Timestamp;

use crate::image::attribute::Attribute;
use crate::image::model::{Image, ImportTask};
use crate::image::refusal::{ImportObstacle, Refusal};
use crate::image::value::{
    ContainerFormat, DiskFormat, ImageData, ImportMethod, Status, TaskStatus, UploadId,
};

impl Image {
    /// Whether data may be uploaded: the image is queued, and has both formats.
    pub fn check_upload(&self) -> Result<(), Refusal> {
        self.check_queued(Status::Saving)?;
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

    /// Whether data may be staged: the image is queued.
    pub fn check_stage(&self) -> Result<(), Refusal> {
        self.check_queued(Status::Uploading)
    }

    fn check_queued(&self, to: Status) -> Result<(), Refusal> {
        if self.status == Status::Queued {
            Ok(())
        } else {
            let from = self.status;
            Err(Refusal::Transition { from, to })
        }
    }

    /// Whether the image can be the target of an import by `method`. Glance looks at these things
    /// in this order.
    pub fn check_import(&self, method: ImportMethod) -> Result<(), Refusal> {
        let obstacle = match (method, self.status) {
            (_, Status::Active) => Some(ImportObstacle::Active),
            (ImportMethod::WebDownload, Status::Queued) => None,
            (ImportMethod::WebDownload, _) => Some(ImportObstacle::NotQueued(method)),
            (ImportMethod::GlanceDirect, Status::Uploading) if self.data.is_some() => None,
            (ImportMethod::GlanceDirect, _) => Some(ImportObstacle::NotStaged),
        };
        let missing = self.missing_format().map(ImportObstacle::FormatMissing);
        match obstacle.or(missing) {
            Some(obstacle) => Err(Refusal::NotImportable(obstacle)),
            None => Ok(()),
        }
    }

    fn missing_format(&self) -> Option<Attribute> {
        if self.container_format.is_none() {
            Some(Attribute::ContainerFormat)
        } else if self.disk_format.is_none() {
            Some(Attribute::DiskFormat)
        } else {
            None
        }
    }

    /// The format of the disk in the data, if data is looked into: as in Glance, not inside of a
    /// container.
    #[must_use]
    pub fn inspected_format(&self) -> Option<DiskFormat> {
        let is_bare = self.container_format == Some(ContainerFormat::Bare);
        self.disk_format.filter(|_| is_bare)
    }

    /// Begins the upload: the image is `saving` until the upload completes or is cancelled.
    pub fn start_upload(&mut self, upload: UploadId) -> Result<(), Refusal> {
        self.check_upload()?;
        self.status = Status::Saving;
        (self.upload, self.data) = (Some(upload), None);
        Ok(())
    }

    /// Begins to stage data: the image is `uploading` until it is imported, or the upload is
    /// cancelled.
    pub fn start_stage(&mut self, upload: UploadId) -> Result<(), Refusal> {
        self.check_stage()?;
        self.status = Status::Uploading;
        (self.upload, self.data) = (Some(upload), None);
        Ok(())
    }

    /// Begins the import that downloads data: the image is `importing` until the upload completes
    /// or is cancelled.
    pub fn start_download(&mut self, task: ImportTask) -> Result<(), Refusal> {
        self.check_import(ImportMethod::WebDownload)?;
        self.status = Status::Importing;
        (self.upload, self.data) = (Some(task.id), None);
        self.import = Some(Box::new(task));
        Ok(())
    }

    /// Makes the image active with the data that is staged. That is all of the import.
    pub fn import_staged(&mut self, task: ImportTask) -> Result<(), Refusal> {
        self.check_import(ImportMethod::GlanceDirect)?;
        self.status = Status::Active;
        let (id, now) = (self.upload.unwrap_or(task.id), task.created_at);
        self.import = Some(Box::new(ImportTask { id, ..task }));
        self.end_import(id, TaskStatus::Succeeded, "", now);
        Ok(())
    }

    /// Sets the size and the digests of what `upload` has written. Makes the image active, unless
    /// the data is only staged.
    pub fn complete_upload(
        &mut self,
        upload: UploadId,
        data: ImageData,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if !self.awaits(upload) {
            return Err(Refusal::UploadGone);
        }
        if self.status != Status::Uploading {
            if let Some(format) = self.missing_format() {
                let obstacle = ImportObstacle::FormatMissing(format);
                return Err(Refusal::NotImportable(obstacle));
            }
            self.status = Status::Active;
        }
        self.data = Some(data);
        self.end_import(upload, TaskStatus::Succeeded, "", now);
        Ok(())
    }

    /// Makes the image `queued` again if `upload` is in progress. If that is an import, it has
    /// failed for this `reason`.
    pub fn cancel_upload(&mut self, upload: UploadId, reason: &str, now: Timestamp) {
        if self.awaits(upload) {
            self.status = Status::Queued;
            self.upload = None;
            self.end_import(upload, TaskStatus::Failed, reason, now);
        }
    }

    fn end_import(&mut self, upload: UploadId, status: TaskStatus, message: &str, now: Timestamp) {
        let import = self.import.as_mut().filter(|task| task.id == upload);
        if let Some(task) = import {
            task.end(status, message, now);
        }
    }

    /// Whether `upload` is in progress.
    #[must_use]
    pub fn awaits(&self, upload: UploadId) -> bool {
        let is_awaiting = match self.status {
            Status::Saving | Status::Importing => true,
            Status::Uploading => self.data.is_none(),
            Status::Queued
            | Status::Active
            | Status::Deactivated
            | Status::Killed
            | Status::PendingDelete => false,
        };
        is_awaiting && self.upload == Some(upload)
    }

    /// The upload that has the whole data of the image, or all that is staged for it.
    #[must_use]
    pub fn stored_upload(&self) -> Option<UploadId> {
        let is_whole = |upload: &UploadId| self.status != Status::Queued && !self.awaits(*upload);
        self.upload.filter(is_whole)
    }

    /// The upload whose data may be downloaded. What is staged is not the image's yet.
    #[must_use]
    pub fn published_upload(&self) -> Option<UploadId> {
        let upload = self.stored_upload();
        upload.filter(|_| self.status != Status::Uploading)
    }

    /// Sets the size and the digests of data that is kept nowhere, and makes the image active.
    pub fn set_data(&mut self, data: ImageData) -> Result<(), Refusal> {
        self.check_upload()?;
        self.data = Some(data);
        self.status = Status::Active;
        Ok(())
    }

    /// Sets the size and the digests of staged data that is kept nowhere.
    pub fn set_staged(&mut self, data: ImageData) -> Result<(), Refusal> {
        self.check_stage()?;
        self.data = Some(data);
        self.status = Status::Uploading;
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
