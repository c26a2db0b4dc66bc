"""One request and its response."""

import http.client
import json
import urllib.parse
from typing import NamedTuple


class Answer(NamedTuple):
    status: int
    text: str

    def json(self):
        return json.loads(self.text)

    def document(self):
        """The JSON object in the body of a success, or an empty one."""
        return self.json() if self.status < 300 and self.text.startswith("{") else {}

    def says(self):
        """The explanation of an error on one line."""
        return " ".join(self.text.partition("\n\n")[2].split()) if self.status >= 300 else ""


def send(url, method, path, token=None, body=None, media_type="application/json"):
    """Sends a request over a new connection and returns the response and its headers."""
    address = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    headers = {"X-Auth-Token": token} if token else {}
    if body is not None:
        headers["Content-Type"] = media_type
    connection = kind(address.netloc, timeout=60)
    try:
        connection.request(method, address.path.rstrip("/") + path, body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read().decode(errors="replace")), answer.headers
    finally:
        connection.close()


def expect(url, method, path, token, body=None, **options):
    """Sends a request that must succeed."""
    body = json.dumps(body) if isinstance(body, (dict, list)) else body
    answer, headers = send(url, method, path, token, body, **options)
    if answer.status >= 300:
        raise RuntimeError(f"{method} {url}{path}: {answer.status} {answer.text}")
    return answer, headers
