"""The code of a consumer, called in the environment of the consumer by `worker.py`."""

import contextlib
import json
import os
import subprocess

from credentials import EXAMPLE_ACCOUNTS
from program import ROOT

CONSUMERS = ROOT / "tests/consumers"
SHARED = ROOT / "tests/python"


class ConsumerError(Exception):
    """The code of the consumer raised an exception."""


class Consumer:
    def __init__(self, name, configuration, home, folder, accounts):
        """Starts the functions of `{folder}/{name}_images.py`. The consumer keeps its files in `home`."""
        path = home / f"{name}.conf"
        path.write_text(configuration)
        self.log = home / f"{name}.log"
        python = ROOT / f"target/consumers-{folder}/bin/python"
        command = [python, "-W", "ignore", SHARED / "worker.py", f"{name}_images", path]
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": f"{CONSUMERS / folder}:{SHARED}"}
        environment |= {"PYTHONDONTWRITEBYTECODE": "1", "ACCOUNTS": json.dumps(accounts)}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment
            )

    def __call__(self, function, *arguments, **options):
        print(json.dumps({"function": function, "arguments": arguments, "options": options}), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        assert line, self.log.read_text()[-3000:]
        answer = json.loads(line)
        if "error" in answer:
            raise ConsumerError(answer["error"])
        return answer["value"]

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait(timeout=60) == 0, self.log.read_text()[-3000:]


@contextlib.contextmanager
def consumers(make_home):
    """Starts the code of consumers, each with a home that `make_home` makes from its name. It ends with the block.

    Their users have the `accounts`: by default those of the example configuration.
    """
    with contextlib.ExitStack() as started:

        def start(name, configuration, folder="services", accounts=EXAMPLE_ACCOUNTS):
            consumer = Consumer(name, configuration, make_home(name), folder, accounts)
            started.callback(consumer.close)
            return consumer

        yield start
