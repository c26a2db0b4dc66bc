"""Fixtures: the program under some load, and a Prometheus that has scraped it a few times."""

import itertools
import threading

import pytest

from stack import measured, prometheus, send_all


@pytest.fixture(scope="session")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("metrics")


@pytest.fixture(scope="session")
def program(directory):
    """The URL of the metrics of a program that answers requests."""
    with measured(directory) as (service, metrics):
        stopped, failed = threading.Event(), []

        def run():
            try:
                for number in itertools.takewhile(lambda _: not stopped.wait(0.01), itertools.count()):
                    send_all(service, number)
            except Exception as error:
                failed.append(error)

        # The series of requests appear with their first request.
        send_all(service, 0)
        thread = threading.Thread(target=run)
        thread.start()
        yield metrics
        stopped.set()
        thread.join()
        assert failed == []


@pytest.fixture(scope="session")
def server(directory, program):
    with prometheus(directory, program) as server:
        yield server
