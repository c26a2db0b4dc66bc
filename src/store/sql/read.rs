//! Reads images. Each image is one row with everything that belongs to it, so that a read sees it
//! as it was at one instant.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::column;
use super::engine::Engine;
use super::error::SqlError;
use super::netstring::{self, NetstringReader, number, text};
use super::pool::Connection;
use super::size_limit::SizeLimit;
use super::statement::Statement;
use crate::image::{Attribute, Image, ImageId, Member, Restoration};

/// The columns of an image `i`, for [`ColumnReader::image`]. In rows that do not meet `condition`,
/// tags, members and properties are NULL, since they may be large.
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
    let attributes = Attribute::stored().map(|(_, column)| column);
    let columns = attributes.chain(column::OTHERS);
    let columns = columns.map(|column| format!("i.{column}")).chain(parts);
    columns.collect::<Vec<_>>().join(", ")
}

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
        return ColumnReader::of(row).image().map(Some);
    }
    let size = connection
        .fetch(Statement::new("SELECT bytes FROM images WHERE id = ?").with(id))
        .await?;
    match size.first() {
        None => Ok(None),
        Some(row) => Err(SqlError::TooLarge(ColumnReader::of(row).count()?)),
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

/// Reads the id in the first column.
pub(super) fn id_in(row: &AnyRow) -> Result<ImageId, SqlError> {
    parsed(ColumnReader::of(row).text()?.unwrap_or_default())
}

/// Reads a row of two numbers, the second of which may be NULL.
pub(super) fn pair(row: &AnyRow) -> Result<(usize, Option<i64>), SqlError> {
    let mut columns = ColumnReader::of(row);
    Ok((columns.count()?, columns.optional_number()?))
}

/// Reads the number in the only row.
pub(super) fn only_number(rows: &[AnyRow]) -> Result<i64, SqlError> {
    ColumnReader::of(rows.first().ok_or_else(|| SqlError::unreadable("no row"))?).number()
}

/// Reads the text in the only row, if there is a row.
pub(super) fn only_text(rows: &[AnyRow]) -> Result<Option<&str>, SqlError> {
    rows.first()
        .map_or(Ok(None), |row| ColumnReader::of(row).text())
}

/// The columns of a row, read from first to last in the order of the statement.
pub(super) struct ColumnReader<'a> {
    row: &'a AnyRow,
    next: usize,
}

impl<'a> ColumnReader<'a> {
    pub(super) fn of(row: &'a AnyRow) -> Self {
        Self { row, next: 0 }
    }

    /// Reads the image from the next columns, which are those of [`columns`].
    pub(super) fn image(&mut self) -> Result<Image, SqlError> {
        let mut restoration = Restoration::new();
        for (attribute, _) in Attribute::stored() {
            let value = if column::is_text(attribute) {
                self.text()?.into()
            } else {
                let number = self.optional_number()?;
                let value = number.map(|number| column::of_number(attribute, number));
                value.transpose().map_err(SqlError::unreadable)?.into()
            };
            let restored = attribute.restore(&mut restoration, value);
            restored.map_err(SqlError::unreadable)?;
        }
        let (revision, bytes) = (self.count()?, self.count()?);
        let upload = self.text()?.map(parsed).transpose()?;
        let import = self.text()?.map(serde_json::from_str).transpose();
        let import = import.map_err(SqlError::unreadable)?;
        let image = restoration.finish(revision, bytes, upload, import);
        let mut image = image.map_err(SqlError::unreadable)?;
        let mut tags = NetstringReader::new(self.text()?);
        while !tags.is_empty() {
            image.tags.insert(parsed(tags.text()?)?);
        }
        let mut members = NetstringReader::new(self.text()?);
        while !members.is_empty() {
            let (project, status) = (parsed(members.text()?)?, parsed(members.text()?)?);
            let times = (time(members.number()?)?, time(members.number()?)?);
            let member = Member::restored(status, times.0, times.1);
            image.members.insert(project, member);
        }
        let mut pairs = NetstringReader::new(self.text()?);
        let mut properties = BTreeMap::new();
        while !pairs.is_empty() {
            properties.insert(parsed(pairs.text()?)?, parsed(pairs.text()?)?);
        }
        image.properties = properties.into();
        Ok(image)
    }

    /// Reads the number in the next column.
    pub(super) fn number(&mut self) -> Result<i64, SqlError> {
        self.get()
    }

    /// Reads the number in the next column, which is not negative.
    pub(super) fn count<T>(&mut self) -> Result<T, SqlError>
    where
        T: TryFrom<i64, Error: std::error::Error + Send + Sync + 'static>,
    {
        T::try_from(self.number()?).map_err(SqlError::unreadable)
    }

    fn optional_number(&mut self) -> Result<Option<i64>, SqlError> {
        self.get()
    }

    /// Reads the text in the next column.
    pub(super) fn text(&mut self) -> Result<Option<&'a str>, SqlError> {
        self.get()
    }

    fn get<T>(&mut self) -> Result<T, SqlError>
    where
        T: sqlx::Decode<'a, sqlx::Any> + sqlx::Type<sqlx::Any>,
    {
        let value = self.row.try_get(self.next)?;
        self.next += 1;
        Ok(value)
    }
}

/// Reads a value from its text.
pub(super) fn parsed<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    text: &str,
) -> Result<T, SqlError> {
    text.parse().map_err(SqlError::unreadable)
}

/// Reads a time from its microseconds.
pub(super) fn time(microseconds: i64) -> Result<Timestamp, SqlError> {
    Timestamp::from_microsecond(microseconds).map_err(SqlError::unreadable)
}
