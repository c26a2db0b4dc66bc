"""Nova's image module, its snapshots and its download to a compute node."""

import webob

import nova.conf
from nova import config, objects
from nova.api import auth
from nova.compute import utils as compute_utils
from nova.image import glance
from nova.virt import images

from contexts import Contexts


def context_of(request):
    assert request.get_response(auth.NovaKeystoneContext(webob.Response())).status_int == 200
    return request.environ["nova.context"]


def functions(configuration):
    config.parse_args(["nova", "--config-file", configuration], configure_db=False, init_rpc=False)
    objects.register_all()
    contexts = Contexts(nova.conf.CONF, context_of)
    api = glance.API()

    def snapshot(user, name, image, path):
        """What `openstack server image create` and then the driver of the compute node do."""
        context = contexts(user)
        base = api.get(context, image)
        instance = objects.Instance(
            uuid="5d0d8a4e-1d8c-4f0b-a8f1-8a1d3c1f0c11",
            project_id=context.project_id,
            user_id=context.user_id,
            system_metadata={"image_base_image_ref": image} | {"image_" + key: value for key, value in base["properties"].items()},
        )
        created = compute_utils.create_image(context, instance, name, "snapshot", api)
        metadata = {"disk_format": "raw", "container_format": "bare", "properties": {"image_state": "available"}}
        with open(path, "rb") as data, compute_utils.disk_ops_semaphore:
            return [created, api.update(context, created["id"], metadata, data)]

    return {
        "show": lambda user, image: api.get(contexts(user), image),
        "list": lambda user, **options: api.get_all(contexts(user), **options),
        "create": lambda user, attributes: api.create(contexts(user), attributes),
        "update": lambda user, image, attributes, **options: api.update(contexts(user), image, attributes, **options),
        "delete": lambda user, image: api.delete(contexts(user), image),
        "size_of_chunks": lambda user, image: len(b"".join(api.download(contexts(user), image))),
        "fetch": lambda user, image, path: images.fetch(contexts(user), image, path),
        "snapshot": snapshot,
    }
