"""Images shared between two projects."""

import openstack.exceptions
import pytest

from conftest import Failed
from program import PROJECT_IDS

OTHER = PROJECT_IDS["other"]


@pytest.mark.parametrize("login", ["password"], indirect=True)
def test_openstack(openstack, service):
    """Only with a login: `add project` looks the project up, which a bare token cannot."""
    image = service.create("shared")["id"]
    openstack("image", "add", "project", "shared", OTHER)
    assert "shared" not in openstack("image", "list", "-f", "value", user="stranger")
    openstack("image", "set", "--accept", image, user="stranger")
    assert "shared" in openstack("image", "list", "--shared", "-f", "value", user="stranger")
    assert "accepted" in openstack("image", "member", "list", "shared")

    openstack("image", "set", "--tag", "by-the-owner", "shared")
    with pytest.raises(Failed, match="403"):
        openstack("image", "set", "--tag", "by-the-member", image, user="stranger")
    assert service.tags(image) == ["by-the-owner"]

    openstack("image", "set", "--reject", image, user="stranger")
    assert "shared" not in openstack("image", "list", "-f", "value", user="stranger")
    openstack("image", "remove", "project", "shared", OTHER)
    with pytest.raises(Failed, match="No Image found|404"):
        openstack("image", "show", image, user="stranger")


def test_glance(glance, service):
    image = service.create("shared")["id"]
    assert "pending" in glance("member-create", image, OTHER)
    assert "accepted" in glance("member-update", image, OTHER, "accepted", user="stranger")
    assert OTHER in glance("member-list", "--image-id", image)
    assert "shared" in glance("image-list", "--visibility", "shared", user="stranger")
    glance("member-delete", image, OTHER)
    assert OTHER not in glance("member-list", "--image-id", image)


def test_sdk(connect, service):
    image = service.create("shared")["id"]
    owner, member = connect().image, connect(user="stranger").image
    assert owner.add_member(image, member_id=OTHER).status == "pending"
    assert [entry.member_id for entry in owner.members(image)] == [OTHER]
    assert image not in [entry.id for entry in member.images()]
    assert image in [entry.id for entry in member.images(member_status="pending", visibility="shared")]
    member.update_member(OTHER, image, status="accepted")
    assert image in [entry.id for entry in member.images()]
    owner.add_tag(image, "x")
    with pytest.raises(openstack.exceptions.ForbiddenException):
        member.add_tag(image, "y")
    owner.remove_member(OTHER, image)
    with pytest.raises(openstack.exceptions.NotFoundException):
        member.get_image(image)
