"""Fixtures: the program on a free port."""

import pytest

from program import serving
from service import Service


@pytest.fixture(scope="session")
def service():
    """The program, which runs for all tests."""
    with serving({}) as url:
        yield Service(url)
