"""The guard of triggers: what Glance would undo stays, Glance itself goes on working, and nothing remains of it."""

import os
import subprocess
import threading
import time
import urllib.parse

import pytest
import race
from race import request

NAMES = ["image_tags_guard_images", "image_tags_guard_update", "image_tags_guard_insert"]


@pytest.fixture
def guard(program):
    yield lambda command: program("guard", command)
    assert program("guard", "remove").code == 0


@pytest.fixture
def image(glance):
    new = {"name": "guarded", "tags": ["a", "b"], "disk_format": "raw", "container_format": "bare"}
    status, image = request(glance, "POST", "/v2/images", new)
    assert status == 201, image
    return f"/v2/images/{image['id']}"


def tags(glance, image):
    return sorted(request(glance, "GET", image)[1]["tags"])


def schema():
    server = urllib.parse.urlsplit(os.environ["IMAGE_TAGS_TEST_MARIADB"])
    command = ["mariadb-dump", "--no-defaults", "--no-data", "--triggers", "--routines", "--skip-dump-date"]
    command += ["--host", server.hostname, "--port", str(server.port), "--user", server.username, "glance"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def change(sql, image, statements):
    """What the service does: it notes the image, and its session says that it writes tags."""
    sql(f"INSERT IGNORE INTO image_tags_guarded VALUES ('{image}', NOW())")
    sql(f"SET @image_tags_writer = 1; {statements}")


def test_removing_the_guard_leaves_the_schema_as_it_was(program, guard):
    before = schema()
    done = guard("status")
    assert (done.code, done.output.splitlines()) == (1, [f"{name}: missing" for name in NAMES] + ["image_tags_neutralised: missing"])
    assert guard("install").output == "neutralised: 0\n"
    assert guard("status").code == 0
    assert schema() != before
    assert guard("install").code == 0, "a second time replaces it"
    assert guard("remove").code == 0
    assert schema() == before


def test_the_status_names_triggers_that_are_missing_or_others(guard, sql):
    guard("install")
    sql(f"DROP TRIGGER {NAMES[2]}; CREATE OR REPLACE TRIGGER {NAMES[1]} BEFORE UPDATE ON image_tags FOR EACH ROW SET @x = 1")
    done = guard("status")
    assert done.code == 1
    assert done.output.splitlines() == [f"{NAMES[2]}: missing", f"{NAMES[1]}: not that of this version", "neutralised: 0"]
    assert guard("install").code == 0
    assert guard("status").code == 0


def test_a_stale_save_neither_removes_what_was_added_nor_adds_what_was_removed(glance, guard, sql, image):
    """An upload saves the image at its end with the tags that it had at its start."""
    guard("install")
    id = image.rsplit("/", 1)[1]
    connection = race.connect(glance)
    connection.putrequest("PUT", f"{image}/file")
    for name, value in (("X-Auth-Token", glance.token), ("Content-Type", "application/octet-stream"), ("Content-Length", "20")):
        connection.putheader(name, value)
    connection.endheaders(b"0123456789")
    race.wait_for_status(glance, image, "saving")
    columns = "image_id, value, created_at, updated_at, deleted"
    change(
        sql,
        id,
        f"INSERT INTO image_tags ({columns}) VALUES ('{id}', 'new', NOW(), NOW(), 0);"
        f"UPDATE image_tags SET deleted = 1, deleted_at = NOW() WHERE image_id = '{id}' AND value = 'a'",
    )
    connection.send(b"0123456789")
    assert connection.getresponse().status == 204
    connection.close()
    assert tags(glance, image) == ["b", "new"]
    rows = sql("SELECT value, action FROM image_tags_neutralised ORDER BY value")
    assert rows == [["a", "addition"], ["new", "removal"]]
    assert guard("status").output.startswith("neutralised: 2, the newest at 20")


def test_changes_of_tags_through_glance_itself_are_not_done(glance, guard, image):
    guard("install")
    assert request(glance, "DELETE", f"{image}/tags/a")[0] == 204
    assert tags(glance, image) == ["a", "b"]
    # A tag that the image has never had is added.
    assert request(glance, "PUT", f"{image}/tags/c")[0] == 204
    assert tags(glance, image) == ["a", "b", "c"]


def test_a_deleted_image_loses_its_tags(glance, guard, image, sql):
    guard("install")
    assert request(glance, "DELETE", image)[0] == 204
    id = image.rsplit("/", 1)[1]
    assert sql(f"SELECT COUNT(*) FROM image_tags WHERE image_id = '{id}' AND deleted = 0") == [["0"]]
    assert sql("SELECT COUNT(*) FROM image_tags_neutralised") == [["0"]]


def test_a_guard_that_cannot_be_installed_leaves_nothing(guard, sql):
    """A transaction that uses the table of tags keeps the second trigger waiting, for five seconds at most."""
    before = schema()
    blocker = threading.Thread(target=sql, args=("BEGIN; SELECT COUNT(*) FROM image_tags; DO SLEEP(8)",))
    blocker.start()
    time.sleep(1)
    done = guard("install")
    blocker.join()
    assert (done.code, "1205" in done.error) == (1, True), done
    assert schema() == before


def test_images_can_be_created_with_tags_at_the_same_time(glance, guard):
    """Each insertion looks for a row of the tag: that must not keep others from theirs."""
    guard("install")
    statuses = []

    def create():
        for number in range(6):
            statuses.append(request(glance, "POST", "/v2/images", {"name": "new", "tags": [f"t{number}", "a", "b"]})[0])

    threads = [threading.Thread(target=create) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) == {201}, statuses


def test_a_replacement_that_fails_leaves_the_guard_that_was_there(guard, sql, glance, image):
    guard("install")
    before = schema()
    blocker = threading.Thread(target=sql, args=("BEGIN; SELECT COUNT(*) FROM image_tags; DO SLEEP(8)",))
    blocker.start()
    time.sleep(1)
    assert guard("install").code == 1
    blocker.join()
    assert schema() == before
    assert guard("status").code == 0
    assert request(glance, "DELETE", image)[0] == 204
