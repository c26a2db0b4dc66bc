"""A browser without a screen: it keeps cookies, follows redirects, and sends what Horizon's pages send."""

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request


class Page:
    def __init__(self, response):
        self.status = response.status
        self.url = response.url
        self.text = response.read().decode()

    @property
    def json(self):
        return json.loads(self.text)


class Browser:
    def __init__(self, url):
        self.url = url
        self.cookies = http.cookiejar.CookieJar()
        # Everything is on loopback, so the proxies of the environment are ignored.
        handlers = [urllib.request.HTTPCookieProcessor(self.cookies), urllib.request.ProxyHandler({})]
        self.opener = urllib.request.build_opener(*handlers)

    def send(self, method, path, data=None, **headers):
        request = urllib.request.Request(self.url + path, data, {"Referer": self.url, **headers}, method=method)
        try:
            with self.opener.open(request, timeout=60) as response:
                return Page(response)
        except urllib.error.HTTPError as response:
            with response:
                return Page(response)

    def get(self, path):
        return self.send("GET", path)

    def log_in(self, user, password, then="/project/images/"):
        """Fill in the form of the login page and send it. `then` is where the login leads."""
        form = self.get("/auth/login/").text
        [token] = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        fields = {"csrfmiddlewaretoken": token, "region": "default", "username": user, "password": password, "next": then}
        return self.send("POST", "/auth/login/", urllib.parse.urlencode(fields).encode())

    def csrf_token(self):
        [token] = [cookie.value for cookie in self.cookies if cookie.name == "csrftoken"]
        return token

    def log_out(self):
        return self.send("POST", "/auth/logout/", b"", **{"X-CSRFToken": self.csrf_token()})

    def call(self, method, path, body=None):
        """Send a request as the scripts of the pages do."""
        headers = {"X-CSRFToken": self.csrf_token(), "X-Requested-With": "XMLHttpRequest", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        return self.send(method, "/api" + path, data, **headers)
