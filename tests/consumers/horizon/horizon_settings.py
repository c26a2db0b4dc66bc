"""The settings of Horizon: its own defaults, and the service as the Identity service of one region.

`HORIZON_HOME` is a directory for what Horizon writes, `IDENTITY_URL` the URL of the Identity API.
"""

import os

from openstack_dashboard.settings import *  # noqa: F403

SECRET_KEY = "of-a-test-on-the-loopback-interface"
ALLOWED_HOSTS = ["127.0.0.1"]
DEBUG = False
OPENSTACK_KEYSTONE_URL = os.environ["IDENTITY_URL"]
# A session lives in the process. A cookie has no room for a token with its catalog.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
# The pages are read for what they say, without their styles.
COMPRESS_ENABLED = False
COMPRESS_PRECOMPILERS = ()
STATIC_ROOT = os.path.join(os.environ["HORIZON_HOME"], "static")
