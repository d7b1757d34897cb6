"""A PostgreSQL cluster of one's own in a temporary folder, which listens only on a Unix socket there.

PostgreSQL refuses to run as root; then it runs as the user `postgres`.
"""
import glob
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

SETUP = pathlib.Path(__file__).resolve().parents[2] / "config/postgresql/setup.sql"
START_SECONDS = 30
STOP_SECONDS = 20

# How a running server ends (PostgreSQL manual, "Shutting Down the Server").
FAST, IMMEDIATE = signal.SIGINT, signal.SIGQUIT

# For tests that nobody cuts the power of.
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Failed(Exception):
    """The cluster can't be made or does not start; the text says why."""


def binaries():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
    if not found:
        raise Failed("no PostgreSQL in /usr/lib/postgresql (apt-get install postgresql)")
    return found[-1]


def identity():
    """How a child becomes the user that owns the cluster."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


class Cluster:
    """Made and started by the constructor, removed by close(). stop() and start() may alternate between."""

    def __init__(self, settings=None, setup=True, folder=None, wal=None):
        """`settings` of postgresql.conf; `setup`: whether config/postgresql/setup.sql is run, as an
        administrator would; `folder`: an empty one to use and keep, instead of a temporary one; `wal`: an empty
        one for the write-ahead log, which else lies with the rest."""
        self.tools, self.owner = binaries(), identity()
        self.settings = {"listen_addresses": "", "max_connections": "100", "shared_buffers": "64MB",
                         "log_min_messages": "fatal", "autovacuum": "off"} | (settings or {})
        self.keeps_folder = folder is not None
        self.folder = str(folder or tempfile.mkdtemp(prefix="mortise-pg-"))
        self.setup = setup
        self.process = None
        try:
            self._make(wal)
            self.start()
            self.run("CREATE ROLE mortise LOGIN NOSUPERUSER NOBYPASSRLS CREATEROLE", "postgres")
            self.make_database()
        except BaseException:
            self.close()
            raise

    def url(self, database="mortise", user="mortise"):
        return f"postgresql:///{database}?host={self.folder}&user={user}"

    def start(self):
        settings = self.settings | {"unix_socket_directories": self.folder}
        arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with open(f"{self.folder}/log", "ab") as log:
            # A session of its own: Ctrl-C must end the command first, then the cluster.
            self.process = subprocess.Popen([f"{self.tools}/postgres", "-D", f"{self.folder}/data", *arguments],
                                            stdout=log, stderr=log, cwd=self.folder, start_new_session=True,
                                            **self.owner)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if subprocess.run([f"{self.tools}/pg_isready", "-q", "-h", self.folder]).returncode == 0:
                return
            time.sleep(0.05)
        raise Failed("the server did not start:\n" + pathlib.Path(self.folder, "log").read_text(errors="replace"))

    def stop(self, how=FAST):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def _make(self, wal):
        for folder in (self.folder, wal):
            if self.owner and folder is not None:
                os.chown(folder, self.owner["user"], self.owner["group"])
        apart = [] if wal is None else ["--waldir", str(wal)]
        subprocess.run([f"{self.tools}/initdb", "-D", f"{self.folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
                        "--locale=C", "--no-sync", *apart], check=True, stdout=subprocess.DEVNULL, cwd=self.folder,
                       **self.owner)

    def make_database(self):
        """`mortise`, owned by the role of that name."""
        self.run("CREATE DATABASE mortise OWNER mortise", "postgres")
        if self.setup:
            self._psql(["-v", "role=mortise", "-f", str(SETUP)], "mortise")

    def psql(self, database="mortise"):
        """A running psql of the superuser that reads statements from a pipe and answers into another."""
        return subprocess.Popen([f"{self.tools}/psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U",
                                 "postgres", database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, statement, database="mortise"):
        """As the superuser; answers what psql prints, unaligned and without headers."""
        return self._psql(["-At", "-c", statement], database)

    def _psql(self, arguments, database):
        done = subprocess.run([f"{self.tools}/psql", "-qX", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", "postgres",
                               *arguments, database], stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise Failed(f"psql ended with {done.returncode}: {arguments[-1]}")
        return done.stdout

    def close(self):
        self.stop()
        if not self.keeps_folder:
            shutil.rmtree(self.folder, ignore_errors=True)
