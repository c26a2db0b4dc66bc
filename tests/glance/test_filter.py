"""The filter of deploy/glance: what Glance acknowledges stays, where it is lost without the filter."""

import functools

import hashing
import race

FILTER = "egg:glance-tag-changes#main"


def outcome_of(glance):
    outcome = race.race(glance)
    hashed = hashing.tags_after_hashing(functools.partial(race.request, glance))
    print(f"{outcome}, {outcome.failed()} failed; tags after the hashing: {hashed}")
    return outcome, hashed


def test_glance_loses_tags_without_the_filter(start):
    outcome, hashed = outcome_of(start())
    assert not outcome.is_clean()
    assert hashed == ["built"]


def test_glance_loses_nothing_with_the_filter(start):
    outcome, hashed = outcome_of(start(FILTER))
    assert outcome.is_clean(), outcome
    assert hashed == ["prod"]
