"""Random flags, evaluated by the library, by the server over HTTP, and by npm's @openfeature/flagd-core: the server agrees
with the library in all, and what differs from flagd-core is a known fault of theirs."""
import json
import os
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
EVALUATIONS = 100_000


def compare(evaluations, seed, server, tenant):
    run = subprocess.run(["node", HERE / "flagd_core.mjs", os.environ["MORTISE_FLAG_EVAL"], str(evaluations), str(seed),
                          f"http://127.0.0.1:{server.port}", tenant.key], capture_output=True, text=True)
    assert run.stdout, run.stderr
    return json.loads(run.stdout)


def test_library_http_and_flagd_core_agree(server, tenant_a):
    found = compare(EVALUATIONS, 20261126, server, tenant_a)
    print(json.dumps(found, indent=2))
    assert found["evaluations"] >= EVALUATIONS
    assert found["unexplained"] == 0, json.dumps(found["examples"], indent=2)
    assert found["http"]["evaluations"] == {"evaluate": found["evaluations"], "ofrep": found["evaluations"]}
    assert found["http"]["differ"] == 0, json.dumps(found["http"]["examples"], indent=2)
