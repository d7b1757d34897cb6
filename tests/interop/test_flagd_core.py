"""Random flags, evaluated by the library and by npm's @openfeature/flagd-core: what differs is a known fault of theirs."""
import json
import os
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
EVALUATIONS = 100_000


def compare(evaluations, seed):
    run = subprocess.run(["node", HERE / "flagd_core.mjs", os.environ["MORTISE_FLAG_EVAL"], str(evaluations), str(seed)],
                         capture_output=True, text=True)
    assert run.stdout, run.stderr
    return json.loads(run.stdout)


def test_the_library_agrees_with_flagd_core():
    found = compare(EVALUATIONS, 20261126)
    print(json.dumps(found, indent=2))
    assert found["evaluations"] >= EVALUATIONS
    assert found["unexplained"] == 0, json.dumps(found["examples"], indent=2)
