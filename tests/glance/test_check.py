"""The check: it finds that Glance undoes changes of tags, passes with a guard, and then the service changes tags."""

import pytest
from conftest import beside
from race import request


@pytest.fixture
def check(glance, program):
    """Run the check with the token of the member."""
    with beside(glance):
        pass

    def run(*arguments):
        return program("check", *arguments, OS_TOKEN=glance.token, IMAGE_TAGS__GLANCE__UPSTREAM=glance.url)

    return run


@pytest.fixture
def image(glance):
    status, image = request(glance, "POST", "/v2/images", {"name": "checked", "tags": ["a"]})
    assert status == 201, image
    return f"/v2/images/{image['id']}"


def test_without_a_guard_the_check_finds_what_is_lost_and_the_service_changes_nothing(glance, check, image):
    done = check("--origin", "127.0.0.1")
    assert done.code == 1
    assert done.error == "image-tags: Glance undoes changes of tags: install a guard\n"
    assert " 0 lost" not in done.output
    with beside(glance, IMAGE_TAGS__GLANCE__ASSUME_CHECKED="false") as service:
        assert service.send("PUT", f"{image}/tags/b", glance.token).status == 503
        assert service.send("GET", f"{image}/tags", glance.token).json["tags"] == ["a"]
        assert "no check has passed" in service.log
    assert request(glance, "GET", image)[1]["tags"] == ["a"]


def test_with_the_triggers_the_check_passes_and_counts_as_long_as_they_are_there(glance, program, check, image):
    assert program("guard", "install").code == 0
    try:
        done = check("--origin", "127.0.0.1")
        assert done.code == 0, done
        assert done.output.endswith(" changes of tags: 0 lost, 0 back, 0 doubled; 0 requests of Glance failed\n")
        with beside(glance, IMAGE_TAGS__GLANCE__ASSUME_CHECKED="false") as service:
            assert service.send("PUT", f"{image}/tags/b", glance.token).status == 204
    finally:
        assert program("guard", "remove").code == 0
    with beside(glance, IMAGE_TAGS__GLANCE__ASSUME_CHECKED="false") as service:
        assert service.send("PUT", f"{image}/tags/c", glance.token).status == 503
    assert sorted(request(glance, "GET", image)[1]["tags"]) == ["a", "b"]


def test_the_images_of_the_check_are_gone_after_it(glance, check):
    check("--skip-hashing")
    images = request(glance, "GET", "/v2/images?name=image-tags%20glance%20check")[1]["images"]
    assert images == []
    assert "not tried: the hashing of a location" in check("--skip-hashing").output
    assert check().code == 2


def test_the_check_says_what_it_needs(glance, program):
    assert "OS_TOKEN" in program("check", "--skip-hashing", IMAGE_TAGS__GLANCE__UPSTREAM=glance.url).error
    assert "glance.upstream" in program("check", "--skip-hashing", OS_TOKEN=glance.token).error
    done = program("check", "--skip-hashing", OS_TOKEN="nonsense", IMAGE_TAGS__GLANCE__UPSTREAM=glance.url)
    assert (done.code, "401" in done.error) == (1, True), done
    done = program("check", "--skip-hashing", OS_TOKEN=glance.token, IMAGE_TAGS__GLANCE__UPSTREAM="http://127.0.0.1:9")
    assert (done.code, "Glance does not answer" in done.error) == (1, True), done
