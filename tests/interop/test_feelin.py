"""Random expressions of FEEL, evaluated by the library and by npm's feelin: what differs is a known fault of theirs,
which feelin_faults.mjs lists with the section of DMN 1.5 that decides."""
import collections
import json
import os
import subprocess

from npm_node import HERE, node

EXPRESSIONS = 100_000
SEEDS = (20261127, 15)  # a process each


def start(seed):
    command = [node(), "--max-semi-space-size=64", HERE / "feelin.mjs", os.environ["MORTISE_FEEL_EVAL"],
               str(EXPRESSIONS // len(SEEDS)), str(seed)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_library_and_feelin_agree():
    found, faults = [], collections.Counter()
    for process in [start(seed) for seed in SEEDS]:
        told, errors = process.communicate()
        assert told, errors
        found.append(json.loads(told))
        faults.update(found[-1]["faults"])
    print(json.dumps(found, indent=2))
    assert [one["examples"] for one in found] == [[], []], json.dumps([one["examples"] for one in found], indent=2)
    assert sum(one["expressions"] for one in found) >= EXPRESSIONS
    assert sum(one["values"] for one in found) > EXPRESSIONS / 2
    # A fault that is gone is to be taken from the list.
    assert set(found[0]["listed"]) == set(faults), set(found[0]["listed"]) ^ set(faults)
