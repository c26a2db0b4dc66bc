"""A token of Keystone that the service remembers, beside a static one."""

import servers
import tables
from goals import at_most
from keystone_standin import TOKEN, keystone
from rounds import CONNECTIONS, measured

SECTION = """
[auth]
mode = "keystone"
[auth.keystone]
auth_url = "{url}/v3"
username = "image-tags"
password = "none-is-asked-for"
project_name = "service"
"""


def run(programs, home, stack):
    url = stack.enter_context(keystone())
    static = stack.enter_context(servers.service(programs, home, name="a static token"))
    remembered = stack.enter_context(
        servers.service(programs, home, auth=SECTION.format(url=url), token=TOKEN, name="a token of Keystone")
    )
    subjects = [static, remembered]
    results = measured(subjects, ["set"])
    keys = {number: [(one.name, "set", number) for one in (remembered, static)] for number in CONNECTIONS}
    ratios = {number: results.ratio(*pair, "cpu") for number, pair in keys.items()}
    goals = [at_most("`PUT` with a remembered token of Keystone: CPU time by a static token", 1.05, ratios)]
    return tables.of_services(results, subjects, ["set"], CONNECTIONS), goals
