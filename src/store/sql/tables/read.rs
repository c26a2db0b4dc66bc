//! Reads images. Each image is one row with everything that belongs to it, so that a read sees it
//! as it was at one instant.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::Timestamp;

use super::column;
use super::netstring::{self, NetstringReader, number, text};
use super::size_limit::SizeLimit;
use crate::image::{Attribute, Image, ImageId, Member, Restoration};
use crate::store::sql::drivers::{
    ColumnReader, Connection, Database, Engine, SqlError, Statement, count,
};

/// The columns of an image `i`, for [`whole_image`]. In rows that do not meet `condition`,
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

/// Reads the image with this id; `None` if it does not exist. Fails if it is larger
/// than `size_limit`.
pub(in crate::store::sql) async fn image(
    connection: &mut Connection,
    id: ImageId,
    size_limit: &SizeLimit,
) -> Result<Option<Image>, SqlError> {
    let statement = one(connection.engine(), id, size_limit);
    let engine = connection.engine();
    let read = |row: &mut ColumnReader<'_>| whole_image(engine, row);
    if let Some(image) = connection.fetch_first(statement, read).await? {
        return Ok(Some(image));
    }
    let size = connection.fetch_first(size_of(id), count);
    too_large(size.await?)
}

/// The same outside of a transaction.
pub(in crate::store::sql) async fn image_in(
    database: &Database,
    id: ImageId,
    size_limit: &SizeLimit,
) -> Result<Option<Image>, SqlError> {
    if size_limit.is_reserved() {
        // A large image would keep those waiting who share a connection.
        let mut connection = database.acquire().await?;
        let image = image(&mut connection, id, size_limit).await;
        return connection.finish(image).await;
    }
    let statement = one(database.engine(), id, size_limit);
    let read = |row: &mut ColumnReader<'_>| whole_image(database.engine(), row);
    if let Some(image) = database.fetch_first(statement, read).await? {
        return Ok(Some(image));
    }
    let size = database.fetch_first(size_of(id), count);
    too_large(size.await?)
}

/// The statement that reads one image. Its text is kept because nearly every request sends it.
fn one(engine: Engine, id: ImageId, size_limit: &SizeLimit) -> Statement {
    static TEXTS: [OnceLock<String>; 4] = [const { OnceLock::new() }; 4];
    let text = || {
        let columns = columns(engine, None);
        format!("SELECT {columns} FROM images i WHERE i.id = ? AND i.bytes <= ?")
    };
    let text: &'static str = TEXTS[engine as usize].get_or_init(text);
    Statement::new(text).with(id).with(size_limit.bytes())
}

/// The statement that reads the size of an image.
fn size_of(id: ImageId) -> Statement {
    Statement::new("SELECT bytes FROM images WHERE id = ?").with(id)
}

/// What an image is that was not read, if its size is known.
fn too_large<T>(size: Option<usize>) -> Result<Option<T>, SqlError> {
    size.map_or(Ok(None), |size| Err(SqlError::TooLarge(size)))
}

/// Reads an id from the next column.
pub(super) fn id_of(row: &mut ColumnReader<'_>) -> Result<ImageId, SqlError> {
    parsed(row.text()?.unwrap_or_default())
}

/// Reads the image from the next columns, which are those of [`columns`].
pub(super) fn whole_image(engine: Engine, row: &mut ColumnReader<'_>) -> Result<Image, SqlError> {
    let mut image = stored_image(engine, row)?;
    if !engine.owns_images() {
        image.set_revision_by_content();
    }
    Ok(image)
}

fn stored_image(engine: Engine, row: &mut ColumnReader<'_>) -> Result<Image, SqlError> {
    let mut restoration = Restoration::new();
    for (attribute, _) in Attribute::stored() {
        let value = if column::is_text(attribute) {
            row.text()?.into()
        } else {
            let number = row.optional_number()?;
            let value = number.map(|number| column::of_number(attribute, number));
            value.transpose().map_err(SqlError::unreadable)?.into()
        };
        let restored = attribute.restore(&mut restoration, value);
        restored.map_err(SqlError::unreadable)?;
    }
    let (revision, write_id, bytes) = (row.count()?, row.number()?, row.count()?);
    let upload = row.text()?.map(parsed).transpose()?;
    let import = row.text()?.map(serde_json::from_str).transpose();
    let import = import.map_err(SqlError::unreadable)?;
    let image = restoration.finish(revision, bytes, upload, import);
    let mut image = image.map_err(SqlError::unreadable)?;
    image.set_write_id(write_id.into());
    let (mut texts, mut tags) = (NetstringReader::new(row.text()?), Vec::new());
    while !texts.is_empty() {
        tags.push(parsed(texts.text()?)?);
    }
    image.tags = tags.into();
    let mut members = NetstringReader::new(row.text()?);
    while !members.is_empty() {
        let (project, status) = (parsed(members.text()?)?, parsed(members.text()?)?);
        let times = (time(members.number()?)?, time(members.number()?)?);
        let member = Member::restored(status, times.0, times.1);
        image.members.insert(project, member);
    }
    let mut pairs = NetstringReader::new(row.text()?);
    let mut properties = BTreeMap::new();
    while !pairs.is_empty() {
        let (name, value) = (pairs.text()?, pairs.text()?);
        match (parsed(name), parsed(value)) {
            (Ok(name), Ok(value)) => {
                properties.insert(name, value);
            }
            // Glance may have what this service would refuse.
            _ if !engine.owns_images() => {}
            (Err(error), _) | (_, Err(error)) => return Err(error),
        }
    }
    image.properties = properties.into();
    Ok(image)
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
