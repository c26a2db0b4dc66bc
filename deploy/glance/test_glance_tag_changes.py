# SPDX-License-Identifier: Apache-2.0
"""Glance's own repository of images, with the filter and without it, over a database in a file.

The requests do not run at the same time: each test reads and saves in the order in which they would come between each
other. Run it with Glance's interpreter: python -m unittest
"""

import tempfile
import unittest
from pathlib import Path
from unittest import mock

import glance.context
import glance.db
import glance.domain
import glance_tag_changes
from glance.common import exception
from glance.db.sqlalchemy import api, models
from oslo_config import cfg
from oslo_db import exception as database_exception
from oslo_db import options

CONF = cfg.CONF


def setUpModule():
    directory = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(directory.cleanup)
    CONF([], project="glance", default_config_files=[])
    options.set_defaults(CONF, f"sqlite:///{Path(directory.name) / 'glance.db'}")
    models.register_models(api.get_engine())


class Repository(glance.db.ImageRepo):
    """Glance's repository with the filter. Glance's own stays as it is."""


glance_tag_changes.install(Repository)


class Base(unittest.TestCase):
    repository = Repository

    def setUp(self):
        context = glance.context.RequestContext(project_id="project", roles=["member"])
        self.images = self.repository(context, glance.db.get_api())
        new = glance.domain.ImageFactory().new_image(owner="project", tags=["base"])
        self.images.add(new)
        self.id = new.image_id

    def read(self):
        return self.images.get(self.id)

    def stored(self):
        image = dict(self.images.db_api.image_get(self.images.context, self.id))
        return image, self.images.db_api.image_tag_get_all(self.images.context, self.id)

    def tags(self):
        return sorted(self.stored()[1])

    def add_row(self, tag):
        with glance_tag_changes.transaction() as session:
            models.ImageTag(image_id=self.id, value=tag).save(session=session)


class WithoutTheFilter(Base):
    repository = glance.db.ImageRepo

    def test_a_tag_that_was_added_meanwhile_is_lost(self):
        renaming, tagging = self.read(), self.read()
        tagging.tags.add("added")
        self.images.save(tagging)
        renaming.name = "name"
        self.images.save(renaming)
        self.assertEqual(self.tags(), ["base"])


class WithTheFilter(Base):
    def test_tags_of_two_requests_stay(self):
        one, other = self.read(), self.read()
        one.tags.add("one")
        other.tags.add("other")
        self.images.save(one)
        self.images.save(other)
        self.assertEqual(self.tags(), ["base", "one", "other"])

    def test_a_change_of_the_name_neither_takes_tags_nor_brings_them_back(self):
        renaming, tagging = self.read(), self.read()
        tagging.tags.add("added")
        tagging.tags.remove("base")
        self.images.save(tagging)
        renaming.name = "name"
        self.images.save(renaming)
        self.assertEqual(self.tags(), ["added"])
        self.assertEqual(self.stored()[0]["name"], "name")

    def test_the_second_save_of_an_upload_changes_no_tags_again(self):
        upload = self.read()
        upload.tags.add("by-the-upload")
        self.images.save(upload)
        tagging = self.read()
        tagging.tags.remove("by-the-upload")
        tagging.tags.add("meanwhile")
        self.images.save(tagging)
        self.images.save(upload)
        self.assertEqual(self.tags(), ["base", "meanwhile"])

    def test_the_same_tag_of_two_requests_has_one_row(self):
        one, other = self.read(), self.read()
        one.tags.add("same")
        other.tags.add("same")
        self.images.save(one)
        self.images.save(other)
        self.assertEqual(self.tags(), ["base", "same"])

    def test_a_tag_with_two_rows_is_removed(self):
        self.add_row("base")
        image = self.read()
        image.tags.remove("base")
        self.images.save(image)
        self.assertEqual(self.tags(), [])

    def test_tags_that_a_collation_takes_for_equal_are_two(self):
        image = self.read()
        image.tags.update(["é", "e", "E"])
        self.images.save(image)
        image.tags.remove("e")
        self.images.save(image)
        self.assertEqual(self.tags(), ["E", "base", "é"])

    def test_a_list_of_tags_replaces_those_that_were_read(self):
        replacing, tagging = self.read(), self.read()
        tagging.tags.add("meanwhile")
        self.images.save(tagging)
        replacing.tags = ["new"]
        self.images.save(replacing)
        self.assertEqual(self.tags(), ["meanwhile", "new"])

    def test_a_tag_that_glance_cannot_store_is_refused(self):
        image = self.read()
        image.tags.add("\U0001f600")
        with self.assertRaises(exception.Invalid):
            self.images.save(image)
        self.assertEqual(self.tags(), ["base"])

    def test_the_tags_of_an_image_that_was_deleted_meanwhile_stay_deleted(self):
        glance_tag_changes.change_tags("no-such-image", {"a"}, set())
        self.images.db_api.image_destroy(self.images.context, self.id)
        glance_tag_changes.change_tags(self.id, {"a"}, set())
        with glance_tag_changes.transaction() as session:
            rows = session.query(models.ImageTag).filter_by(image_id=self.id, deleted=False)
            self.assertEqual(rows.count(), 0)

    def test_a_deadlock_is_tried_again(self):
        image, failures = self.read(), [database_exception.DBDeadlock(), None]
        image.tags.add("added")
        original = glance_tag_changes.add

        def add(*arguments):
            failure = failures.pop(0)
            if failure:
                raise failure
            original(*arguments)

        with mock.patch.object(glance_tag_changes, "add", add), mock.patch("time.sleep"):
            self.images.save(image)
        self.assertEqual((self.tags(), failures), (["added", "base"], []))

    def test_an_install_of_what_is_installed_changes_nothing(self):
        save = Repository.save
        glance_tag_changes.install(Repository)
        self.assertIs(Repository.save, save)


if __name__ == "__main__":
    unittest.main()
