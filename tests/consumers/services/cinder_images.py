"""Cinder's image module, and its transfers from an image to a file and from a volume to an image."""

import webob
from oslo_config import cfg
from oslo_concurrency import lockutils

from cinder import objects
from cinder.api.middleware import auth
from cinder.common import config  # noqa: F401: registers the options
from cinder.image import image_utils  # isort: skip: the two import each other, and this one has to be first
from cinder.image import glance

from contexts import Contexts


def context_of(request):
    assert request.get_response(auth.CinderKeystoneContext(webob.Response())).status_int == 200
    return request.environ["cinder.context"]


def functions(configuration):
    cfg.CONF(["--config-file", configuration], project="cinder")
    objects.register_all()
    lockutils.set_defaults(cfg.CONF.state_path)
    contexts = Contexts(cfg.CONF, context_of)
    images = glance.get_default_image_service()

    def fetch(user, image, path):
        """The first step of a volume from an image. The next ones convert it, as root."""
        image_utils.fetch(contexts(user), images, image, path, None, None)

    def image_from_volume(user, image, path):
        """`image` has just been created and has no data."""
        context = contexts(user)
        image_utils.upload_volume(context, images, images.show(context, image), path, run_as_root=False)

    return {
        "show": lambda user, image: images.show(contexts(user), image),
        "list": lambda user, **options: images.detail(contexts(user), **options),
        "create": lambda user, attributes: images.create(contexts(user), attributes),
        "update": lambda user, image, attributes, **options: images.update(contexts(user), image, attributes, **options),
        "delete": lambda user, image: images.delete(contexts(user), image),
        "members": lambda user, image: [dict(member) for member in images.list_members(contexts(user), image)],
        "size_of_chunks": lambda user, image: len(b"".join(images.download(contexts(user), image))),
        "fetch": fetch,
        "image_from_volume": image_from_volume,
    }
