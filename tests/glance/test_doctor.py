"""The doctor: what it finds in the database of a Glance, what it repairs, and what Glance answers before and after."""

import pytest
from race import request


@pytest.fixture
def image(glance, sql):
    """An image with the tags a and b."""
    status, image = request(glance, "POST", "/v2/images", {"name": "ill", "tags": ["a", "b"]})
    assert status == 201, image
    yield image["id"]
    sql(f"UPDATE image_tags SET deleted = 1, deleted_at = NOW() WHERE image_id = '{image['id']}'")


def insert(sql, image, tag, time="UTC_TIMESTAMP()"):
    columns = "image_id, value, created_at, updated_at, deleted"
    sql(f"INSERT INTO image_tags ({columns}) VALUES ('{image}', '{tag}', {time}, {time}, 0)")


def dump(sql):
    return sql("SELECT * FROM image_tags ORDER BY id")


def test_nothing_is_found_in_the_database_of_a_healthy_glance(program, image):
    done = program("doctor")
    assert (done.code, done.output) == (0, ""), done
    assert program("doctor", "--json").json == []


def test_a_doubled_tag_makes_glance_answer_500_until_it_is_repaired(glance, program, sql, image):
    insert(sql, image, "a")
    path = f"/v2/images/{image}/tags/a"
    assert request(glance, "DELETE", path)[0] == 500
    before = dump(sql)
    done = program("doctor")
    assert done.code == 1
    assert done.output.splitlines()[1] == f'{image}  doubled           "a" has 2 rows'
    assert dump(sql) == before, "without --apply nothing changes"
    done = program("doctor", "--apply")
    assert done.code == 0, done
    assert done.output.splitlines()[1].endswith('"a" has 2 rows: 1 rows marked as removed')
    assert sorted(request(glance, "GET", f"/v2/images/{image}")[1]["tags"]) == ["a", "b"]
    assert request(glance, "DELETE", path)[0] == 204


def test_tags_that_the_database_takes_for_one_are_found_and_left(glance, program, sql, image):
    for tag in ("A", "b ", "é", "e"):
        insert(sql, image, tag)
    assert request(glance, "DELETE", f"/v2/images/{image}/tags/a")[0] == 500
    found = [{"image": image, "problem": "alike", "tags": tags} for tags in (["A", "a"], ["b", "b "], ["e", "é"])]
    assert sorted(program("doctor", "--json").json, key=lambda finding: finding["tags"]) == found
    before = dump(sql)
    done = program("doctor", "--json", "--apply")
    assert done.code == 1
    assert all(finding["repair"] == "left" for finding in done.json)
    assert dump(sql) == before


def test_more_tags_than_the_quota_are_found(program, sql, image):
    for number in range(127):
        insert(sql, image, f"t{number}")
    assert program("doctor", "--json").json == [{"image": image, "problem": "over_quota", "tags": 129, "quota": 128}]


def test_tags_of_a_deleted_image_are_found_and_removed(glance, program, sql, image):
    assert request(glance, "DELETE", f"/v2/images/{image}")[0] == 204
    insert(sql, image, "late")
    insert(sql, image, "later")
    finding = {"image": image, "problem": "of_deleted_image", "rows": 2}
    assert program("doctor", "--json").json == [finding]
    done = program("doctor", "--json", "--apply")
    assert (done.code, done.json) == (0, [finding | {"repair": "2 rows marked as removed"}])
    assert program("doctor", "--json").json == []


def test_a_tag_that_was_removed_and_is_there_again_is_found_with_both_times(glance, program, sql, image):
    assert request(glance, "DELETE", f"/v2/images/{image}/tags/a")[0] == 204
    sql(f"UPDATE image_tags SET deleted_at = '2026-01-02 03:04:05' WHERE image_id = '{image}' AND deleted = 1")
    insert(sql, image, "a", "'2026-01-02 03:04:35'")
    finding = {"image": image, "problem": "came_back", "tag": "a"}
    times = {"removed_at": "2026-01-02T03:04:05Z", "back_at": "2026-01-02T03:04:35Z"}
    assert program("doctor", "--json").json == [finding | times]


def test_many_rows_are_examined_page_by_page(glance, program, sql, image):
    """Three thousand rows of one image, and more images after it."""
    columns = "image_id, value, created_at, updated_at, deleted_at, deleted"
    rows = f"SELECT '{image}', CONCAT('old-', seq), NOW(), NOW(), NOW(), 1 FROM seq_1_to_3000"
    sql(f"INSERT INTO image_tags ({columns}) {rows}")
    others = [request(glance, "POST", "/v2/images", {"name": "other", "tags": ["x"]})[1]["id"] for _ in range(5)]
    for other in others:
        insert(sql, other, "x")
    insert(sql, image, "b")
    found = program("doctor", "--json").json
    assert [finding["image"] for finding in found] == sorted([image, *others])
    assert {finding["problem"] for finding in found} == {"doubled"}
    assert program("doctor", "--apply").code == 0


def test_the_doctor_needs_no_right_to_write(program, sql, image):
    assert program("doctor").code == 0
    sql("SET GLOBAL read_only = 1")
    try:
        assert program("doctor").code == 0
    finally:
        sql("SET GLOBAL read_only = 0")


def test_a_database_that_is_none_of_glance_is_refused(program):
    done = program("doctor", database="mysql")
    assert done.code == 1
    assert done.error == "image-tags: this is not a database of Glance 2023.1 or newer: images.id is missing\n"
    done = program("doctor", database="nothing")
    assert (done.code, "1049" in done.error) == (1, True)
