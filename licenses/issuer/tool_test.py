"""mortise-license as a vendor uses it: the real program, in temporary folders."""
import concurrent.futures
import json
import os
import re
import stat
import subprocess

import pytest

TOOL = os.environ["MORTISE_LICENSE"]
PASSPHRASE = "correct horse battery"


def run(*args, code=0):
    done = subprocess.run([TOOL, *map(str, args)], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          start_new_session=True, timeout=60)
    assert done.returncode == code, f"{args}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def refused(*args):
    return json.loads(run(*args, "--json", code=1).stdout)["error"]["code"]


@pytest.fixture
def home(tmp_path):
    run("init", "--home", tmp_path / "home", "--issuer", "Tenon Ltd", "--development")
    return tmp_path / "home"


def issue(home, *extra):
    out = home.parent / f"{len(list(home.parent.glob('*.license')))}.license"
    run("issue", "--home", home, "--sub", "Customer GmbH", "--plan", "standard", "--out", out,
        *(extra or ("--days", 30)))
    return out


def claims(file):
    return json.loads(run("inspect", file, "--json").stdout)["license"]["claims"]


def test_a_licence_from_nothing(home):
    file = issue(home, "--plugins", "milestones,rules", "--features", "sso,audit", "--limit", "users=10",
                 "--limit", "tenants=2", "--soft", "users", "--days", "30")
    checked = json.loads(run("verify", file, "--root", home / "root.pub", "--json").stdout)
    assert checked["verified"] is True and checked["state"] == "valid"
    assert checked["claims"] == claims(file)
    said = claims(file)
    assert said["iss"] == "Tenon Ltd" and said["sub"] == "Customer GmbH" and said["aud"] == "mortise"
    assert said["plugins"] == {"milestones": {}, "rules": {}}
    assert said["features"] == ["audit", "sso"]
    assert said["limits"] == {"tenants": 2, "users": 10} and said["overage"] == {"users": "soft"}
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", said["jti"])


def test_the_bundle_is_three_lines(home):
    lines = issue(home).read_text().split("\n")
    assert lines[0] == "mortise-license-bundle v1"
    assert lines[1].startswith("keyset: v4.public.") and lines[2].startswith("license: v4.public.")
    assert lines[3:] == [""]


def test_without_out_the_bundle_goes_to_standard_output(home):
    text = run("issue", "--home", home, "--sub", "C", "--plan", "p", "--days", 1).stdout
    (home / "b").write_text(text)
    run("verify", home / "b", "--root", home / "root.pub")


def test_another_root_is_refused(home, tmp_path):
    run("init", "--home", tmp_path / "other", "--issuer", "X", "--development")
    assert refused("verify", issue(home), "--root", tmp_path / "other" / "root.pub") == "unknown_root"
    run("verify", issue(home), "--root", tmp_path / "other" / "root.pub", "--root", home / "root.pub")


def test_an_altered_bundle_is_refused(home):
    file = issue(home)
    text = file.read_text()
    at = text.index("license: ") + 40
    file.write_text(text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1:])
    assert refused("verify", file, "--root", home / "root.pub") == "bad_signature"
    file.write_text(text[:-1])
    assert refused("verify", file, "--root", home / "root.pub") == "malformed_bundle"


def test_edges_of_the_period(home):
    file = issue(home, "--not-before", "2027-01-01T00:00:00Z", "--not-after", "2027-02-01T00:00:00Z",
                 "--grace-days", "2")
    root = ("--root", home / "root.pub", "--at")
    assert refused("verify", file, *root, "2026-12-31T23:59:59Z") == "not_yet_valid"
    run("verify", file, *root, "2027-01-01T00:00:00Z")
    assert "Verified: valid" in run("verify", file, *root, "2027-01-31T23:59:59Z").stdout
    assert "Verified: grace" in run("verify", file, *root, "2027-02-01T00:00:00Z").stdout
    assert "Verified: grace" in run("verify", file, *root, "2027-02-02T23:59:59Z").stdout
    assert refused("verify", file, *root, "2027-02-03T00:00:00Z") == "expired"


def test_a_bare_token_is_checked_with_a_keyset(home, tmp_path):
    token = issue(home).read_text().split("license: ")[1]
    (tmp_path / "token").write_text(token)
    assert refused("verify", tmp_path / "token", "--root", home / "root.pub") == "no_keyset"
    run("verify", tmp_path / "token", "--root", home / "root.pub", "--keyset", home / "keyset.token")
    assert json.loads(run("inspect", home / "keyset.token", "--json").stdout)["token"]["claims"]["ks_seq"] == 1


def test_nothing_is_overwritten(home, tmp_path):
    before = (home / "root.key").read_text()
    assert refused("init", "--home", home, "--issuer", "X", "--development") == "exists"
    assert (home / "root.key").read_text() == before
    file = issue(home)
    assert refused("issue", "--home", home, "--sub", "C", "--plan", "p", "--days", 1, "--out", file) == "exists"
    assert refused("keygen", "--secret", home / "root.key") == "exists"
    assert [p.name for p in tmp_path.iterdir() if ".new-" in p.name] == []


def test_of_many_inits_at_once_one_wins(tmp_path):
    def init(_):
        return subprocess.run([TOOL, "init", "--home", tmp_path / "h", "--issuer", "X", "--development"],
                              capture_output=True).returncode
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        codes = sorted(pool.map(init, range(8)))
    assert codes == [0] + [1] * 7
    issue(tmp_path / "h")


def test_secrets_are_private_files(home, tmp_path):
    run("keygen", "--secret", tmp_path / "p.key", "--public", tmp_path / "p.pub")
    secrets = [home / "root.key", tmp_path / "p.key", *(home / "keys").iterdir()]
    assert len(secrets) == 3
    for file in secrets:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
        assert file.read_text().startswith("k4.secret.")
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert run("pubkey", tmp_path / "p.key").stdout == (tmp_path / "p.pub").read_text()


def test_keys_under_a_passphrase(tmp_path):
    home, good, bad = tmp_path / "home", tmp_path / "good", tmp_path / "bad"
    good.write_text(PASSPHRASE + "\n")
    bad.write_text(PASSPHRASE + "!\n")
    run("init", "--home", home, "--issuer", "Tenon Ltd", "--passphrase-file", good)
    for file in (home / "root.key", *(home / "keys").iterdir()):
        assert file.read_text().startswith("k4.secret-pw.")
    args = ("issue", "--home", home, "--sub", "C", "--plan", "p", "--days", 1)
    assert refused(*args, "--passphrase-file", bad) == "wrong_passphrase"
    assert refused(*args) == "no_passphrase"
    (tmp_path / "b").write_text(run(*args, "--passphrase-file", good).stdout)
    run("verify", tmp_path / "b", "--root", home / "root.pub")


def test_a_weak_passphrase_is_refused_and_leaves_nothing(tmp_path):
    (tmp_path / "pw").write_text("short\n")
    assert refused("init", "--home", tmp_path / "h", "--issuer", "X", "--passphrase-file",
                   tmp_path / "pw") == "weak_passphrase"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pw"]


@pytest.mark.parametrize("args, code", [
    (("--days", "1", "--limit", "users"), "bad_option"),
    (("--days", "1", "--limit", "users=ten"), "bad_option"),
    (("--days", "1", "--limit", "users=-1"), "bad_option"),
    (("--days", "1", "--limit", "users=1", "--limit", "users=2"), "bad_option"),
    (("--days", "1", "--limit", "users=99999999999999999999"), "bad_option"),
    (("--not-after", "tomorrow"), "bad_option"),
    (("--not-after", "2020-01-01T00:00:00Z"), "bad_claims"),
    (("--days", "1", "--plugins", "Mile-Stones"), "bad_claims"),
    (("--days", "1", "--features", "sso,sso"), "bad_claims"),
    (("--days", "1", "--features", "\u0455so"), "bad_claims"),
    (("--days", "1", "--soft", "unheard"), "bad_claims"),
    ((), "bad_option"),
])
def test_what_a_host_would_refuse_is_not_issued(home, args, code):
    assert refused("issue", "--home", home, "--sub", "C", "--plan", "p", *args) == code


def test_perpetual_needs_no_end(home):
    said = claims(issue(home, "--model", "perpetual", "--maint-until", "2028-01-01T00:00:00Z"))
    assert "exp" not in said and said["maint_until"] == "2028-01-01T00:00:00Z"


@pytest.mark.parametrize("args", [(), ("nope",), ("issue",), ("verify", "x"), ("init", "--home", "x", "--days", "1"),
                                  ("issue", "--home", "x", "--sub", "C", "--plan", "p", "--days", "0"),
                                  ("issue", "--home", "x", "--sub", "C", "--plan", "p", "--days", "1",
                                   "--not-after", "2030-01-01T00:00:00Z")])
def test_wrong_usage_is_exit_code_2(args):
    run(*args, code=2)


@pytest.mark.parametrize("command", ["init", "issue", "inspect", "verify", "keygen", "pubkey"])
def test_help_has_an_example(command):
    text = run(command, "--help").stdout
    assert f"mortise-license {command}" in text


def test_no_output_shows_a_secret(home):
    secret = (home / "root.key").read_text().strip()
    for done in (run("pubkey", home / "root.key"), run("pubkey", home / "root.key", "--json")):
        assert "k4.secret" not in done.stdout + done.stderr and secret not in done.stdout
    broken = home / "broken.key"
    # The last two characters are the last byte of the public half, which then belongs to another seed.
    broken.write_text(secret[:-2] + ("AA" if secret[-2:] != "AA" else "BA") + "\n")
    done = run("pubkey", broken, code=1)
    assert secret[10:40] not in done.stderr + done.stdout


def test_odd_files(home, tmp_path):
    assert refused("inspect", tmp_path / "missing") == "io_error"
    assert refused("inspect", tmp_path) == "io_error"
    # A usage report may be long, so that inspect reads on; a licence may not.
    (tmp_path / "huge").write_bytes(b"v4.public." + b"A" * (1 << 20))
    assert refused("inspect", tmp_path / "huge") == "malformed_token"
    assert refused("verify", tmp_path / "huge", "--root", home / "root.pub", "--keyset",
                   home / "keyset.token") == "too_large"
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    assert refused("inspect", tmp_path / "binary") == "malformed_token"
    assert refused("issue", "--home", tmp_path / "missing", "--sub", "C", "--plan", "p", "--days", 1) == "io_error"
