"""Rally's scenarios of images, called one by one: unlike a task, they delete nothing afterwards."""

import uuid

from rally import plugins
from rally.common import cfg
from rally_openstack.common import credential, osclients
from rally_openstack.task.scenarios.glance import images

from program import PASSWORDS


def functions(configuration):
    plugins.load()
    cfg.CONF(["--config-file", configuration], project="rally")

    def run(url, scenario, arguments):
        domains = {"user_domain_name": "Default", "project_domain_name": "Default"}
        user = credential.OpenStackCredential(
            auth_url=url + "/identity/v3", username="demo", password=PASSWORDS["demo"], tenant_name="demo", **domains
        )
        getattr(images, scenario)(context={"owner_id": str(uuid.uuid4())}, clients=osclients.Clients(user)).run(**arguments)

    return {"run": run}
