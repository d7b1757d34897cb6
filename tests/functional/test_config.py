"""A wrong configuration stops the start, with exit code 2 and a line that says where, what, and what is allowed."""
import re
import subprocess

import pytest

from mortise_fixtures import log_in
from mortise_server import ROOT, Server, binary, clean_environment, free_port

DEFAULT = ROOT / "config/mortise.toml"


def serve(folder, config, *arguments, **environment):
    return subprocess.run([binary(), "serve", "--config", config, "--data", folder / "data", *arguments],
                          env=clean_environment(**environment), capture_output=True, text=True, timeout=30)


def expect_stop(run, *parts):
    assert run.returncode == 2, run
    for part in parts:
        assert part in run.stderr, run.stderr
    assert "Traceback" not in run.stderr and "terminate called" not in run.stderr


WRONG = [
    ('[http]\nreactors = 0\n', ":2:", ["http.reactors", "1 to 256"]),
    ('[http]\nreactors = "2"\n', ":2:", ["http.reactors", "integer"]),
    ('\n\n[http]\nlisten = "nowhere"\n', ":4:", ["http.listen", "HOST:PORT"]),
    ('[storage]\nengine = "oracle"\n', ":2:", ["storage.engine", "sqlite", "postgresql"]),
    ('[storage]\nengien = "sqlite"\n', ":2:", ["engien", "engine"]),
    ('[log]\nlevel = "loud"\n', ":2:", ["log.level", "debug", "info", "warn", "error"]),
    ('[htpp]\n', ":1:", ["htpp", "[http]"]),
    ('[http]\nreactors = 2\nreactors = 3\n', ":3:", []),
    ('[http\n', ":1:", []),
    ('[storage]\nengine = "postgresql"\n', "", ["storage.url"]),
]


@pytest.mark.parametrize("text,line,parts", WRONG, ids=range(len(WRONG)))
def test_wrong_configuration(tmp_path, text, line, parts):
    config = tmp_path / "wrong.toml"
    config.write_text(text)
    expect_stop(serve(tmp_path, config), f"wrong.toml{line}", *parts)
    assert not (tmp_path / "data" / "core.db").exists()


def test_configuration_that_is_not_there(tmp_path):
    expect_stop(serve(tmp_path, tmp_path / "missing.toml"), "missing.toml")


@pytest.mark.parametrize("name,value,parts", [
    ("MORTISE_HTTP_REACTORS", "many", ["MORTISE_HTTP_REACTORS", "integer from 1 to 256"]),
    ("MORTISE_HTTP_REACTOR", "2", ["MORTISE_HTTP_REACTOR", "reactors"]),
    ("MORTISE_STORAGE_ENGINE", "", ["MORTISE_STORAGE_ENGINE", "sqlite"]),
])
def test_wrong_environment(tmp_path, name, value, parts):
    expect_stop(serve(tmp_path, DEFAULT, **{name: value}), *parts)


@pytest.mark.parametrize("arguments", [["--listen", "nowhere"], ["--listen", "127.0.0.1:99999"], ["--nonsense"]])
def test_wrong_arguments(tmp_path, arguments):
    run = serve(tmp_path, DEFAULT, *arguments)
    assert run.returncode not in (0, -6, -11), run
    assert arguments[0].lstrip("-") in run.stderr


def test_unknown_command():
    run = subprocess.run([binary(), "nonsense"], capture_output=True, text=True, env=clean_environment())
    assert run.returncode not in (0, -6, -11) and run.stderr


def test_help_and_version():
    for argument in ("--help", "--version"):
        run = subprocess.run([binary(), argument], capture_output=True, text=True, env=clean_environment())
        assert run.returncode == 0 and run.stdout
    assert re.search(r"\d+\.\d+\.\d+", run.stdout)
    assert "DEVELOPMENT" in run.stdout  # the build's own root, which must be seen


def test_a_port_in_use_stops_the_start(tmp_path):
    running = Server().start()
    try:
        run = serve(tmp_path, DEFAULT, "--listen", f"127.0.0.1:{running.port}")
        assert run.returncode not in (0, -6, -11)
        assert str(running.port) in run.stderr
    finally:
        running.close()


def test_the_environment_wins(tmp_path):
    config = tmp_path / "mortise.toml"
    config.write_text("[auth]\naccess_token_seconds = 60\n")
    running = Server(config, MORTISE_AUTH_ACCESS_TOKEN_SECONDS="120").start()
    try:
        assert log_in(running)["expires_in"] == 120
    finally:
        running.close()


def test_a_password_that_was_not_given_is_written_for_its_owner_only(tmp_path):
    running = Server()
    del running.environment["MORTISE_ADMIN_PASSWORD"]
    running.start()
    try:
        file = running.data / "admin-password"
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.read_text().strip() not in running.log_path.read_text()
    finally:
        running.close()


def test_the_default_configuration_says_what_is_the_default(tmp_path):
    """Everything in config/mortise.toml is known, and nothing is missing there."""
    keys = re.findall(r"^(\w+) = ", DEFAULT.read_text(), re.M)
    config = tmp_path / "empty.toml"
    for section in re.findall(r"^\[(\w+)\]", DEFAULT.read_text(), re.M):
        config.write_text(f"[{section}]\nnonsense = 1\n")
        run = serve(tmp_path, config, "--listen", f"127.0.0.1:{free_port()}")
        allowed = re.search(r"are (.*?)\.?$", run.stderr.strip().splitlines()[-1]).group(1)
        for name in re.findall(r"[a-z_]+", allowed.split('"')[0]):
            assert name in keys or name == "publishers", f"[{section}] {name} is not in config/mortise.toml"
