"""Zun's driver for images of containers in Glance."""

import types

from oslo_concurrency import lockutils

import zun.conf
from zun.api import hooks
from zun.common import config
from zun.image.glance import driver

from contexts import Contexts


def context_of(request):
    hooks.ContextHook().before(types.SimpleNamespace(request=request))
    return request.context


def functions(configuration):
    config.parse_args(["zun", "--config-file", configuration])
    lockutils.set_defaults(zun.conf.CONF.state_path)
    contexts = Contexts(zun.conf.CONF, context_of)
    images = driver.GlanceDriver()

    def commit(user, name, tag, path):
        """What `openstack appcontainer commit` does: an image from the archive of a container."""
        context = contexts(user)
        image = images.create_image(context, name).id
        images.update_image(context, image, tag=tag)
        with open(path, "rb") as data:
            images.upload_image_data(context, image, iter_of(data))
        return image

    def iter_of(data):
        """What Docker's client returns for an archive: a generator."""
        yield from iter(lambda: data.read(65536), b"")

    return {
        "search": lambda user, name, tag, exact: [image.id for image in images.search_image(contexts(user), name, tag, exact)],
        "pull": lambda user, name, tag, policy: images.pull_image(contexts(user), name, tag, policy, None),
        "commit": commit,
        "delete": lambda user, image: images.delete_committed_image(contexts(user), image),
        "delete_archive": lambda user, name: images.delete_image_tar(contexts(user), name),
    }
