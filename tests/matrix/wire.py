"""One request and what came back."""

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
        """The JSON object in the body, if there is one."""
        return self.json() if self.status < 300 and self.text.startswith("{") else {}

    def says(self):
        """What the plain page of an error says, on one line."""
        return " ".join(self.text.partition("\n\n")[2].split()) if self.status >= 300 else ""


def send(url, method, path, token=None, body=None, media_type="application/json"):
    """Sends a request over a connection of its own and gives the answer and its headers."""
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
    """The same for what must not fail."""
    body = json.dumps(body) if isinstance(body, (dict, list)) else body
    answer, headers = send(url, method, path, token, body, **options)
    if answer.status >= 300:
        raise RuntimeError(f"{method} {url}{path}: {answer.status} {answer.text}")
    return answer, headers
