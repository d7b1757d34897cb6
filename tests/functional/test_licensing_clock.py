"""Attacks on what a server goes by when it judges a licence: its clock (under libfaketime), the file with the mark of
time, and the root key. And what must not be taken for an attack: a clock that was wrong and is put right."""
import glob
import os
import subprocess

import pytest

from license_tool import ALL_PLUGINS, DevelopmentVendor, Vendor
from license_tool import program as license_program
from mortise_fixtures import log_in
from mortise_server import Server
from test_licensing import current, install, until

DAY = 86400
LIBRARIES = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")


def fake_time(offset_file):
    """The environment in which a program sees the clock moved by what the file says; running time stays true."""
    return {"LD_PRELOAD": LIBRARIES[0], "FAKETIME_TIMESTAMP_FILE": str(offset_file), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}


class Clocked(Server):
    """A server whose clock the test sets, also while it runs."""

    def __init__(self, **environment):
        super().__init__(**environment)
        self.offset = self.folder / "offset"
        self.set_clock(0)
        self.environment |= fake_time(self.offset)

    def set_clock(self, seconds):
        """So many seconds from the true time."""
        new = self.offset.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        os.replace(new, self.offset)

    def restart(self, seconds=0):
        if self.process is not None:
            assert self.stop() == 0
        self.set_clock(seconds)
        self.start()

    def administrator(self):
        """Logged in by the clock as it is."""
        return self.client(Authorization=f"Bearer {log_in(self)['access_token']}")

    def state(self):
        said = current(self.administrator())
        return said["state"], said["reason"]

    def log(self):
        return self.log_path.read_text()


@pytest.fixture
def vendor(tmp_path):
    return DevelopmentVendor(tmp_path)


@pytest.fixture
def server():
    running = Clocked().start()
    yield running
    running.close()


def at_time(vendor, seconds, command, *args):
    """Has a vendor whose clock is so many seconds from the true time write a file."""
    offset, file = vendor.new_file("offset"), vendor.new_file()
    offset.write_text(f"{seconds:+d}\n")
    subprocess.run([license_program(), *command.split(), "--home", vendor.home, "--out", file, *map(str, args)],
                   check=True, stdin=subprocess.DEVNULL, capture_output=True, env=os.environ | fake_time(offset))
    return file


def issue_at(vendor, seconds, *options):
    return at_time(vendor, seconds, "issue", "--sub", "Customer GmbH", "--plan", "standard", *options)


LATER = 6 * DAY


def let_it_end(server, vendor):
    """A licence of five days, and LATER, when it has ended, a word of the vendor's that says how late it is."""
    _, file = vendor.issue(*ALL_PLUGINS, "--days", "5", "--grace-days", "0")
    install(server.administrator(), file).expect(201)
    assert server.state() == ("valid", None)
    server.set_clock(LATER)
    until(lambda: server.state() == ("limited", "ended"))
    install(server.administrator(), at_time(vendor, LATER, "crl publish")).expect(201)


# ---- the clock ----

def test_the_clock_is_believed(server, vendor):
    """Else what follows would show nothing."""
    _, file = vendor.issue(*ALL_PLUGINS, "--days", "10", "--grace-days", "5")
    install(server.administrator(), file).expect(201)
    assert server.state() == ("valid", None)
    server.set_clock(11 * DAY)
    until(lambda: server.state() == ("grace", "ended"))
    server.set_clock(16 * DAY)
    until(lambda: server.state() == ("limited", "ended"))


def test_set_forward_by_mistake_and_put_right(server, vendor):
    _, file = vendor.issue(*ALL_PLUGINS, "--days", "30", "--grace-days", "0")
    install(server.administrator(), file).expect(201)
    server.set_clock(400 * DAY)
    until(lambda: server.state()[0] == "limited")
    server.set_clock(0)
    until(lambda: server.state() == ("valid", None))
    # Also over restarts with the wrong clock.
    server.restart(400 * DAY)
    assert server.state()[0] == "limited"
    server.restart(0)
    assert server.state() == ("valid", None)


def test_set_back_while_it_runs(server, vendor):
    let_it_end(server, vendor)
    for days in (0, 2, 30, 4000):
        server.set_clock(-days * DAY)
        assert server.state() == ("limited", "ended"), days
    until(lambda: "clock is behind" in server.log(), seconds=90)


def test_set_back_before_a_start(server, vendor):
    let_it_end(server, vendor)
    for days in (0, 2, 30, 4000):
        server.restart(-days * DAY)
        assert server.state() == ("limited", "ended"), days
    # Put right, and renewed.
    server.restart(LATER)
    assert server.state() == ("limited", "ended")
    install(server.administrator(), issue_at(vendor, LATER, *ALL_PLUGINS, "--days", "30")).expect(201)
    assert server.state() == ("valid", None)


def test_issued_in_the_future(server, vendor):
    early = issue_at(vendor, 3 * DAY, *ALL_PLUGINS, "--days", "30")
    before = current(server.administrator())
    install(server.administrator(), early).expect_problem(422, "license_issued_in_future")
    assert current(server.administrator()) == before
    server.set_clock(3 * DAY + 60)
    install(server.administrator(), early).expect(201)


# ---- the mark of time ----

MARK = "license-time"


def test_the_mark_is_deleted_or_edited(server, vendor):
    let_it_end(server, vendor)
    assert server.stop() == 0
    mark = server.data / MARK
    sealed = mark.read_text()
    for text in (None, "", "nonsense\n", sealed.replace(" ", "  ", 1), sealed.replace("1", "2", 1), "x" * 2000):
        if text is None:
            mark.unlink()
        else:
            mark.write_text(text)
        server.restart(-30 * DAY)
        assert server.state() == ("limited", "ended"), text
        assert server.stop() == 0
        assert mark.read_text().startswith("mortise-time-mark v1 "), "made anew"
    assert "was altered" in server.log()


def test_the_mark_of_another_machine_is_left_out(server, vendor):
    _, file = vendor.issue(*ALL_PLUGINS, "--days", "30", "--grace-days", "0")
    install(server.administrator(), file).expect(201)
    other = Clocked()
    other.set_clock(100 * DAY)
    other.start()
    try:
        # Its mark stands a hundred days from now, as the vendor has signed.
        late = issue_at(vendor, 100 * DAY, *ALL_PLUGINS, "--days", "30")
        install(other.administrator(), late).expect(201)
        assert other.stop() == 0
        assert server.stop() == 0
        (server.data / MARK).write_text((other.data / MARK).read_text())
        server.restart(0)
        assert server.state() == ("valid", None)
        assert "another installation's" in server.log()
    finally:
        other.close()


# ---- the root ----

def test_no_setting_names_another_root(vendor, tmp_path):
    (tmp_path / "stranger").mkdir()
    stranger = Vendor(tmp_path / "stranger")
    _, foreign = stranger.issue(*ALL_PLUGINS)
    root = stranger.root.read_text().strip()
    # What the build once took is no setting of the server's.
    running = Server(MORTISE_ROOT_KEYS=str(stranger.root), MORTISE_DEV_ROOT=str(stranger.home)).start()
    try:
        platform = running.client(Authorization=f"Bearer {log_in(running)['access_token']}")
        install(platform, foreign).expect_problem(422, "license_unknown_root")
    finally:
        running.close()
    refused = Server(MORTISE_LICENSE_ROOTS=root)
    with pytest.raises(RuntimeError, match="MORTISE_LICENSE_ROOTS: unknown key"):
        refused.start()
    config = tmp_path / "mortise.toml"
    config.write_text(f'[license]\nroots = ["{root}"]\n')
    by_file = Server(config)
    with pytest.raises(RuntimeError, match="roots"):
        by_file.start()
    for server in (refused, by_file):
        server.process = None
        server.close()
