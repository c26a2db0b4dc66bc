"""The statements that pgbench and the loop over SQLite send for each kind of request, with `:names` for values.

A read is the statement that the service sends: `LOOK_UP` for an image that it has read before, `READ` for another one. A
change is sent in six statements, as the service sent it before it had a shorter way; that is the reference for what it sends
now.
"""

import re


def rows(table, *columns):
    return f"(SELECT string_agg({' || '.join(columns)}, '') FROM {table} x WHERE x.image_id = i.id)"


def text(column):
    return f"octet_length({column}) || ':' || {column}"


MUTABLE = ["name", "disk_format", "container_format", "visibility", "size", "virtual_size", "status", "checksum", "protected"]
MUTABLE += ["min_ram", "min_disk", "owner", "hidden", "sha512"]
OTHERS = ["updated_at", "revision", "write_id", "bytes", "upload_id", "import_task"]
# The columns of a read, in its order.
COLUMNS = [*MUTABLE, "id", "created_at", *OTHERS]
# The images of the benchmark have no data: pgbench has no variable that is NULL.
NULLS = {"size", "virtual_size", "checksum", "sha512", "upload_id", "import_task"}

MEMBER = [text("x.project"), text("x.status"), "x.created_at || ':'", "x.updated_at || ':'"]
PARTS = [
    rows("image_tags", text("x.tag")),
    rows("image_members", *MEMBER),
    rows("image_properties", text("x.name"), text("x.value")),
]
READ = f"SELECT {', '.join([*(f'i.{column}' for column in COLUMNS), *PARTS])} FROM images i WHERE i.id = :id AND i.bytes <= :room"
LOOK_UP = "SELECT i.revision, i.write_id FROM images i WHERE i.id = :id"
UPDATE = (
    f"UPDATE images SET {', '.join(f'{column} = ' + ('NULL' if column in NULLS else ':' + column) for column in MUTABLE)}, "
    "updated_at = :updated_at, revision = :next, bytes = :bytes, upload_id = NULL, import_task = NULL, write_id = :write_id "
    "WHERE id = :id AND revision = :revision AND created_at = :created_at AND updated_at = :updated_at"
)
ADD = (
    "INSERT INTO image_tags (image_id, tag, owner, visibility, image_created_at) "
    "VALUES (:id, :tag, :owner, :visibility, :created_at)"
)
REMOVE = "DELETE FROM image_tags WHERE image_id = :id AND tag IN (:tag)"


def record(action):
    return (
        "INSERT INTO tag_events (time, image_id, tag, action, owner, visibility, user_id, project_id, request_id, reason) "
        f"VALUES (:updated_at, :id, :tag, :{action}, :owner, :visibility, :user, :owner, :request, NULL) RETURNING id"
    )


PUT_OF_NEW = [READ, "BEGIN", UPDATE, ADD, record("added"), "COMMIT"]
DELETE_OF_NEW = [READ, "BEGIN", UPDATE, REMOVE, record("removed"), "COMMIT"]
# A PUT of a tag that is set and a GET only read the image.
PUT_OF_SET = [READ]
PUT_OF_SET_AGAIN = [LOOK_UP]
# The values that no image has.
VALUES = {"tag": "without-the-service", "room": 16384, "added": "added", "removed": "removed", "user": "member", "write_id": 1}
VALUES["request"] = "req-00000000-0000-4000-8000-000000000000"


def sent(log):
    """The statements in a log of a PostgreSQL server that belong to requests."""
    statements = re.findall(r"LOG:  (?:execute [^:]+|statement): (.*)", log)
    return [text for text in statements if not re.search("pg_|ALTER SYSTEM|^SET ", text)]


def same(some, others):
    return [*map(without_values, some)] == [*map(without_values, others)]


def without_values(text):
    return re.sub(r":\w+|\$\d+|\bNULL\b", "?", text)
