"""catalog.py KEYSTONE IMAGE: enters the image service with the URL IMAGE into the catalog of KEYSTONE, once."""

import os
import pathlib
import sys

from keystoneauth1.identity import v3
from keystoneauth1.session import Session
from keystoneclient.v3.client import Client

REGION = "RegionOne"
auth_url, image_url = sys.argv[1:]
secrets = pathlib.Path(os.environ.get("KEYSTONE_SECRETS", "/run/secrets"))
admin = {"username": "admin", "project_name": "admin", "user_domain_id": "default", "project_domain_id": "default"}
password = v3.Password(auth_url=auth_url, password=(secrets / "keystone_admin").read_text().strip(), **admin)
# Not by the catalog: it has the URL for clients outside.
keystone = Client(session=Session(auth=password), endpoint_override=auth_url)

service = next(iter(keystone.services.list(type="image")), None) or keystone.services.create("image-tags", type="image")
if not keystone.endpoints.list(service=service):
    for interface in ["public", "internal"]:
        keystone.endpoints.create(service, image_url, interface=interface, region=REGION)
