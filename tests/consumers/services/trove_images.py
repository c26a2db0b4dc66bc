"""Trove's look-up of the image of a datastore version."""

import look_ups


def functions(configuration):
    return {"find": look_ups.trove(configuration)}
