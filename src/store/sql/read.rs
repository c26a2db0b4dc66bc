//! Images out of the tables: one statement for all four of them, so that an image is read as it was at one instant.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::fault::Fault;
use super::pool::Connection;
use super::statement::Statement;
use crate::identity::ProjectId;
use crate::image::{Image, ImageData, ImageId, Member};

/// What a row is about, in its first column.
const IMAGE: i64 = 0;
const TAG: i64 = 1;
const MEMBER: i64 = 2;
const PROPERTY: i64 = 3;

/// The columns of a row about an image after its kind. The rows of the other tables use the first of them.
const IMAGE_COLUMNS: &str = "i.id, i.name, i.owner, i.created_at, i.updated_at, i.visibility, i.status, i.disk_format, \
                             i.container_format, i.checksum, i.sha512, i.revision, i.min_disk, i.min_ram, i.protected, \
                             i.hidden, i.size";

/// The rows of the images, of their tags, members and properties. `from` gives, for a table and its column with the image's
/// id, what comes after `FROM`; `place` is the place of the image in the list, and how many there are.
pub(super) fn all_rows(place: &str, from: impl Fn(&str, &str) -> Statement) -> Statement {
    let nothing = |columns: usize| ", NULL".repeat(columns);
    let mut statement = Statement::new(format!("SELECT {IMAGE} AS kind, {IMAGE_COLUMNS}, {place} FROM "));
    statement.push(from("images i", "i.id"));
    for (kind, columns, missing, table) in [
        (TAG, "x.image_id, x.tag", 17, "image_tags x"),
        (MEMBER, "x.image_id, x.project, x.status, x.created_at, x.updated_at", 14, "image_members x"),
        (PROPERTY, "x.image_id, x.name, x.value", 16, "image_properties x"),
    ] {
        statement.push(format!(" UNION ALL SELECT {kind}, {columns}{} FROM ", nothing(missing)));
        statement.push(from(table, "x.image_id"));
    }
    statement
}

/// The image with this id.
pub(super) async fn image(connection: &mut Connection<'_>, id: ImageId) -> Result<Option<Image>, Fault> {
    let one = |table: &str, column: &str| Statement::new(format!("{table} WHERE {column} = ?")).with(id);
    let rows = connection.rows(all_rows("1, 1", one)).await?;
    Ok(images(&rows)?.0.pop())
}

/// The images that the rows are about, in the order of their places, and how many there are in all.
pub(super) fn images(rows: &[AnyRow]) -> Result<(Vec<Image>, i64), Fault> {
    let rows: Vec<_> = rows.iter().map(Columns).collect();
    let mut all = 0;
    let mut found = Vec::new();
    let mut others = Vec::new();
    for row in rows {
        if row.number(0)? == IMAGE {
            found.push((row.number(18)?, row.image()?));
            all = row.number(19)?;
        } else {
            others.push(row);
        }
    }
    found.sort_by_key(|(place, _)| *place);
    let mut images: Vec<_> = found.into_iter().map(|(_, image)| image).collect();
    let places: HashMap<_, _> = images.iter().enumerate().map(|(place, image)| (image.id(), place)).collect();
    for row in others {
        let image = places.get(&row.id()?).and_then(|place| images.get_mut(*place));
        row.add_to(image.ok_or_else(|| Fault::unreadable("a row without its image"))?)?;
    }
    Ok((images, all))
}

/// A row by the numbers of its columns.
struct Columns<'a>(&'a AnyRow);

impl Columns<'_> {
    fn number(&self, column: usize) -> Result<i64, Fault> {
        Ok(self.0.try_get(column)?)
    }

    fn text(&self, column: usize) -> Result<Option<&str>, Fault> {
        Ok(self.0.try_get(column)?)
    }

    fn owned(&self, column: usize) -> Result<Option<String>, Fault> {
        Ok(self.text(column)?.map(str::to_owned))
    }

    fn time(&self, column: usize) -> Result<Timestamp, Fault> {
        Timestamp::from_microsecond(self.number(column)?).map_err(Fault::unreadable)
    }

    fn count<T: TryFrom<i64, Error: std::error::Error + Send + Sync + 'static>>(&self, at: usize) -> Result<T, Fault> {
        T::try_from(self.number(at)?).map_err(Fault::unreadable)
    }

    fn parsed<T>(&self, column: usize) -> Result<T, Fault>
    where
        T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
    {
        self.text(column)?.unwrap_or_default().parse().map_err(Fault::unreadable)
    }

    fn id(&self) -> Result<ImageId, Fault> {
        self.parsed(1)
    }

    fn image(&self) -> Result<Image, Fault> {
        let (created_at, updated_at) = (self.time(4)?, self.time(5)?);
        let mut image = Image::new(self.id()?, created_at).at_revision(self.count(12)?, updated_at);
        image.name = self.owned(2)?;
        image.owner = self.text(3)?.map(ProjectId::from);
        image.visibility = self.parsed(6)?;
        image.status = self.parsed(7)?;
        image.disk_format = self.owned(8)?;
        image.container_format = self.owned(9)?;
        image.min_disk = self.count(13)?;
        image.min_ram = self.count(14)?;
        image.protected = self.number(15)? != 0;
        image.hidden = self.number(16)? != 0;
        if let (Some(checksum), Some(sha512)) = (self.owned(10)?, self.owned(11)?) {
            image.data = Some(ImageData { size: self.count(17)?, checksum, sha512 });
        }
        Ok(image)
    }

    /// Adds the tag, member or property that the row is about.
    fn add_to(&self, image: &mut Image) -> Result<(), Fault> {
        match self.number(0)? {
            TAG => {
                image.tags.insert(self.parsed(2)?);
            }
            MEMBER => {
                let member = Member::of_times(self.parsed(3)?, self.time(4)?, self.time(5)?);
                image.members.insert(self.text(2)?.unwrap_or_default().into(), member);
            }
            _ => {
                let [name, value] = [self.owned(2)?, self.owned(3)?].map(Option::unwrap_or_default);
                image.properties.insert(name, value);
            }
        }
        Ok(())
    }
}

/// Rows of two numbers.
pub(super) fn pairs(rows: &[AnyRow]) -> Result<Vec<(usize, i64)>, Fault> {
    rows.iter().map(|row| Ok((Columns(row).count(0)?, Columns(row).number(1)?))).collect()
}

/// The number in the only row.
pub(super) fn number(rows: &[AnyRow]) -> Result<i64, Fault> {
    Columns(rows.first().ok_or_else(|| Fault::unreadable("no row"))?).number(0)
}
