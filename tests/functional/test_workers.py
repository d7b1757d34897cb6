"""Plugins in processes of their own: what they are allowed, and what happens when they die or hang."""
import os
import pathlib
import shutil
import signal
import threading
import time

import pytest

from mortise_fixtures import Tenant, log_in
from mortise_server import Server, binary

WAIT_SECONDS = 60


class Workers:
    """A server whose plugins all run in workers."""

    def __init__(self, **environment):
        self.server = Server(MORTISE_PLUGINS_HOST="worker", MORTISE_PLUGINS_WORKERS="2", **environment)
        self.server.expected_errors = ["a plugin failed", "plugin quarantined"]
        self.server.start()
        self.platform = self.server.client(Authorization=f"Bearer {log_in(self.server)['access_token']}")
        self.tenant = Tenant(self.server, self.platform, "acme")

    def pids(self):
        """Of the workers that run, oldest first."""
        found = []
        for folder in pathlib.Path("/proc").iterdir():
            try:
                name, rest = (folder / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
            except (OSError, IndexError):
                continue
            state, parent = rest.split()[:2]
            if int(parent) == self.server.process.pid and name == "mortise-worker" and state != "Z":
                found.append(int(folder.name))
        return sorted(found)

    def plugin(self):
        return self.platform.get("/api/v1/plugins/milestones").expect(200).json()

    def all_serve(self, except_for=frozenset()):
        """Whether both are at work, none of them `except_for`. The count comes last: once both processes are others,
        the server knows which have died."""
        pids = set(self.pids())
        return len(pids) == 2 and not except_for & pids and self.plugin()["workers"]["serving"] == 2

    def wait_for(self, condition):
        deadline = time.monotonic() + WAIT_SECONDS
        while not condition():
            assert time.monotonic() < deadline, self.server.log_path.read_text()[-3000:]
            time.sleep(0.02)

    def list(self):
        return self.tenant.api.get("/api/v1/milestones")


@pytest.fixture
def workers(request, tmp_path):
    # One plugin alone, so that each worker is one of its.
    shutil.copytree(binary().parent / "plugins/milestones", tmp_path / "milestones")
    running = Workers(MORTISE_PLUGINS_DIRECTORY=str(tmp_path), **getattr(request, "param", {}))
    try:
        running.wait_for(running.all_serve)
        yield running
    finally:
        running.server.close()


def test_a_worker_has_nothing_that_it_does_not_need(workers):
    assert workers.plugin()["host"] == "worker"
    assert workers.plugin()["workers"] == {"wanted": 2, "serving": 2}
    for pid in workers.pids():
        about = pathlib.Path(f"/proc/{pid}")
        status = dict(line.split(":\t", 1) for line in (about / "status").read_text().splitlines() if ":\t" in line)
        assert status["NoNewPrivs"] == "1"
        users = {int(user) for user in status["Uid"].split()}
        assert len(users) == 1 and users <= (set(range(61184, 65520)) if os.getuid() == 0 else {os.getuid()})
        assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
        limits = (about / "limits").read_text()
        assert "Max core file size        0                    0" in limits
        assert "Max open files            32                   32" in limits
        assert os.readlink(about / "cwd") == "/"
        assert int((about / "stat").read_text().rsplit(")", 1)[1].split()[3]) == pid  # a session of its own
        if os.getuid() == 0:
            assert (about / "environ").read_bytes() == b""
            opened = {int(fd.name): os.readlink(fd) for fd in (about / "fd").iterdir()}
            assert opened[0] == opened[1] == "/dev/null"
            for descriptor, target in opened.items():
                assert descriptor < 2 or target.startswith(("socket:", "/memfd:milestones")), opened


def test_a_killed_worker_fails_its_own_call_only_and_comes_back(workers):
    workers.list().expect(200)
    answers, stop = [], threading.Event()

    def ask():
        client = workers.server.client(X_API_Key=workers.tenant.key)
        while not stop.is_set():
            answers.append(client.get("/api/v1/milestones"))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        time.sleep(0.3)
        victim = workers.pids()[0]
        os.kill(victim, signal.SIGKILL)
        workers.wait_for(lambda gone=victim: workers.all_serve(except_for={gone}))
    stop.set()
    for thread in threads:
        thread.join()
    for answer in answers:
        if answer.status != 200:
            answer.expect_problem(503, "plugin_unavailable")
            assert int(answer.headers["retry-after"]) >= 1
    assert sum(answer.status != 200 for answer in answers) <= 2
    workers.list().expect(200)


@pytest.mark.parametrize("workers", [{"MORTISE_HTTP_REQUEST_TIMEOUT_MS": "1000"}], indirect=True)
def test_a_worker_that_hangs_is_killed_at_the_deadline(workers):
    stuck = set(workers.pids())
    for pid in stuck:
        os.kill(pid, signal.SIGSTOP)
    answers = []

    def ask(*request):
        client = workers.server.client(X_API_Key=workers.tenant.key)
        begun = time.monotonic()
        answers.append((client.request(*request), time.monotonic() - begun))

    change = ("POST", "/api/v1/milestones", {"key": "A-1", "title": "x"})
    threads = [threading.Thread(target=ask, args=request) for request in (change, ("GET", "/api/v1/milestones"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answer, took in answers:
        answer.expect_problem(504, "deadline_exceeded")
        assert 0.9 < took < 3
    workers.wait_for(lambda: workers.all_serve(except_for=stuck))
    workers.wait_for(lambda: workers.list().status == 200)
    assert workers.list().json()["items"] == []  # the unit of the stuck call was rolled back


@pytest.mark.parametrize("workers", [{"MORTISE_PLUGINS_WORKER_DEATHS": "3"}], indirect=True)
def test_a_plugin_that_keeps_dying_is_quarantined_until_it_is_reloaded(workers):
    for count in range(3):
        workers.wait_for(lambda: workers.pids() or workers.plugin()["state"] == "quarantined")
        if workers.plugin()["state"] == "quarantined":
            break
        os.kill(workers.pids()[0], signal.SIGKILL)
        workers.wait_for(lambda n=count: workers.server.log_path.read_text().count("a worker has died") > n)
    workers.wait_for(lambda: workers.plugin()["state"] == "quarantined" and not workers.pids())
    workers.list().expect_problem(503, "plugin_unavailable")
    health = workers.server.client().get("/health").expect(200).json()
    assert health["checks"]["plugin:milestones"] == "quarantined"
    workers.platform.post("/api/v1/plugins/milestones/reload").expect(200)
    workers.list().expect(200)
    assert workers.plugin()["state"] == "running"


def test_a_new_generation_ends_the_workers_of_the_old(workers):
    old = set(workers.pids())
    answers, stop = [], threading.Event()

    def ask():
        client = workers.server.client(X_API_Key=workers.tenant.key)
        while not stop.is_set():
            answers.append(client.get("/api/v1/milestones").status)

    thread = threading.Thread(target=ask)
    thread.start()
    for _ in range(3):
        workers.platform.post("/api/v1/plugins/milestones/reload").expect(200)
    stop.set()
    thread.join()
    assert set(answers) == {200}
    workers.wait_for(lambda: workers.all_serve(except_for=old))


def test_workers_end_with_the_server(workers):
    pids = workers.pids()
    workers.server.kill()
    workers.wait_for(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in pids))
