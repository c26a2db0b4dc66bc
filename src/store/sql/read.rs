//! Images out of the tables: a row for each, with all that belongs to it, so that it is read as it was at one instant.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::column;
use super::fault::Fault;
use super::packed::{self, Packed, number, text};
use super::pool::Connection;
use super::room::Room;
use super::statement::Statement;
use super::url::Engine;
use crate::image::{Attribute, Image, ImageId, Member, Restoration};

/// The columns of an image `i`, for [`Columns::image`]. Tags, members and properties, which may be large, are left out where
/// `condition` does not hold.
pub(super) fn columns(engine: Engine, condition: Option<&str>) -> String {
    let tags = packed::rows(engine, "image_tags", &[text("x.tag")]);
    let members = [
        text("x.project"),
        text("x.status"),
        number("x.created_at"),
        number("x.updated_at"),
    ];
    let members = packed::rows(engine, "image_members", &members);
    let properties = packed::rows(
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

/// The image with this id, if there is `room` for it.
pub(super) async fn image(
    connection: &mut Connection<'_>,
    id: ImageId,
    room: &Room,
) -> Result<Option<Image>, Fault> {
    let rows = connection
        .rows(
            Statement::new(one(connection.engine()))
                .with(id)
                .with(room.size()),
        )
        .await?;
    if let Some(row) = rows.first() {
        return Columns::of(row).image().map(Some);
    }
    let size = connection
        .rows(Statement::new("SELECT bytes FROM images WHERE id = ?").with(id))
        .await?;
    match size.first() {
        None => Ok(None),
        Some(row) => Err(Fault::TooLarge(Columns::of(row).count()?)),
    }
}

/// The text of the statement for one image, which nearly every request sends.
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

/// The id in the first column.
pub(super) fn id_in(row: &AnyRow) -> Result<ImageId, Fault> {
    parsed(Columns::of(row).text()?.unwrap_or_default())
}

/// A row of two numbers, of which the second may be missing.
pub(super) fn pair(row: &AnyRow) -> Result<(usize, Option<i64>), Fault> {
    let mut columns = Columns::of(row);
    Ok((columns.count()?, columns.optional_number()?))
}

/// The number in the only row.
pub(super) fn only_number(rows: &[AnyRow]) -> Result<i64, Fault> {
    Columns::of(rows.first().ok_or_else(|| Fault::unreadable("no row"))?).number()
}

/// The text in the only row, if there is one.
pub(super) fn only_text(rows: &[AnyRow]) -> Result<Option<&str>, Fault> {
    rows.first().map_or(Ok(None), |row| Columns::of(row).text())
}

/// The columns of a row, read from the first to the last: in the order in which the statement names them.
pub(super) struct Columns<'a> {
    row: &'a AnyRow,
    next: usize,
}

impl<'a> Columns<'a> {
    pub(super) fn of(row: &'a AnyRow) -> Self {
        Self { row, next: 0 }
    }

    /// The image in the next columns, which are those of [`columns`].
    pub(super) fn image(&mut self) -> Result<Image, Fault> {
        let mut restoration = Restoration::new();
        for (attribute, _) in Attribute::stored() {
            let value = if column::is_text(attribute) {
                self.text()?.into()
            } else {
                let number = self.optional_number()?;
                let value = number.map(|number| column::of_number(attribute, number));
                value.transpose().map_err(Fault::unreadable)?.into()
            };
            let restored = attribute.restore(&mut restoration, value);
            restored.map_err(Fault::unreadable)?;
        }
        let (revision, bytes) = (self.count()?, self.count()?);
        let image = restoration.finish(revision, bytes);
        let mut image = image.map_err(Fault::unreadable)?;
        let mut tags = Packed::new(self.text()?);
        while !tags.is_empty() {
            image.tags.insert(parsed(tags.text()?)?);
        }
        let mut members = Packed::new(self.text()?);
        while !members.is_empty() {
            let (project, status) = (parsed(members.text()?)?, parsed(members.text()?)?);
            let times = (time(members.number()?)?, time(members.number()?)?);
            let member = Member::restored(status, times.0, times.1);
            image.members.insert(project, member);
        }
        let mut packed = Packed::new(self.text()?);
        let mut properties = BTreeMap::new();
        while !packed.is_empty() {
            properties.insert(parsed(packed.text()?)?, parsed(packed.text()?)?);
        }
        image.properties = properties.into();
        Ok(image)
    }

    /// The number in the next column.
    pub(super) fn number(&mut self) -> Result<i64, Fault> {
        self.get()
    }

    /// The number in the next column, which is not negative.
    pub(super) fn count<T>(&mut self) -> Result<T, Fault>
    where
        T: TryFrom<i64, Error: std::error::Error + Send + Sync + 'static>,
    {
        T::try_from(self.number()?).map_err(Fault::unreadable)
    }

    fn optional_number(&mut self) -> Result<Option<i64>, Fault> {
        self.get()
    }

    fn text(&mut self) -> Result<Option<&'a str>, Fault> {
        self.get()
    }

    fn get<T>(&mut self) -> Result<T, Fault>
    where
        T: sqlx::Decode<'a, sqlx::Any> + sqlx::Type<sqlx::Any>,
    {
        let value = self.row.try_get(self.next)?;
        self.next += 1;
        Ok(value)
    }
}

fn parsed<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    text: &str,
) -> Result<T, Fault> {
    text.parse().map_err(Fault::unreadable)
}

fn time(microseconds: i64) -> Result<Timestamp, Fault> {
    Timestamp::from_microsecond(microseconds).map_err(Fault::unreadable)
}
