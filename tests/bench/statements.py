"""The statements that the SQL stores send for each kind of request, with `:names` for values.

`compared` compares them with the statements in the log of a PostgreSQL server.
"""

import re


def rows(table, *columns):
    return f"(SELECT string_agg({' || '.join(columns)}, '') FROM {table} x WHERE x.image_id = i.id)"


def text(column):
    return f"octet_length({column}) || ':' || {column}"


MEMBER = [text("x.project"), text("x.status"), "x.created_at || ':'", "x.updated_at || ':'"]
READ = (
    "SELECT i.id, i.name, i.owner, i.created_at, i.updated_at, i.visibility, i.status, i.disk_format, i.container_format, "
    f"i.checksum, i.sha512, i.revision, i.min_disk, i.min_ram, i.protected, i.hidden, i.size, i.bytes, {rows('image_tags', text('x.tag'))}, "
    f"{rows('image_members', *MEMBER)}, {rows('image_properties', text('x.name'), text('x.value'))} FROM images i WHERE i.id = :id "
    "AND i.bytes <= :room"
)
# The images of the benchmark have no data: pgbench has no variable that is NULL.
UPDATE = (
    "UPDATE images SET updated_at = :updated_at, revision = :next, name = :name, owner = :owner, visibility = :visibility, "
    "status = :status, disk_format = :disk_format, container_format = :container_format, min_disk = :min_disk, "
    "min_ram = :min_ram, protected = :protected, hidden = :hidden, size = NULL, checksum = NULL, sha512 = NULL, "
    "bytes = :bytes "
    "WHERE id = :id AND revision = :revision AND created_at = :created_at AND updated_at = :updated_at"
)
ADD = (
    "INSERT INTO image_tags (image_id, tag, owner, visibility, image_created_at) "
    "VALUES (:id, :tag, :owner, :visibility, :created_at)"
)
REMOVE = "DELETE FROM image_tags WHERE image_id = :id AND tag IN (:tag)"

PUT_OF_NEW = [READ, "BEGIN", UPDATE, ADD, "COMMIT"]
DELETE_OF_NEW = [READ, "BEGIN", UPDATE, REMOVE, "COMMIT"]
# A PUT of a tag that is set and a GET only read the image.
PUT_OF_SET = [READ]


def without_values(text):
    return re.sub(r":\w+|\$\d+|(?<== )NULL", "?", text)


def compared(log):
    """How the logged statements of a PUT and a DELETE of a new tag differ from those above, or None."""
    sent = re.findall(r"LOG:  (?:execute \w+|statement): (.*)", log)
    sent = [text for text in sent if "pg_" not in text and "ALTER SYSTEM" not in text]
    expected = PUT_OF_NEW + DELETE_OF_NEW
    if [*map(without_values, sent)] == [*map(without_values, expected)]:
        return None
    return "\n".join(["sent:", *sent, "expected:", *expected])
