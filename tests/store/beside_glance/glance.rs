//! What a Glance 33 does to its tables, as the general log of its database shows it.

use std::time::Duration;

use image_tags::identity::ProjectId;
use image_tags::image::{
    ContainerFormat, DiskFormat, Image, ImageData, ImageId, ImageName, Member, MemberStatus, Tag,
    Tags,
};
use jiff::Timestamp;
use sqlx::Connection as _;
use sqlx::mysql::MySqlConnection;

use super::decoys;
use super::statement::{Statement, in_transaction};

/// What it saves of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Saves {
    /// What a request has changed, as with the filter of `deploy/glance`.
    OwnPart,
    /// The tags that it has read, too.
    AllTags,
}

/// A Glance that serves one request at a time.
#[derive(Debug)]
pub(super) struct Glance {
    connection: MySqlConnection,
    saves: Saves,
}

const ATTRIBUTES: &str = "name = ?, disk_format = ?, container_format = ?, size = ?, \
    virtual_size = ?, status = ?, visibility = ?, checksum = ?, os_hash_algo = ?, \
    os_hash_value = ?, min_disk = ?, min_ram = ?, owner = ?, protected = ?, os_hidden = ?";

const DELETED: &str = "deleted = 1, deleted_at = UTC_TIMESTAMP(), updated_at = UTC_TIMESTAMP()";

/// The tables with rows of an image, each with the column of its id; its own is the last.
const TABLES: [(&str, &str); 4] = [
    ("image_properties", "image_id"),
    ("image_members", "image_id"),
    ("image_tags", "image_id"),
    ("images", "id"),
];

impl Glance {
    /// Connects as Glance does by default.
    pub(super) async fn connect(url: &str, saves: Saves) -> Self {
        let mut connection = MySqlConnection::connect(url).await.unwrap();
        let setup = sqlx::raw_sql("SET SESSION sql_mode = 'TRADITIONAL'");
        setup.execute(&mut connection).await.unwrap();
        Self { connection, saves }
    }

    async fn run(&mut self, statements: Vec<Statement>) {
        in_transaction(&mut self.connection, &statements).await;
    }

    /// Creates the image, tags and all, and shares it.
    pub(super) async fn create(&mut self, image: &Image) {
        self.purge(image.id()).await;
        let id = &image.id().to_string();
        let text = format!(
            "INSERT INTO images SET {ATTRIBUTES}, id = ?, created_at = ?, updated_at = ?, deleted = 0"
        );
        let row = with_attributes(Statement::new(text), image).with(&**id);
        let row = row.with(&*shown(image.created_at()));
        let row = row.with(&*shown(image.updated_at()));
        let properties = image.properties.iter();
        let properties =
            properties.flat_map(|(name, value)| set_property(id, name.as_str(), value.as_str()));
        self.run([row].into_iter().chain(properties).collect())
            .await;
        self.run(image.tags.iter().map(|tag| add_tag(id, tag)).collect())
            .await;
        let members = image.members.iter();
        let members = members.map(|(project, member)| add_member(id, project.as_str(), member));
        self.run(members.collect()).await;
        let tag = image.tags.iter().next();
        self.run(decoys::rows(id, tag.map(Tag::as_str))).await;
    }

    /// Saves what has changed of the image but for its tags, and shares it or not.
    pub(super) async fn save(&mut self, before: &Image, after: &Image) {
        if !is_alike(before, after) {
            let id = &after.id().to_string();
            let text = format!(
                "UPDATE images SET {ATTRIBUTES}, updated_at = UTC_TIMESTAMP() WHERE id = ?"
            );
            let row = with_attributes(Statement::new(text), after).with(&**id);
            let kept = after.properties.iter();
            let kept =
                kept.flat_map(|(name, value)| set_property(id, name.as_str(), value.as_str()));
            let removed = before.properties.iter().map(|(name, _)| name.as_str());
            let removed = removed.filter(|name| !after.properties.contains(name));
            let removed = removed.map(|name| remove("image_properties", "name", id, name));
            self.run([row].into_iter().chain(kept).chain(removed).collect())
                .await;
            if self.saves == Saves::AllTags {
                self.save_tags(before).await;
            }
        }
        if before.members != after.members {
            self.share(before, after).await;
        }
    }

    /// Makes the tags of the image those that were read before the request changed it.
    async fn save_tags(&mut self, read: &Image) {
        let id = &read.id().to_string();
        let query = "SELECT value FROM image_tags WHERE image_id = ? AND deleted = 0";
        let query = sqlx::query_scalar(query).bind(id);
        let existing: Vec<String> = query.fetch_all(&mut self.connection).await.unwrap();
        let is_there = |tag: &Tag| existing.iter().any(|value| value == tag.as_str());
        let is_read = |value: &str| {
            value == decoys::WITH_NUL || read.tags.iter().any(|tag| tag.as_str() == value)
        };
        let missing = read.tags.iter().filter(|tag| !is_there(tag));
        let missing = missing.map(|tag| add_tag(id, tag));
        let unknown = existing.iter().filter(|value| !is_read(value));
        let unknown = unknown.map(|value| remove("image_tags", "value", id, value));
        self.run(missing.chain(unknown).collect()).await;
    }

    /// Times are in seconds. What has happened before is not of the second in which an image is
    /// shared, so that a case can tell the one from the other.
    async fn share(&mut self, before: &Image, after: &Image) {
        let of_second = Timestamp::now().subsec_nanosecond().unsigned_abs();
        let rest = Duration::from_nanos(1_000_000_000 - u64::from(of_second));
        tokio::time::sleep(rest).await;
        let id = &after.id().to_string();
        let old = |project| before.members.get(project).map(|member| member.status);
        let set = after.members.iter();
        let set = set.filter(|(project, member)| old(project) != Some(member.status));
        let set = set.flat_map(|(project, member)| set_member(id, project.as_str(), member.status));
        let removed = before.members.keys();
        let removed = removed.filter(|project| !after.members.contains_key(project));
        let removed =
            removed.map(|project| remove("image_members", "member", id, project.as_str()));
        self.run(set.chain(removed).collect()).await;
    }

    /// Deletes the image in two transactions, of which the first sets its status.
    pub(super) async fn delete(&mut self, id: ImageId) {
        let id = &id.to_string();
        let text =
            "UPDATE images SET status = 'deleted', updated_at = UTC_TIMESTAMP() WHERE id = ?";
        self.run(vec![Statement::new(text).with(&**id)]).await;
        let marks = TABLES.iter().rev().map(|(table, column)| {
            let text = format!("UPDATE {table} SET {DELETED} WHERE {column} = ? AND deleted = 0");
            Statement::new(text).with(&**id)
        });
        self.run(marks.collect()).await;
    }

    /// Whether the image, which does not exist or is deleted, has tags all the same.
    pub(super) async fn has_left_tags(&mut self, id: ImageId) -> bool {
        let query = "SELECT COUNT(*) FROM image_tags t JOIN images i ON i.id = t.image_id \
                     WHERE t.image_id = ? AND t.deleted = 0 AND i.deleted = 1";
        let query = sqlx::query_scalar(query).bind(id.to_string());
        let number: i64 = query.fetch_one(&mut self.connection).await.unwrap();
        number > 0
    }

    /// Removes a deleted image for good, so that its id is free again. In a cloud,
    /// `glance-manage db purge` and `purge_images_table` do so some time later.
    async fn purge(&mut self, id: ImageId) {
        let id = &id.to_string();
        let deletions = TABLES.iter().map(|(table, column)| {
            let text = format!("DELETE FROM {table} WHERE {column} = ? AND deleted_at IS NOT NULL");
            Statement::new(text).with(&**id)
        });
        self.run(deletions.collect()).await;
    }
}

/// Whether Glance has nothing to save but members and tags.
fn is_alike(before: &Image, after: &Image) -> bool {
    let rest = |image: &Image| {
        let mut image = image.clone();
        (image.tags, image.members) = (Tags::default(), before.members.clone());
        let mut json = serde_json::to_value(&image).unwrap();
        (json["revision"], json["updated_at"]) = Default::default();
        json
    };
    rest(before) == rest(after)
}

/// A time in a statement.
fn shown(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn with_attributes(statement: Statement, image: &Image) -> Statement {
    let decoy = (
        Some(decoys::SIZES[0]),
        Some(decoys::SIZES[1]),
        decoys::DIGESTS,
    );
    let (size, virtual_size, [checksum, algorithm, digest]) =
        image.data.as_ref().map_or(decoy, |data| {
            let digests = [data.checksum(), ImageData::HASH_ALGORITHM, data.sha512()];
            (Some(data.size()), data.virtual_size(), digests)
        });
    statement
        .with(
            image
                .name
                .as_ref()
                .map_or(decoys::WITH_NUL, ImageName::as_str),
        )
        .with(image.disk_format.map_or(decoys::FORMAT, DiskFormat::as_str))
        .with(
            image
                .container_format
                .map_or(decoys::FORMAT, ContainerFormat::as_str),
        )
        .with(size)
        .with(virtual_size)
        .with(image.status.as_str())
        .with(image.visibility.as_str())
        .with(checksum)
        .with(algorithm)
        .with(digest)
        .with(i64::from(image.min_disk.get()))
        .with(i64::from(image.min_ram.get()))
        .with(image.owner.as_ref().map(ProjectId::as_str))
        .with(i64::from(image.protected))
        .with(i64::from(image.hidden))
}

/// Marks a row of the image as removed.
fn remove(table: &str, column: &str, id: &str, text: &str) -> Statement {
    let update = format!(
        "UPDATE {table} SET {DELETED} \
         WHERE image_id = ? AND BINARY {column} = BINARY ? AND deleted = 0"
    );
    Statement::new(update).with(id).with(text)
}

/// Sets the property, whose row may be marked as removed.
fn set_property(id: &str, name: &str, value: &str) -> [Statement; 2] {
    let update = "UPDATE image_properties SET value = ?, deleted = 0, updated_at = UTC_TIMESTAMP() \
                  WHERE image_id = ? AND BINARY name = BINARY ?";
    let insert = "INSERT INTO image_properties (image_id, name, value, created_at, updated_at, deleted) \
                  SELECT ?, ?, ?, UTC_TIMESTAMP(), UTC_TIMESTAMP(), 0 FROM DUAL WHERE NOT EXISTS \
                  (SELECT 1 FROM image_properties WHERE image_id = ? AND BINARY name = BINARY ?)";
    [
        Statement::new(update).with(value).with(id).with(name),
        Statement::new(insert)
            .with(id)
            .with(name)
            .with(value)
            .with(id)
            .with(name),
    ]
}

fn add_tag(id: &str, tag: &Tag) -> Statement {
    let text = "INSERT INTO image_tags (image_id, value, created_at, updated_at, deleted) \
                VALUES (?, ?, UTC_TIMESTAMP(), UTC_TIMESTAMP(), 0)";
    Statement::new(text).with(id).with(tag.as_str())
}

fn add_member(id: &str, project: &str, member: &Member) -> Statement {
    let text = "INSERT INTO image_members (image_id, member, can_share, status, created_at, updated_at, deleted) \
                VALUES (?, ?, 0, ?, ?, ?, 0)";
    let insert = Statement::new(text)
        .with(id)
        .with(project)
        .with(member.status.as_str());
    let insert = insert.with(&*shown(member.created_at()));
    insert.with(&*shown(member.updated_at()))
}

/// Adds the member or sets its status. A member that was removed and comes back gets its old row,
/// with the time when that was made.
fn set_member(id: &str, project: &str, status: MemberStatus) -> [Statement; 2] {
    let update = "UPDATE image_members SET status = ?, deleted = 0, updated_at = UTC_TIMESTAMP() \
                  WHERE image_id = ? AND BINARY member = BINARY ?";
    let insert = "INSERT INTO image_members (image_id, member, can_share, status, created_at, updated_at, deleted) \
                  SELECT ?, ?, 0, ?, UTC_TIMESTAMP(), UTC_TIMESTAMP(), 0 FROM DUAL WHERE NOT EXISTS \
                  (SELECT 1 FROM image_members WHERE image_id = ? AND BINARY member = BINARY ?)";
    let status = status.as_str();
    [
        Statement::new(update).with(status).with(id).with(project),
        Statement::new(insert)
            .with(id)
            .with(project)
            .with(status)
            .with(id)
            .with(project),
    ]
}
