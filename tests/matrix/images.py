"""The images of the matrix: created from their names, read, and deleted."""

import json
import uuid

import wire

PATCH = "application/openstack-images-v2.1-json-patch"
# The fields of an image that are compared.
FIELDS = ("name", "owner", "visibility", "status", "protected", "os_hidden", "disk_format", "colour", "kept", "tags")


def view(document):
    """The compared fields of an image in a document."""
    seen = {field: document[field] for field in FIELDS if field in document}
    seen["tags"] = sorted(document["tags"])
    return seen


class Images:
    """The images of one thread: one for each name, created on demand."""

    def __init__(self, url, projects, token):
        self.url, self.projects, self.token = url, projects, token
        self.kept = {}

    def ask(self, method, path, body=None, **options):
        return wire.expect(self.url, method, "/v2/images" + path, self.token, body, **options)[0]

    def patch(self, image, **values):
        operations = [{"op": "replace", "path": f"/{name}", "value": value} for name, value in values.items()]
        self.ask("PATCH", f"/{image}", json.dumps(operations), media_type=PATCH)

    def named(self, name):
        """The id and the compared fields of an image that `name` describes."""
        if name == "none":
            return str(uuid.uuid4()), None
        if name not in self.kept:
            image = self.make(*name.split())
            self.kept[name] = image, self.look(image)
        return self.kept[name]

    def make(self, visibility, member, status, *flags):
        image = str(uuid.uuid4())
        formats = {"disk_format": "raw", "container_format": "bare"}
        own = {"id": image, "name": f"matrix-{image}", "owner": self.projects["owner"], "tags": ["set"], "kept": "1"}
        self.ask("POST", "", {**own, **formats, "visibility": "shared"})
        if status != "queued":
            self.ask("PUT", f"/{image}/file", "data", media_type="application/octet-stream")
        if status == "deactivated":
            self.ask("POST", f"/{image}/actions/deactivate")
        if member != "none":
            self.ask("POST", f"/{image}/members", {"member": self.projects["member"]})
        if member in ("accepted", "rejected"):
            self.ask("PUT", f"/{image}/members/{self.projects['member']}", {"status": member})
        if "returned" in flags:
            self.ask("POST", f"/{image}/members", {"member": self.projects["owner"]})
        values = {} if visibility == "shared" else {"visibility": visibility}
        values |= {{"hidden": "os_hidden"}.get(flag, flag): True for flag in flags if flag != "returned"}
        if values:
            self.patch(image, **values)
        return image

    def look(self, image):
        """The compared fields of an image, and its members if it can have any; `None` if it does not exist."""
        answer, _ = wire.send(self.url, "GET", f"/v2/images/{image}", self.token)
        if answer.status == 404:
            return None
        seen = view(answer.json())
        if seen["visibility"] == "shared":
            members = self.ask("GET", f"/{image}/members").json()["members"]
            seen["members"] = {member["member_id"]: member["status"] for member in members}
        return seen

    def drop(self, image):
        seen = self.look(image)
        if seen and seen["protected"]:
            self.patch(image, protected=False)
        if seen:
            self.ask("DELETE", f"/{image}")

    def spoiled(self, name):
        """Drops an image that its name no longer describes."""
        self.drop(self.kept.pop(name)[0])

    def drop_all(self):
        for name in list(self.kept):
            self.spoiled(name)
