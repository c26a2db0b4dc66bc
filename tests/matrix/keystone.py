"""The callers of the matrix in a Keystone: projects, users and roles in their own domain, and real tokens."""

import secrets
import time

import wire

DOMAIN = "image-tags-matrix"


def scope_of(project, domain=None):
    return {"project": {"name": project, "domain": domain or {"id": "default"}}}


def user_name(caller):
    return caller["name"].replace(" ", "-").replace("'", "")


class Keystone:
    def __init__(self, url, user, password, project):
        self.url = url
        self.token, _ = self.login(user, password, {"id": "default"}, scope_of(project))

    def login(self, user, password, domain, scope):
        """A token and its description."""
        identity = {"methods": ["password"], "password": {"user": {"name": user, "password": password, "domain": domain}}}
        body = {"auth": {"identity": identity, "scope": scope}}
        answer, headers = wire.expect(self.url, "POST", "/auth/tokens", None, body)
        return headers["X-Subject-Token"], answer.json()["token"]

    def call(self, method, path, body=None):
        return wire.expect(self.url, method, path, self.token, body)[0]

    def find(self, kind, name, domain):
        query = f"/{kind}s?name={name}" + (f"&domain_id={domain}" if domain else "")
        return next((found["id"] for found in self.call("GET", query).json()[f"{kind}s"]), None)

    def made(self, kind, name, domain=None, **more):
        """The id of an object, which is created if it does not exist, and has the attributes `more`."""
        found = self.find(kind, name, domain)
        if found is None:
            where = {"domain_id": domain} if domain else {}
            found = self.call("POST", f"/{kind}s", {kind: {"name": name, **where, **more}}).json()[kind]["id"]
        elif more:
            self.call("PATCH", f"/{kind}s/{found}", {kind: more})
        return found

    def callers(self, plan):
        """The ids of the projects, and a token for each caller. Each run sets new passwords and does not store them."""
        domain = self.made("domain", DOMAIN)
        projects = {caller["project"]: None for caller in plan["caller"] if "project" in caller}
        projects = {name: self.made("project", name, domain) for name in projects}
        passwords = {caller["name"]: secrets.token_urlsafe() for caller in plan["caller"]}
        for caller in plan["caller"]:
            user = self.made("user", user_name(caller), domain, password=passwords[caller["name"]])
            where = {
                None: f"/projects/{projects.get(caller.get('project'))}",
                "domain": f"/domains/{domain}",
                "system": "/system",
            }.get(caller.get("scope"))
            if where:
                self.call("PUT", f"{where}/users/{user}/roles/{self.made('role', caller['roles'][0])}")
        # A new password revokes all tokens issued before it, with a resolution of one second.
        time.sleep(2)
        tokens = {caller["name"]: self.token_of(caller, passwords[caller["name"]], domain) for caller in plan["caller"]}
        return projects, tokens

    def token_of(self, caller, password, domain):
        scope = {
            None: scope_of(caller.get("project"), {"id": domain}),
            "none": "unscoped",
            "domain": {"domain": {"id": domain}},
            "system": {"system": {"all": True}},
        }[caller.get("scope")]
        token, says = self.login(user_name(caller), password, {"id": domain}, scope)
        carried = sorted(role["name"] for role in says.get("roles", []))
        if carried != sorted(caller["roles"]):
            raise RuntimeError(f"the token of {caller['name']} carries {carried}, and not {caller['roles']}")
        return token

    def forget(self):
        """Removes the domain and everything in it."""
        domain = self.find("domain", DOMAIN, None)
        if domain:
            self.call("PATCH", f"/domains/{domain}", {"domain": {"enabled": False}})
            self.call("DELETE", f"/domains/{domain}")
