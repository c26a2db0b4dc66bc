"""The running program, called through plain HTTP and not through the clients under test."""

import json
import urllib.parse
import urllib.request

from program import TOKENS


class Service:
    def __init__(self, url):
        self.url = url

    def open(self, request):
        return urllib.request.urlopen(request, timeout=10)

    def get(self, path, user="member"):
        request = urllib.request.Request(self.url + path, headers={"X-Auth-Token": TOKENS[user]})
        with self.open(request) as answer:
            return json.load(answer)

    def image(self, image_id):
        return self.get(f"/v2/images/{image_id}")

    def tags(self, image_id):
        return self.image(image_id)["tags"]

    def data(self, image_id, user="member"):
        request = urllib.request.Request(f"{self.url}/v2/images/{image_id}/file", headers={"X-Auth-Token": TOKENS[user]})
        with self.open(request) as answer:
            return answer.read()

    def named(self, name):
        """The image with this name, of which there must be exactly one."""
        [image] = self.get("/v2/images?name=" + urllib.parse.quote(name))["images"]
        return image

    def names(self):
        return [image["name"] for image in self.get("/v2/images?limit=1000")["images"]]

    def create(self, name, data=None, user="member", **attributes):
        """A new image of the user's project: queued, or with `data` active."""
        body = {"name": name, "disk_format": "raw", "container_format": "bare", **attributes}
        headers = {"X-Auth-Token": TOKENS[user], "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + "/v2/images", json.dumps(body).encode(), headers)
        with self.open(request) as answer:
            image = json.load(answer)
        if data is not None:
            headers["Content-Type"] = "application/octet-stream"
            self.open(urllib.request.Request(f"{self.url}/v2/images/{image['id']}/file", data, headers, method="PUT")).close()
        return image

    def change(self, image_id, user="member", **attributes):
        """Replaces attributes that the image has."""
        patch = [{"op": "replace", "path": "/" + name, "value": value} for name, value in attributes.items()]
        headers = {"X-Auth-Token": TOKENS[user], "Content-Type": "application/openstack-images-v2.1-json-patch"}
        request = urllib.request.Request(f"{self.url}/v2/images/{image_id}", json.dumps(patch).encode(), headers, method="PATCH")
        self.open(request).close()
