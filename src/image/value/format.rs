//! The formats of the disk and of its container.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use super::text::word_value;

/// The format of a disk: one that the schema of the API has.
///
/// ```
/// use image_tags::image::DiskFormat;
///
/// assert_eq!("qcow2".parse::<DiskFormat>().unwrap().as_str(), "qcow2");
/// assert!("QCOW2".parse::<DiskFormat>().is_err());
/// ```
#[expect(missing_docs, reason = "the variants are the words of the API")]
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(
    serialize_all = "lowercase",
    parse_err_ty = DiskFormatError,
    parse_err_fn = DiskFormatError::new
)]
pub enum DiskFormat {
    Ami,
    Ari,
    Aki,
    Vhd,
    Vhdx,
    Vmdk,
    Raw,
    Qcow2,
    Vdi,
    Iso,
    Ploop,
}

/// A text that is not the format of a disk.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not one of {words}", words = words(DiskFormat::VARIANTS))]
pub struct DiskFormatError(String);

word_value!(DiskFormat, DiskFormatError);

/// The format of a container: one that the schema of the API has.
#[expect(missing_docs, reason = "the variants are the words of the API")]
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(
    serialize_all = "lowercase",
    parse_err_ty = ContainerFormatError,
    parse_err_fn = ContainerFormatError::new
)]
pub enum ContainerFormat {
    Ami,
    Ari,
    Aki,
    Bare,
    Ovf,
    Ova,
    Docker,
    Compressed,
}

/// A text that is not the format of a container.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not one of {words}", words = words(ContainerFormat::VARIANTS))]
pub struct ContainerFormatError(String);

word_value!(ContainerFormat, ContainerFormatError);

fn words<T: Copy + Into<&'static str>>(variants: &[T]) -> String {
    let words: Vec<&str> = variants.iter().map(|variant| (*variant).into()).collect();
    words.join(", ")
}
