"""Calls the code of a consumer in the consumer's own environment: worker.py MODULE CONFIGURATION.

MODULE has a function that takes the path of the configuration and returns functions by their names. Each line of
standard input is a call and each line of standard output its answer, in JSON. The end of standard input ends it.
"""

import importlib
import json
import os
import sys


def answer(functions, call):
    try:
        return {"value": functions[call["function"]](*call["arguments"], **call["options"])}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def main(module, configuration):
    # What the consumer prints goes to the log.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    functions = importlib.import_module(module).functions(configuration)
    for line in sys.stdin:
        print(json.dumps(answer(functions, json.loads(line)), default=str), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
