"""The store beside a Glance: its images and their tags as Glance keeps them, and changes of tags that Glance shows."""

import pathlib
import re
import time

import pytest
from race import request

RECORDED = pathlib.Path(__file__).resolve().parents[1] / "store/beside_glance/schema.sql"


@pytest.fixture
def image(glance):
    """An image with everything that a list can show."""
    new = {"name": "é", "tags": ["a", "é", "A"], "disk_format": "raw", "container_format": "bare", "os_distro": "debian"}
    new |= {"visibility": "shared", "min_disk": 3, "min_ram": 128, "protected": False}
    status, image = request(glance, "POST", "/v2/images", new)
    assert status == 201, image
    return image["id"]


@pytest.fixture
def send(glance, service):
    """Send a request of the member to the service."""

    def call(method, path, body=None, headers=None, token=None):
        return service.send(method, path, token or glance.token, body, headers)

    return call


def of_glance(glance, image):
    return request(glance, "GET", f"/v2/images/{image}")[1]


def test_an_image_is_shown_as_glance_shows_it(glance, send, image):
    shown, theirs = send("GET", f"/v2/images/{image}").json, of_glance(glance, image)
    theirs["tags"].sort()
    assert {key: value for key, value in shown.items() if theirs.get(key) != value} == {}
    assert set(theirs) - set(shown) <= {"direct_url", "locations", "stores"}


def test_changes_of_tags_are_those_of_glance(glance, send, image):
    path = f"/v2/images/{image}/tags"
    assert send("PUT", f"{path}/prod").status == 204
    assert send("DELETE", f"{path}/a").status == 204
    assert send("DELETE", f"{path}/a").status == 404
    refused = send("PUT", f"{path}/%F0%9F%90%A7")
    assert (refused.status, b"four bytes" in refused.body) == (400, True)
    tags = send("GET", path).json["tags"]
    assert {"A", "prod", "é"} <= set(tags) and "a" not in tags
    assert sorted(of_glance(glance, image)["tags"]) == sorted(tags)
    assert request(glance, "PUT", f"/v2/images/{image}/tags/more")[0] == 204
    assert send("GET", f"{path}/more").status == 204


def test_all_rows_of_a_doubled_tag_go_with_it(glance, send, sql, image):
    columns = "image_id, value, created_at, updated_at, deleted"
    sql(f"INSERT INTO image_tags ({columns}) VALUES ('{image}', 'a', NOW(), NOW(), 0)")
    assert send("GET", f"/v2/images/{image}/tags").json["tags"] == ["A", "a", "é"]
    assert send("DELETE", f"/v2/images/{image}/tags/a").status == 204
    assert sorted(of_glance(glance, image)["tags"]) == ["A", "é"]


def test_the_state_of_an_image_changes_with_every_change_of_either(glance, send, image):
    path = f"/v2/images/{image}"
    states = [send("GET", path).headers["ETag"]]
    assert send("PUT", f"{path}/tags/b").status == 204
    states.append(send("GET", path).headers["ETag"])
    operations = [{"op": "replace", "path": "/name", "value": "other"}]
    connection_headers = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
    assert patch(glance, path, operations, connection_headers) == 200
    states.append(send("GET", path).headers["ETag"])
    assert send("GET", path).headers["ETag"] == states[-1]
    assert len(set(states)) == 3
    assert send("PUT", f"{path}/tags/c", headers={"If-Match": states[1]}).status == 412
    assert send("PUT", f"{path}/tags/c", headers={"If-Match": states[2]}).status == 204


def patch(glance, path, operations, headers):
    import race

    connection = race.connect(glance)
    connection.request("PATCH", path, race.json.dumps(operations), {"X-Auth-Token": glance.token, **headers})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


def test_lists_catalogue_and_history_work(glance, send, image):
    assert send("PUT", f"/v2/images/{image}/tags/listed").status == 204
    for query in ("tag=listed", "tag=listed&sort=name:asc,created_at:desc", "tag=listed&status=queued&os_distro=debian", "tag=listed&name=in:%C3%A9,x"):
        assert [shown["id"] for shown in send("GET", f"/v2/images?{query}").json["images"]] == [image], query
    assert send("GET", "/v2/images?tag=LISTED").json["images"] == []
    first = send("GET", "/v2/images?limit=1").json
    assert len(first["images"]) == 1
    found = send("GET", "/v2/tags?limit=1000").json["tags"]
    assert {"listed"} <= {tag["tag"] for tag in found}
    history = send("GET", f"/v2/images/{image}/tags/history").json
    assert history, "a change of this service is in its history"


def test_who_may_not_see_an_image_in_glance_may_not_tag_it_here(glance, send, image):
    stranger = glance.identity.login("stranger")
    assert send("PUT", f"/v2/images/{image}/tags/x", token=stranger).status == 404
    assert send("GET", f"/v2/images/{image}", token=stranger).status == 404
    assert request(glance, "DELETE", f"/v2/images/{image}")[0] == 204
    assert send("PUT", f"/v2/images/{image}/tags/x").status == 404


def test_what_belongs_to_glance_is_not_changed_here(glance, send, image):
    before = of_glance(glance, image)
    new = {"name": "new", "disk_format": "raw", "container_format": "bare"}
    assert send("POST", "/v2/images", new).status == 403
    assert send("DELETE", f"/v2/images/{image}").status == 403
    assert of_glance(glance, image) == before


def test_the_tables_of_glance_keep_their_schema(send, sql, image):
    tables = {row[0] for row in sql("SHOW TABLES")}
    assert not {table for table in tables if "lock" in table or "events" in table}


def test_what_only_glance_knows_does_not_stop_a_read(send, sql, image):
    columns = "image_id, name, value, created_at, updated_at, deleted"
    for name in ("os_glance_import_task", "os_glance_stage_host"):
        sql(f"INSERT INTO image_properties ({columns}) VALUES ('{image}', '{name}', '', NOW(), NOW(), 0)")
    sql(f"UPDATE images SET disk_format = 'own', owner = owner, checksum = 'abc', os_hash_value = 'def', os_hash_algo = 'sha512' WHERE id = '{image}'")
    try:
        shown = send("GET", f"/v2/images/{image}")
        assert (shown.status, shown.json["disk_format"], "os_glance_stage_host" in shown.json) == (200, None, False)
        assert send("PUT", f"/v2/images/{image}/tags/read").status == 204
        assert image in [listed["id"] for listed in send("GET", "/v2/images?tags=read").json["images"]]
        sql(f"UPDATE images SET status = 'deleted' WHERE id = '{image}'")
        assert send("GET", f"/v2/images/{image}").status == 404
        assert send("GET", "/v2/images?tags=read").json["images"] == []
    finally:
        sql(f"UPDATE images SET disk_format = 'raw', checksum = NULL, os_hash_value = NULL, status = 'queued' WHERE id = '{image}'")


def test_a_doubled_tag_is_on_one_image_once(send, sql, image):
    columns = "image_id, value, created_at, updated_at, deleted"
    sql(f"INSERT INTO image_tags ({columns}) VALUES ('{image}', 'twice', NOW(), NOW(), 0), ('{image}', 'twice', NOW(), NOW(), 0)")
    assert [listed["id"] for listed in send("GET", "/v2/images?tags=twice").json["images"]] == [image]
    assert send("GET", "/v2/images?tags=twice,absent").json["images"] == []
    [tag] = [tag for tag in send("GET", "/v2/tags?limit=1000").json["tags"] if tag["tag"] == "twice"]
    assert tag["images"] == 1
    assert send("DELETE", f"/v2/images/{image}/tags/twice").status == 204
    assert send("GET", f"/v2/images/{image}/tags/twice").status == 404


def test_the_recorded_tables_are_those_of_glance(sql):
    """The conformance suite has them without a Glance."""
    recorded = RECORDED.read_text()
    for table in ("images", "image_tags", "image_properties", "image_members", "alembic_version"):
        [[_, statement]] = sql(f"SHOW CREATE TABLE {table}")
        statement = re.sub(r" AUTO_INCREMENT=\d+", "", statement.replace("\\n", "\n"))
        assert f"{statement};\n" in recorded
    [[version]] = sql("SELECT version_num FROM alembic_version")
    assert f"VALUES ('{version}');" in recorded


def test_a_member_that_was_added_again_starts_anew(glance, send, image):
    def settle():
        time.sleep(1.01 - time.time() % 1)

    def share():
        # Times of Glance are in seconds.
        settle()
        assert request(glance, "POST", members, {"member": project})[0] == 200

    project = glance.identity.seed["projects"]["beta"]
    stranger = glance.identity.login("stranger")
    path, members = f"/v2/images/{image}", f"/v2/images/{image}/members"
    share()
    assert send("PUT", f"{path}/tags/first").status == 204
    assert request(glance, "DELETE", f"{members}/{project}")[0] == 204
    assert send("PUT", f"{path}/tags/between").status == 204
    share()
    assert send("PUT", f"{path}/tags/last").status == 204
    seen = send("GET", f"{path}/tags/history", token=stranger).json["events"]
    assert [event["tag"] for event in seen] == ["last"]
    whole = send("GET", f"{path}/tags/history").json["events"]
    assert [event["tag"] for event in whole] == ["last", "between", "first"]


def test_a_nul_that_glance_takes_does_not_stop_a_read(glance, send):
    new = {"name": "a\0b", "tags": ["c", "d\0e"], "os_distro": "f\0g"}
    status, image = request(glance, "POST", "/v2/images", new)
    assert status == 201, image
    path = f"/v2/images/{image['id']}"
    assert request(glance, "POST", f"{path}/members", {"member": "h\0i"})[0] == 200
    shown = send("GET", path)
    assert (shown.status, shown.json["name"], shown.json["tags"]) == (200, None, ["c"])
    assert "os_distro" not in shown.json
    assert send("PUT", f"{path}/tags/j").status == 204
    assert image["id"] in [listed["id"] for listed in send("GET", "/v2/images?tags=c,j").json["images"]]
    assert "c" in [tag["tag"] for tag in send("GET", "/v2/tags?limit=1000").json["tags"]]
    assert sorted(of_glance(glance, image["id"])["tags"]) == ["c", "d\0e", "j"]
