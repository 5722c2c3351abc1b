# What the drivers in Python share. A row is one thing that a client does. It is printed as a line of JSON: its name, and what was
# wrong if anything was.
import json


def row(name):
    """Runs a function as a row."""
    def run(work):
        try:
            work()
            print(json.dumps({'row': name}), flush=True)
        except Exception as error:
            fault = f'{type(error).__name__}: {error}'[:400]
            print(json.dumps({'row': name, 'fault': fault}), flush=True)
        return work
    return run


def same(found, expected):
    assert found == expected, f'{found!r} instead of {expected!r}'
