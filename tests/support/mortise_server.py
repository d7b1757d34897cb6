"""A real Mortise server for tests: started on a free port with a data folder of its own, ended by SIGTERM.

With MORTISE_TEST_POSTGRES (set by tests/support/with_postgres) it runs on a database of its own there instead
of SQLite. With MORTISE_TEST_PLUGINS_HOST=worker its plugins run in workers.
"""
import fcntl
import http.client
import json
import os
import pathlib
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
ADMIN_EMAIL = "admin@example.com"
ADMIN_PASSWORD = "correct horse battery staple"
START_SECONDS = 60
STOP_SECONDS = 30


def binary(name="mortise"):
    """The program under test; MORTISE_BIN names the one called mortise."""
    main = pathlib.Path(os.environ.get("MORTISE_BIN", ROOT / "build/release/bin/mortise"))
    return main if name == "mortise" else main.with_name(name)


def clean_environment(**more):
    """Our own environment without settings of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MORTISE_")}
    return kept | more


claims = []  # open files, whose locks end with this process


def free_port():
    """A port that no other test takes while this process runs, also while its server is down or still loads."""
    # Below the range from which the kernel takes ports for connections, so that none takes it meanwhile.
    while True:
        port = random.SystemRandom().randrange(20000, 32000)
        claim = open(pathlib.Path(tempfile.gettempdir()) / f"mortise-test-port-{port}", "w")  # noqa: SIM115
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        claims.append(claim)
        return port


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)

    @property
    def etag(self):
        return self.headers["etag"]

    def expect(self, status):
        assert self.status == status, f"{self.status} instead of {status}: {self.body[:2000]!r}"
        return self

    def expect_problem(self, status, code=None):
        """A problem by RFC 9457 with this status, and with this code if one is given."""
        self.expect(status)
        assert self.headers.get("content-type", "").split(";")[0] == "application/problem+json", self.headers
        problem = self.json()
        assert problem["status"] == status
        assert problem["type"] and problem["title"] and problem["code"]
        if code is not None:
            assert problem["code"] == code, problem
        return problem


class Client:
    """Speaks JSON over one connection that is kept alive. Not for several threads. `tls`: an ssl.SSLContext.

    A request that finds a kept connection closed is sent again over a new one, unless `repeats` is false.
    """

    def __init__(self, port, headers=None, tls=None, repeats=True):
        self.port = port
        self.headers = headers or {}
        self.tls = tls
        self.repeats = repeats
        self._connection = None

    def with_headers(self, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Client(self.port, self.headers | named, self.tls, self.repeats)

    def request(self, method, path, body=None, headers=None, *, data=None):
        """`body` goes as JSON, `data` as it is."""
        sent = self.headers | (headers or {})
        if body is not None:
            data = json.dumps(body).encode()
            sent = {"Content-Type": "application/json"} | sent
        return self._send(method, path, data, sent)

    def _send(self, method, path, data, headers):
        for attempt in (1, 2):
            fresh = self._connection is None
            if fresh:
                self._connection = self._connect()
            try:
                self._connection.request(method, path, data, headers)
                response = self._connection.getresponse()
                body = response.read()
                break
            except (http.client.RemoteDisconnected, ConnectionError):
                self.close()
                # Only a kept connection may have been closed by the server's right.
                if fresh or attempt == 2 or not self.repeats:
                    raise
        received = {}
        for name, value in response.getheaders():
            received[name.lower()] = f"{received[name.lower()]}, {value}" if name.lower() in received else value
        if response.will_close:
            self.close()
        return Answer(response.status, received, body)

    def _connect(self):
        if self.tls is None:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=self.tls)

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, body, **more)

    def put(self, path, body=None, **more):
        return self.request("PUT", path, body, **more)

    def patch(self, path, body=None, **more):
        return self.request("PATCH", path, body, **more)

    def delete(self, path, **more):
        return self.request("DELETE", path, **more)


class PostgresDatabase:
    """A new database in the cluster of tests/support/with_postgres, owned by its role `mortise`."""

    def __init__(self):
        self.name = f"mortise_{secrets.token_hex(6)}"
        self.url = self._in_database(os.environ["MORTISE_TEST_POSTGRES"], self.name)
        self._run(f"CREATE DATABASE {self.name} OWNER mortise")

    @staticmethod
    def _in_database(url, name):
        return re.sub(r"^postgresql:///[^?]*", f"postgresql:///{name}", url)

    def _run(self, statement):
        admin = self._in_database(os.environ["MORTISE_TEST_POSTGRES_ADMIN"], "postgres")
        subprocess.run(["psql", admin, "-qX", "-v", "ON_ERROR_STOP=1", "-c", statement], check=True)

    def drop(self):
        self._run(f"DROP DATABASE {self.name} WITH (FORCE)")


class Server:
    """One server with its data. start() and stop() may alternate; close() removes the data."""

    def __init__(self, config=None, **environment):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mortise-test-"))
        self.data = self.folder / "data"
        self.log_path = self.folder / "log"
        self.config = config or ROOT / "config/mortise.toml"
        self.environment = {"MORTISE_ADMIN_EMAIL": ADMIN_EMAIL, "MORTISE_ADMIN_PASSWORD": ADMIN_PASSWORD}
        self.database = None
        if "MORTISE_TEST_POSTGRES" in os.environ:
            self.database = PostgresDatabase()
            self.environment |= {"MORTISE_STORAGE_ENGINE": "postgresql", "MORTISE_STORAGE_URL": self.database.url}
        if "MORTISE_TEST_PLUGINS_HOST" in os.environ:
            self.environment["MORTISE_PLUGINS_HOST"] = os.environ["MORTISE_TEST_PLUGINS_HOST"]
        self.environment |= environment
        self.launcher = []  # a command before ours, which becomes the server
        self.process = None
        self.port = None
        self.tls = None  # an ssl.SSLContext for clients
        # Parts of error lines that a test provokes on purpose.
        self.expected_errors = []

    def start(self, port=None):
        self.launch(port)
        self.wait_until_ready()
        return self

    def launch(self, port=None):
        """Starts the process, and does not wait until it serves. `port`: one that it had before."""
        self.port = port or free_port()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*self.launcher, binary(), "serve", "--config", self.config, "--data", self.data,
                 "--listen", f"127.0.0.1:{self.port}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=clean_environment(**self.environment))

    def wait_until_ready(self):
        client = self.client()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.log_path.read_text()}")
            try:
                if client.get("/health/ready").status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        self.kill()
        raise RuntimeError(f"the server was not ready in {START_SECONDS} s:\n{self.log_path.read_text()}")

    def client(self, **headers):
        return Client(self.port, tls=self.tls).with_headers(**headers)

    def stop(self):
        """SIGTERM; answers the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self):
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self.process = None
        return code

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def memory_mb(self):
        """Resident memory of the process."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024

    def log_lines(self):
        """The log's lines that are JSON."""
        lines = []
        for line in self.log_path.read_text(errors="replace").splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                continue
        return lines

    def unexpected_errors(self):
        return [line for line in self.log_lines()
                if isinstance(line, dict) and line.get("level") == "error"
                and not any(part in json.dumps(line) for part in self.expected_errors)]

    def close(self):
        """Ends the server if it still runs, removes what it left, and checks that it had nothing to complain."""
        code = self.stop() if self.process is not None else 0
        errors = self.unexpected_errors()
        if self.database is not None:
            self.database.drop()
        shutil.rmtree(self.folder)
        assert code == 0, f"the server ended with {code}"
        assert not errors, f"the server logged errors: {errors[:5]}"
