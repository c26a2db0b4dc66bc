"""Octavia's look-up of the image of amphorae."""

import look_ups


def functions(configuration):
    return {"by_tag": look_ups.octavia(configuration)}
