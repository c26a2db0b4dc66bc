"""The look-ups of images by Octavia and Trove, in their own code. Each function takes the path of a configuration."""


def octavia(configuration):
    """How Octavia finds the image of a new amphora, by `amp_image_tag` and `amp_image_owner_id`."""
    from octavia.common import config
    from octavia.image.drivers import glance_driver

    config.init(["--config-file", configuration])
    return glance_driver.ImageManager().get_image_id_by_tag


def trove(configuration):
    """How Trove finds the image of a new instance, by the `image_id` or the `image_tags` of a datastore version."""
    from trove.common import cfg, clients, glance

    cfg.parse_args(["trove", "--config-file", configuration])
    client = clients.create_glance_client(None)
    return lambda image_id, image_tags: glance.get_image_id(client, image_id, image_tags)
