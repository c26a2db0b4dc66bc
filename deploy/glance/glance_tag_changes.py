# SPDX-License-Identifier: Apache-2.0
"""A paste filter for Glance: a save of an image writes what its request changed of the tags.

Glance reads the tags of an image, and a save writes this list back, some milliseconds later or, after an upload or the
hashing of a location, minutes later. Tags that others have added meanwhile are deleted by it, and tags that they have
removed come back. Two requests that add the same tag make two rows, after which each removal of the tag is a 500.

With this filter an image remembers the tags that it was read with. A save compares them with those that it has now, and
adds and removes only what differs, in one transaction, while no other save of the image runs.

The filter passes every request on as it is. It works by what its factory replaces when Glance starts, so that the tasks that
Glance runs in the background save in the same way. It fits Glance 2023.1 to 2026.2.
"""

import contextlib
import copy
import functools

import glance.db
from glance.common import utils
from glance.db.sqlalchemy import api, models
from oslo_db import api as oslo_db_api

# How often a save is tried again after a deadlock, and the pauses in seconds: as Glance does for the rest of an image.
RETRIES = {"max_retries": 50, "retry_interval": 0.5, "inc_retry_interval": True, "max_retry_interval": 5}

# The attribute of an image with the tags that it was read with.
READ_TAGS = "_tags_as_read"


def filter_factory(_global_configuration, **_configuration):
    """Makes Glance save changes of tags. Returns a filter that changes no request."""
    install(glance.db.ImageRepo)
    return lambda application: application


def install(repository):
    """Replaces the reading and the saving of images in Glance's class of repositories, once."""
    if getattr(repository, "saves_changes_of_tags", False):
        return
    repository.saves_changes_of_tags = True
    read, save = repository._format_image_from_db, repository.save

    @functools.wraps(read)
    def read_and_remember(self, db_image, db_tags):
        image = read(self, db_image, db_tags)
        remember(image)
        return image

    @functools.wraps(save)
    def save_changes(self, image, *arguments, **options):
        saving = copy.copy(self)
        saving.db_api = SavingChanges(self.db_api, image)
        result = save(saving, image, *arguments, **options)
        # An upload saves the same image twice.
        remember(image)
        return result

    repository._format_image_from_db, repository.save = read_and_remember, save_changes


def remember(image):
    setattr(without_proxy(image), READ_TAGS, frozenset(image.tags))


def without_proxy(image):
    """A repository reads an image without a proxy, and returns it and gets it back with one."""
    return getattr(image, "base", image)


class SavingChanges:
    """Glance's functions of the database, for the save of one image."""

    def __init__(self, db_api, image):
        self._db_api, self._image = db_api, image

    def __getattr__(self, name):
        return getattr(self._db_api, name)

    def image_tag_set_all(self, context, image_id, tags):
        read, wanted = getattr(without_proxy(self._image), READ_TAGS, None), set(tags)
        if read is None:
            return self._db_api.image_tag_set_all(context, image_id, tags)
        if read != wanted:
            change_tags(image_id, added=wanted - read, removed=read - wanted)


@oslo_db_api.wrap_db_retry(retry_on_deadlock=True, **RETRIES)
def change_tags(image_id, added, removed):
    """Adds tags to an image that does not have them, and removes others, however many rows they have."""
    with transaction() as session:
        # The first statement, so that the next one sees what the holder of the lock before has committed.
        locked = session.query(models.Image.id).filter_by(id=image_id, deleted=False).with_for_update()
        if locked.one_or_none() is None:
            return
        rows = session.query(models.ImageTag).filter_by(image_id=image_id, deleted=False).all()
        # They are compared here: the collation of the database takes some different texts for equal.
        for tag in sorted(added - {row.value for row in rows}):
            add(session, image_id, tag)
        for row in rows:
            if row.value in removed:
                row.delete(session=session)


# Glance refuses these tags too, since its columns cannot hold them.
@utils.no_4byte_params
def add(session, image_id, tag):
    models.ImageTag(image_id=image_id, value=tag).save(session=session)


@contextlib.contextmanager
def transaction():
    """A session that commits at its end. Until 2025.2, Glance has a function that does not."""
    if hasattr(api, "session_for_write"):
        with api.session_for_write() as session:
            yield session
    else:
        session = api.get_session()
        with session.begin():
            yield session
