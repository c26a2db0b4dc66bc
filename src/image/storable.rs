//! What an image has to be to be kept: by every store, and as the API would have taken it.
//!
//! Images also come out of configurations and exports, which ask no schema. All of them, and those of the API, pass through
//! here before a store keeps them as new ones.

use super::{ATTRIBUTES, Image, Properties, Refusal};
use crate::identity::ProjectId;

/// The most characters of a name, an id or a format: what a column of MariaDB with an index holds.
const MAX_CHARS: usize = 255;

/// The largest number of GiB or MiB, from the schema.
const MAX_AMOUNT: u32 = i32::MAX as u32;

/// The largest revision that leaves room for changes in a column of 64 bits with a sign.
const MAX_REVISION: u64 = 1 << 62;

impl Image {
    /// The image, measured, if every store can keep it as a new one.
    pub(crate) fn storable(self) -> Result<Self, Refusal> {
        self.check_texts()?;
        self.check_properties()?;
        if self
            .owner
            .as_ref()
            .is_some_and(|owner| owner.as_str().is_empty())
        {
            return Err(Refusal::Unstorable("The owner is empty."));
        }
        if self.revision > MAX_REVISION {
            return Err(Refusal::Unstorable("The revision is too large."));
        }
        if self
            .data
            .as_ref()
            .is_some_and(|data| i64::try_from(data.size).is_err())
        {
            return Err(Refusal::Unstorable("The size of the data is too large."));
        }
        if self.min_disk.max(self.min_ram) > MAX_AMOUNT {
            return Err(Refusal::Unstorable(
                "min_disk and min_ram are at most 2147483647.",
            ));
        }
        let measured = self.measured();
        measured.check_size(None)?;
        Ok(measured)
    }

    /// Whether the texts that are looked up have the length of a column, and no NUL.
    fn check_texts(&self) -> Result<(), Refusal> {
        let data = self.data.as_ref();
        let attributes = [
            (
                "The name has more than 255 characters or a NUL.",
                self.name.as_deref(),
            ),
            (
                "The owner has more than 255 characters or a NUL.",
                self.owner.as_ref().map(ProjectId::as_str),
            ),
            (
                "The disk_format has more than 255 characters or a NUL.",
                self.disk_format.as_deref(),
            ),
            (
                "The container_format has more than 255 characters or a NUL.",
                self.container_format.as_deref(),
            ),
            (
                "The checksum has more than 255 characters or a NUL.",
                data.map(|data| &*data.checksum),
            ),
            (
                "The os_hash_value has more than 255 characters or a NUL.",
                data.map(|data| &*data.sha512),
            ),
        ];
        let attributes = attributes
            .into_iter()
            .filter_map(|(fault, text)| Some((fault, text?)));
        let members = self.members.keys();
        let members = members.map(|project| {
            (
                "A member has more than 255 characters or a NUL.",
                ProjectId::as_str(project),
            )
        });
        let is_bad = |text: &str| text.chars().nth(MAX_CHARS).is_some() || text.contains('\0');
        match attributes.chain(members).find(|(_, text)| is_bad(text)) {
            Some((fault, _)) => Err(Refusal::Unstorable(fault)),
            None => Ok(()),
        }
    }

    fn check_properties(&self) -> Result<(), Refusal> {
        for (name, value) in &self.properties {
            if ATTRIBUTES.contains(&name.as_str()) || Properties::is_reserved(name) {
                return Err(Refusal::ReservedProperty(name.clone()));
            }
            if name.chars().nth(Properties::MAX_NAME_CHARS).is_some() || name.contains('\0') {
                return Err(Refusal::Unstorable(
                    "The name of a property has more than 255 characters or a NUL.",
                ));
            }
            if value.len() > Properties::MAX_VALUE_BYTES || value.contains('\0') {
                return Err(Refusal::Unstorable(
                    "The value of a property has more than 65535 bytes or a NUL.",
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::image::{ImageData, ImageId};

    fn image() -> Image {
        Image::new(ImageId::random(), Timestamp::UNIX_EPOCH)
    }

    fn fault(change: impl FnOnce(&mut Image)) -> Option<String> {
        let mut image = image();
        change(&mut image);
        image.storable().err().map(|refusal| refusal.to_string())
    }

    fn with_property(name: &str, value: &str) -> Option<String> {
        fault(|image| image.properties = [(name.to_owned(), value.to_owned())].into())
    }

    #[test]
    fn texts_are_no_longer_than_a_column_and_have_no_nul() {
        assert_eq!(
            fault(|image| image.owner = Some("\u{1f600}".repeat(MAX_CHARS).as_str().into())),
            None
        );
        let long = "a".repeat(MAX_CHARS + 1);
        for text in [&*long, "\0"] {
            let told =
                |what: &str| Some(format!("The {what} has more than 255 characters or a NUL."));
            assert_eq!(
                fault(|image| image.name = Some(text.to_owned())),
                told("name")
            );
            assert_eq!(
                fault(|image| image.owner = Some(text.into())),
                told("owner")
            );
            assert_eq!(with_property(text, ""), told("name of a property"));
        }
        assert_eq!(with_property("a", &"a".repeat(65_535)), None);
        let told = Some("The value of a property has more than 65535 bytes or a NUL.".to_owned());
        assert_eq!(
            [
                with_property("a", "\0"),
                with_property("a", &"a".repeat(65_536))
            ],
            [told.clone(), told]
        );
    }

    #[test]
    fn what_the_api_refuses_is_refused() {
        for name in [
            "name",
            "tags",
            "id",
            "schema",
            "locations",
            "direct_url",
            "os_glance_x",
        ] {
            assert_eq!(
                with_property(name, "x"),
                Some(format!("No property can be named {name}."))
            );
        }
        assert!(fault(|image| image.owner = Some("".into())).is_some());
        assert!(fault(|image| image.revision = u64::MAX).is_some());
        assert!(fault(|image| image.min_ram = u32::MAX).is_some());
        let data = |size| {
            Some(ImageData {
                size,
                checksum: String::new(),
                sha512: String::new(),
            })
        };
        assert!(fault(|image| image.data = data(u64::MAX)).is_some());
        assert_eq!(fault(|image| image.data = data(u64::MAX >> 1)), None);
    }
}
