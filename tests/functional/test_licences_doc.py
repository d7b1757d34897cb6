"""Every command of docs/en/licences.md, run as it is printed: the vendor's on a terminal that asks for passphrases, the
customer's against a real server."""
import os
import pty
import re
import select
import signal
import time

import pytest

from license_tool import ALL_PLUGINS, DevelopmentVendor, Installation, program
from mortise_fixtures import log_in
from mortise_server import ROOT, binary, clean_environment

TEXT = (ROOT / "docs/en/licences.md").read_text()
PASSPHRASE = "correct horse battery"
ANSWERS = {b"Passphrase: ": PASSPHRASE + "\n", b"Again: ": PASSPHRASE + "\n"}


def blocks(heading, kind="sh"):
    part = TEXT.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(rf"```{kind}\n(.*?)```", part, re.S)


def on_a_terminal(script, folder, environment, seconds=400):
    """Runs a script in bash on a terminal of its own, and answers what it asks; (exit code, what was shown)."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execve("/bin/bash", ["bash", "-euo", "pipefail", "-c", script], environment)
    shown, answered, end = b"", 0, time.monotonic() + seconds
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            data = os.read(terminal, 65536)
        except OSError:
            data = b""
        if not data:
            break
        shown += data
        for question, answer in ANSWERS.items():
            if shown[answered:].endswith(question):
                answered = len(shown)
                os.write(terminal, answer.encode())
    else:
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(terminal)
    return status, shown.decode()


def environment(**more):
    path = f"{program().parent}:{binary().parent}:{os.environ['PATH']}"
    return clean_environment(**more) | {"PATH": path}


def test_the_vendors_commands(tmp_path):
    scripts = blocks("For the vendor")
    assert len(scripts) >= 8
    customer = Installation(tmp_path)
    customer.request("bound-2027").rename(tmp_path / "activation.request")
    customer.report("example-2027", "2026-01-01", "2026-01-02", [["2026-01-01", "acme", "requests", 7]]).rename(
        tmp_path / "customer.usage")
    (catalogue,) = blocks("For the vendor", "toml")
    (tmp_path / "plans.toml").write_text(catalogue)
    # The catalogue lies in the home once there is one.
    script = "set -x\n" + scripts[0] + "\ncp plans.toml vendor/\n" + "\n".join(scripts[1:])
    status, shown = on_a_terminal(script, tmp_path, environment())
    assert status == 0, shown[-6000:]
    assert "k4.secret" not in shown and PASSPHRASE not in shown
    assert len(list((tmp_path / "licences").iterdir())) == 2
    # Options that the text names in passing, beside no plan of the catalogue.
    (tmp_path / "vendor/plans.toml").unlink()
    for option in re.findall(r"`(--limit [^`]+|--grant [^`]+|--model perpetual [^`]+)`", TEXT):
        period = "" if "perpetual" in option else "--days 9"
        status, shown = on_a_terminal(
            f"mortise-license issue --home vendor --sub C --plan p {period} {option} --dry-run", tmp_path, environment())
        assert status == 0, option + shown


@pytest.fixture
def customer_folder(tmp_path):
    vendor = DevelopmentVendor(tmp_path)
    for name, more in (("customer", ()), ("bound", ("--bind", "activation"))):
        _, file = vendor.issue(*ALL_PLUGINS, *more)
        file.rename(tmp_path / f"{name}.license")
    return tmp_path


def test_the_customers_commands(server, customer_folder):
    scripts = blocks("For the customer")
    assert len(scripts) == 3
    values = {"DATA": str(server.data), "BASE": f"http://127.0.0.1:{server.port}",
              "TOKEN": log_in(server)["access_token"], **server.environment}
    status, shown = on_a_terminal("set -x\n" + "\n".join(scripts), customer_folder, environment(**values))
    assert status == 0, shown[-6000:]
    assert '"code":' not in shown, shown[-6000:]
    assert (customer_folder / "activation.request").read_text().startswith("v4.public.")


def test_every_command_is_in_the_text():
    run = os.popen(f"{program()} --help").read()
    commands = re.findall(r"^  ([a-z]+) ", run.split("Subcommands:")[1], re.M)
    assert len(commands) > 20
    for command in commands:
        if command in ("keygen", "pubkey"):  # for plugins' publishers
            continue
        assert re.search(rf"(mortise-license |`){command}\b", TEXT), command
