"""Runs the first tour of README.md as it is printed, against a server that ci/run --demo's own script filled."""
import re
import subprocess

import pytest

from mortise_fixtures import log_in
from mortise_server import ADMIN_EMAIL, ADMIN_PASSWORD, ROOT

README = (ROOT / "README.md").read_text()
TOUR = README.split("## A first tour", 1)[1].split("\n## ", 1)[0]


def shell(script, folder):
    return subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=folder, capture_output=True, text=True,
                          timeout=60)


def test_the_tour_works_as_printed(server):
    blocks = re.findall(r"```sh\n(.*?)```", TOUR, re.S)
    assert len(blocks) >= 4
    script = "\n".join(blocks)
    # The password and port that ci/run would have printed.
    assert "PASSWORD='...'" in script and "http://127.0.0.1:8080" in script
    script = script.replace("PASSWORD='...'", f"PASSWORD='{ADMIN_PASSWORD}'")
    script = script.replace("http://127.0.0.1:8080", f"http://127.0.0.1:{server.port}")
    run = shell("set -x\n" + script, ROOT)
    assert run.returncode == 0, run.stdout + run.stderr
    for status in re.findall(r"^HTTP/1\.1 (\d+)", run.stdout, re.M):
        assert status.startswith("2"), run.stdout
    assert '"code":' not in run.stdout, run.stdout  # no problem among the answers


@pytest.fixture
def demo(server, tmp_path):
    token = log_in(server)["access_token"]
    script = f"""
        source ci/common.sh
        base=http://127.0.0.1:{server.port} token={token} data={tmp_path} MORTISE_ADMIN_EMAIL={ADMIN_EMAIL}
        source ci/demo.sh
        run_demo
    """
    return lambda: shell(script, ROOT)


def test_the_demo_prints_five_commands_that_work(demo):
    for _ in range(2):  # a second start finds everything there
        run = demo()
        assert run.returncode == 0, run.stdout + run.stderr
    commands = re.findall(r"^curl .*$", run.stdout, re.M)
    assert len(commands) == 5
    for command in commands:
        answer = shell(command, ROOT)
        assert answer.returncode == 0 and "K30-" in answer.stdout, command + answer.stdout + answer.stderr
        assert '"code":' not in answer.stdout, command + answer.stdout
