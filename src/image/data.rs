//! What is known of the data of an image, which itself is not kept.

use serde::{Deserialize, Serialize};

use super::{Image, Refusal, Status};

/// Size and digests of an image's data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageData {
    /// The size in bytes.
    pub size: u64,
    /// The MD5 digest in hexadecimal, which clients compare with their own.
    pub checksum: String,
    /// The SHA-512 digest in hexadecimal.
    pub sha512: String,
}

impl ImageData {
    /// The algorithm of [`Self::sha512`] by its name in the API.
    pub const HASH_ALGORITHM: &str = "sha512";
}

impl Image {
    /// Whether data may be given to the image: it has none yet, and has its formats.
    pub fn may_take_data(&self) -> Result<(), Refusal> {
        if self.status != Status::Queued {
            return Err(Refusal::HasData(self.status));
        }
        match (&self.disk_format, &self.container_format) {
            (Some(_), Some(_)) => Ok(()),
            (None, Some(_)) => Err(Refusal::FormatsMissing("Property disk_format".to_owned())),
            (Some(_), None) => Err(Refusal::FormatsMissing(
                "Property container_format".to_owned(),
            )),
            (None, None) => Err(Refusal::FormatsMissing(
                "Properties disk_format, container_format".to_owned(),
            )),
        }
    }

    /// Gives the image its data, and makes it active.
    pub fn take_data(&mut self, data: ImageData) -> Result<(), Refusal> {
        self.may_take_data()?;
        self.data = Some(data);
        self.status = Status::Active;
        Ok(())
    }

    /// Takes the image out of use. One that is out of use stays so.
    pub fn deactivate(&mut self) -> Result<(), Refusal> {
        self.switch("deactivate", Status::Active, Status::Deactivated)
    }

    /// Puts the image back into use. One that is in use stays so.
    pub fn reactivate(&mut self) -> Result<(), Refusal> {
        self.switch("reactivate", Status::Deactivated, Status::Active)
    }

    fn switch(&mut self, action: &'static str, from: Status, to: Status) -> Result<(), Refusal> {
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
