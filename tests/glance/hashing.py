"""Glance hashes the data of a location in the background, and saves the image when it has done that.

Meanwhile the image is active, and its tags are changed.
"""

import contextlib
import http.server
import threading
import time

# The data comes slowly, so that there is time to change the tags.
PIECES, PIECE, PAUSE = 16, b"x" * 65536, 0.4
TIMEOUT = 120


class Origin(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Content-Length", str(PIECES * len(PIECE)))
        self.end_headers()

    def do_GET(self):
        self.do_HEAD()
        with contextlib.suppress(OSError):
            for _ in range(PIECES):
                self.wfile.write(PIECE)
                time.sleep(PAUSE)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def origin():
    """The URL of data that comes slowly."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/data"
        finally:
            server.shutdown()


def tags_after_hashing(request):
    """The tags of an image that had `built` and got `prod` for it while it was hashed, each with a 204."""
    with origin() as url:
        new = {"name": "hashed", "tags": ["built"], "disk_format": "raw", "container_format": "bare"}
        status, image = request("POST", "/v2/images", new)
        assert status == 201, status
        path = f"/v2/images/{image['id']}"
        status, text = request("POST", f"{path}/locations", {"url": url})
        assert status == 202, (status, text)
        image = wait_for(request, path, lambda image: image["status"] == "active")
        assert not image["os_hash_value"], "the image was hashed before its tags could be changed"
        assert request("PUT", f"{path}/tags/prod")[0] == 204
        assert request("DELETE", f"{path}/tags/built")[0] == 204
        return sorted(wait_for(request, path, lambda image: image["os_hash_value"])["tags"])


def wait_for(request, path, is_done):
    start = time.monotonic()
    while time.monotonic() - start < TIMEOUT:
        _, image = request("GET", path)
        if is_done(image):
            return image
        time.sleep(0.1)
    raise TimeoutError(image)
