//! Reads images. Each image is one row with everything that belongs to it, so that a read sees it
//! as it was at one instant.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::engine::Engine;
use super::error::SqlError;
use super::netstring::{self, NetstringReader, number, text};
use super::pool::Connection;
use super::size_limit::SizeLimit;
use super::statement::Statement;
use crate::identity::ProjectId;
use crate::image::{Image, ImageData, ImageId, Member};

const IMAGE_COLUMNS: &str = "i.id, i.name, i.owner, i.created_at, i.updated_at, i.visibility, i.status, i.disk_format, \
                             i.container_format, i.checksum, i.sha512, i.revision, i.min_disk, i.min_ram, i.protected, \
                             i.hidden, i.size, i.bytes";

/// The columns of an image `i`, which [`image_in`] reads. Columns that the caller appends begin at
/// [`NEXT`]. In rows that do not meet `condition`, tags, members and properties are NULL, since
/// they may be large.
pub(super) fn columns(engine: Engine, condition: Option<&str>) -> String {
    let tags = netstring::rows(engine, "image_tags", &[text("x.tag")]);
    let members = [
        text("x.project"),
        text("x.status"),
        number("x.created_at"),
        number("x.updated_at"),
    ];
    let members = netstring::rows(engine, "image_members", &members);
    let properties = netstring::rows(
        engine,
        "image_properties",
        &[text("x.name"), text("x.value")],
    );
    let parts = [tags, members, properties].map(|part| match condition {
        Some(condition) => format!("CASE WHEN {condition} THEN {part} END"),
        None => part,
    });
    format!("{IMAGE_COLUMNS}, {}", parts.join(", "))
}

/// The number of [`columns`], which is the index of the next one.
pub(super) const NEXT: usize = 21;

/// Reads the image with this id; `None` if it does not exist. Fails if it is larger than
/// `size_limit`.
pub(super) async fn image(
    connection: &mut Connection<'_>,
    id: ImageId,
    size_limit: &SizeLimit,
) -> Result<Option<Image>, SqlError> {
    let rows = connection
        .fetch(
            Statement::new(one(connection.engine()))
                .with(id)
                .with(size_limit.bytes()),
        )
        .await?;
    if let Some(row) = rows.first() {
        return image_in(row).map(Some);
    }
    let size = connection
        .fetch(Statement::new("SELECT bytes FROM images WHERE id = ?").with(id))
        .await?;
    match size.first() {
        None => Ok(None),
        Some(row) => Err(SqlError::TooLarge(Columns(row).count(0)?)),
    }
}

/// The statement that reads one image. It is kept because nearly every request sends it.
fn one(engine: Engine) -> &'static str {
    static TEXTS: [OnceLock<String>; 3] = [const { OnceLock::new() }; 3];
    let text = || {
        format!(
            "SELECT {} FROM images i WHERE i.id = ? AND i.bytes <= ?",
            columns(engine, None)
        )
    };
    TEXTS[engine as usize].get_or_init(|| engine.placeholders(text().into()).into_owned())
}

/// Reads the image from a row of [`columns`].
pub(super) fn image_in(row: &AnyRow) -> Result<Image, SqlError> {
    let row = Columns(row);
    let (created_at, updated_at) = (row.time(3)?, row.time(4)?);
    let mut image = Image::new(row.parsed(0)?, created_at).at_revision(
        row.count(11)?,
        updated_at,
        row.count(17)?,
    );
    image.name = row.owned(1)?;
    image.owner = row.text(2)?.map(ProjectId::from);
    image.visibility = row.parsed(5)?;
    image.status = row.parsed(6)?;
    image.disk_format = row.owned(7)?;
    image.container_format = row.owned(8)?;
    image.min_disk = row.count(12)?;
    image.min_ram = row.count(13)?;
    image.protected = row.number(14)? != 0;
    image.hidden = row.number(15)? != 0;
    if let (Some(checksum), Some(sha512)) = (row.owned(9)?, row.owned(10)?) {
        image.data = Some(ImageData {
            size: row.count(16)?,
            checksum,
            sha512,
        });
    }
    let mut tags = NetstringReader::new(row.text(18)?);
    while !tags.is_empty() {
        image.tags.insert(parsed(tags.text()?)?);
    }
    let mut members = NetstringReader::new(row.text(19)?);
    while !members.is_empty() {
        let (project, status) = (members.text()?, parsed(members.text()?)?);
        let member = Member::of_times(status, time(members.number()?)?, time(members.number()?)?);
        image.members.insert(project.into(), member);
    }
    let mut pairs = NetstringReader::new(row.text(20)?);
    let mut properties = BTreeMap::new();
    while !pairs.is_empty() {
        properties.insert(pairs.text()?.to_owned(), pairs.text()?.to_owned());
    }
    image.properties = properties.into();
    Ok(image)
}

/// Reads the id in the first column.
pub(super) fn id_in(row: &AnyRow) -> Result<ImageId, SqlError> {
    Columns(row).parsed(0)
}

/// Reads a row of two numbers, the second of which may be NULL.
pub(super) fn pair(row: &AnyRow) -> Result<(usize, Option<i64>), SqlError> {
    Ok((Columns(row).count(0)?, row.try_get(1)?))
}

/// Reads the number in a column.
pub(super) fn number_in(row: &AnyRow, column: usize) -> Result<i64, SqlError> {
    Columns(row).number(column)
}

/// Reads the number in the only row.
pub(super) fn only_number(rows: &[AnyRow]) -> Result<i64, SqlError> {
    number_in(
        rows.first().ok_or_else(|| SqlError::unreadable("no row"))?,
        0,
    )
}

/// Reads the text in the only row, if there is a row.
pub(super) fn only_text(rows: &[AnyRow]) -> Result<Option<&str>, SqlError> {
    rows.first().map_or(Ok(None), |row| Ok(row.try_get(0)?))
}

/// A row, read by the indexes of its columns.
struct Columns<'a>(&'a AnyRow);

impl Columns<'_> {
    fn number(&self, column: usize) -> Result<i64, SqlError> {
        Ok(self.0.try_get(column)?)
    }

    fn text(&self, column: usize) -> Result<Option<&str>, SqlError> {
        Ok(self.0.try_get(column)?)
    }

    fn owned(&self, column: usize) -> Result<Option<String>, SqlError> {
        Ok(self.text(column)?.map(str::to_owned))
    }

    fn time(&self, column: usize) -> Result<Timestamp, SqlError> {
        time(self.number(column)?)
    }

    fn count<T: TryFrom<i64, Error: std::error::Error + Send + Sync + 'static>>(
        &self,
        at: usize,
    ) -> Result<T, SqlError> {
        T::try_from(self.number(at)?).map_err(SqlError::unreadable)
    }

    fn parsed<T>(&self, column: usize) -> Result<T, SqlError>
    where
        T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
    {
        parsed(self.text(column)?.unwrap_or_default())
    }
}

fn parsed<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    text: &str,
) -> Result<T, SqlError> {
    text.parse().map_err(SqlError::unreadable)
}

fn time(microseconds: i64) -> Result<Timestamp, SqlError> {
    Timestamp::from_microsecond(microseconds).map_err(SqlError::unreadable)
}
