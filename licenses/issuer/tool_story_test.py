"""The vendor's work from the first key to the last report, offline: every command of mortise-license."""
import csv
import datetime
import io
import json
import os
import pathlib
import re
import secrets
import sqlite3
import stat
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/support"))

from license_tool import Installation, Vendor, ask, base64url, program, refused, run  # noqa: E402

COMMANDS = ["init", "keyset", "keyset add", "keyset retire", "keyset compromise", "keyset publish", "keyset list",
            "root", "root sign", "root rotate", "root accept", "issue", "renew", "upgrade", "downgrade", "reissue",
            "suspend", "resume", "revoke", "transfer", "crl", "crl publish", "bundle", "activate", "report",
            "report import", "report usage", "report expiring", "report revenue-base", "report seats", "export",
            "backup", "restore", "audit", "audit verify", "audit list", "inspect", "verify", "keygen", "pubkey"]


@pytest.fixture
def vendor(tmp_path):
    return Vendor(tmp_path)


# ---- help ----

@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command):
    text = run(*command.split(), "--help").stdout
    assert re.search(r"Examples?:\n  mortise-license " + command, text), text


def test_the_help_of_the_whole_names_every_command():
    text = run("--help").stdout
    for command in COMMANDS:
        assert re.search(rf"^  {command.split()[0]}\b", text, re.M), command


# ---- keys ----

def published(vendor):
    return {key["kid"]: key for key in vendor.ask("keyset", "list")["keys"]}


def test_a_retired_key_keeps_what_it_signed_and_signs_no_more(vendor):
    _, before = vendor.issue()
    (old,) = published(vendor)
    assert vendor.refused("keyset", "retire", old, "--yes") == "last_key"
    new = vendor.ask("keyset", "add", "--use", "lic,crl,act")["id"]
    vendor.ask("keyset", "retire", old, "--yes", "--reason", "once a year")
    assert {kid: key["status"] for kid, key in published(vendor).items()} == {old: "retired", new: "active"}
    assert vendor.verify(before)["state"] == "valid"
    _, after = vendor.issue()
    assert vendor.inspect(after)["license"]["kid"] == new
    assert vendor.inspect(after)["keyset"]["claims"]["ks_seq"] == 3


def test_a_compromised_key_takes_everything_with_it_until_reissued(vendor, tmp_path):
    first, before = vendor.issue(subject="A")
    second, _ = vendor.issue(subject="B")
    (leaked,) = published(vendor)
    vendor.ask("keyset", "add")
    assert vendor.refused("keyset", "compromise", leaked) == "not_confirmed"
    vendor.ask("keyset", "compromise", leaked, "--yes")
    token = before.read_text().split("license: ")[1]
    (tmp_path / "token").write_text(token)
    assert vendor.verify_refused(tmp_path / "token", "--keyset", vendor.home / "keyset.token") == "key_compromised"
    assert ask("reissue", "--signed-by", leaked, "--home", vendor.home, "--out-dir", tmp_path / "again",
               "--dry-run")["reissued"] == 2
    vendor.ask("reissue", "--signed-by", leaked, "--out-dir", tmp_path / "again")
    files = sorted((tmp_path / "again").iterdir())
    assert len(files) == 2
    for file in files:
        assert vendor.verify(file)["state"] == "valid"
    assert {vendor.status(first), vendor.status(second)} == {"superseded"}


def in_bundle(file, kind):
    return next((line for line in file.read_text().split("\n") if line.startswith(kind + ": ")), None)


def test_a_leak_after_a_list_was_published(vendor, tmp_path):
    """The list that the leaked key signed would have hosts refuse every bundle that it lies in."""
    good, _ = vendor.issue(subject="A")
    bad, _ = vendor.issue(subject="B")
    vendor.ask("revoke", bad, "--yes", "--publish")
    (leaked,) = published(vendor)
    new = vendor.ask("keyset", "add")["id"]
    said = vendor.ask("keyset", "compromise", leaked, "--yes")
    assert said["list"] == 2, "published anew at once"
    list_now = ask("inspect", vendor.home / "revocations.token")["token"]
    assert list_now["kid"] == new and list_now["claims"]["crl_seq"] == 2
    vendor.ask("reissue", "--signed-by", leaked, "--out-dir", tmp_path / "again")
    (file,) = (tmp_path / "again").iterdir()
    assert in_bundle(file, "revocations") and vendor.verify(file)["state"] == "valid"
    update, new_customer = vendor.new_file("update"), vendor.issue()[1]
    vendor.ask("bundle", "--out", update)
    assert vendor.verify(update)["crl_sequence"] == 2 and vendor.verify(new_customer)["state"] == "valid"
    # What the list said it still says.
    token = in_bundle(file, "revocations")
    assert vendor.ask("crl", "publish")["ids"] == 1 and token
    assert vendor.status(good) == "superseded" and vendor.status(bad) == "revoked"
    # A second leak has no good key left for lists: nothing is declared until there is one.
    vendor.ask("keyset", "add", "--use", "lic")
    assert vendor.refused("keyset", "compromise", new, "--yes") == "no_signing_key"
    assert published(vendor)[new]["status"] == "active"


def test_a_home_that_was_left_with_a_list_of_a_leaked_key(vendor):
    """As older versions left it: no bundle is made that hosts would refuse, and nothing is issued before."""
    licence, _ = vendor.issue()
    vendor.ask("crl", "publish")
    (leaked,) = published(vendor)
    old = sqlite3.connect(vendor.home / "ledger.db").execute("SELECT token FROM revocation_list").fetchone()[0]
    vendor.ask("keyset", "add")
    vendor.ask("keyset", "compromise", leaked, "--yes")
    ledger = sqlite3.connect(vendor.home / "ledger.db")
    ledger.execute("UPDATE revocation_list SET token = ? WHERE sequence = 2", [old])
    ledger.commit()
    ledger.close()
    trail = vendor.actions()
    for args in (["reissue", licence], ["bundle", licence], ["upgrade", licence], ["issue", "--sub", "C", "--plan",
                 "p", "--days", 1], ["reissue", "--signed-by", leaked, "--out-dir", vendor.folder / "out"]):
        assert vendor.refused(*args) == "list_compromised", args
    assert vendor.actions() == trail
    vendor.ask("crl", "publish")
    _, again = vendor.change("reissue", licence)
    assert vendor.verify(again)["state"] == "valid"


def test_a_leak_where_the_root_is_elsewhere(tmp_path):
    """From the moment that the ledger knows of it, the leaked key signs no more; the list follows the keyset."""
    root, request, response = tmp_path / "root", tmp_path / "request", tmp_path / "response"
    run("init", "--home", root, "--issuer", "Tenon Ltd", "--development", "--root-only")
    vendor = Vendor(tmp_path, "--development", "--root", root / "root.pub")

    def sign_offline():
        for file in (request, response):
            file.unlink(missing_ok=True)
        vendor.ask("keyset", "publish", "--request", request)
        ask("root", "sign", request, "--home", root, "--out", response, "--yes")
        return vendor.ask("keyset", "publish", "--response", response)
    sign_offline()
    licence, _ = vendor.issue()
    vendor.ask("crl", "publish")
    (leaked,) = published(vendor)
    vendor.ask("keyset", "add")
    assert vendor.ask("keyset", "compromise", leaked, "--yes")["published"] is None
    assert vendor.refused("reissue", licence) == "no_signing_key", "the new key is not published yet"
    assert sign_offline()["list"] == 2
    _, again = vendor.change("reissue", licence)
    assert vendor.verify(again)["state"] == "valid"


def test_a_leak_after_an_early_renewal(vendor, tmp_path):
    """The licence in force and the renewal that waits are both reissued, in the order of their terms."""
    now, _ = vendor.issue("--days", "30", "--limit", "users=7")
    waits, file = vendor.change("renew", now)
    ended, _ = vendor.issue("--not-before", "2024-01-01T00:00:00Z", "--not-after", "2024-02-01T00:00:00Z")
    begins = vendor.claims(file)["nbf"]
    (leaked,) = published(vendor)
    vendor.ask("keyset", "add")
    vendor.ask("keyset", "compromise", leaked, "--yes")
    args = ("reissue", "--signed-by", leaked, "--out-dir", tmp_path / "again")
    assert vendor.ask(*args, "--dry-run")["reissued"] == 2
    assert vendor.ask(*args)["reissued"] == 2, "not the one that ended long ago"
    first, second = sorted((tmp_path / "again").iterdir())
    assert second.name == first.name.replace(".license", ".renewal.license")
    assert vendor.verify(first)["state"] == "valid" and vendor.verify_refused(second) == "not_yet_valid"
    one, two = vendor.claims(first), vendor.claims(second)
    assert (one["exp"], two["nbf"]) == (begins, begins) and one["limits"] == two["limits"] == {"users": 7}
    assert one["lic_seq"] < two["lic_seq"], "else the renewal would never count"
    assert vendor.verify(second, "--at", begins)["state"] == "valid"
    assert {vendor.status(now), vendor.status(waits)} == {"superseded"} and vendor.status(ended) == "active"
    assert vendor.refused("reissue", now) == "not_active"
    # The chain goes on from the new ones.
    assert vendor.refused("renew", one["jti"]) == "not_active"
    third, _ = vendor.change("renew", two["jti"])
    assert vendor.status(third) == "active"


def test_an_unknown_key_id(vendor):
    assert vendor.refused("keyset", "retire", "k4.pid.nobody", "--yes") == "unknown_key"


def test_the_root_on_a_machine_of_its_own(tmp_path):
    root, request, response = tmp_path / "root", tmp_path / "request", tmp_path / "response"
    run("init", "--home", root, "--issuer", "Tenon Ltd", "--development", "--root-only")
    vendor = Vendor(tmp_path, "--development", "--root", root / "root.pub")
    assert not (vendor.home / "root.key").exists()
    assert vendor.refused("issue", "--sub", "C", "--plan", "p", "--days", 1) == "no_keyset"
    assert vendor.refused("keyset", "publish") == "no_root_key"

    def sign_offline():
        for file in (request, response):
            file.unlink(missing_ok=True)
        vendor.ask("keyset", "publish", "--request", request)
        dry = ask("root", "sign", request, "--home", root, "--dry-run")
        assert refused("root", "sign", request, "--home", root, "--out", response) == "not_confirmed"
        ask("root", "sign", request, "--home", root, "--out", response, "--yes")
        vendor.ask("keyset", "publish", "--response", response)
        return dry

    assert sign_offline()["keyset"]["ks_seq"] == 1
    _, file = vendor.issue()
    assert vendor.verify(file)["state"] == "valid"

    # A key more: the ledger has it at once, the keyset when the root has signed.
    vendor.ask("keyset", "add")
    assert len(published(vendor)) == 1
    sign_offline()
    assert len(published(vendor)) == 2

    # An answer to an earlier request is no answer to this one.
    kept = response.read_text()
    vendor.ask("keyset", "add")
    response.write_text(kept)
    assert vendor.refused("keyset", "publish", "--response", response) == "other_keyset"
    response.write_text(kept[:-20] + "\n")
    assert vendor.refused("keyset", "publish", "--response", response) in (
        "malformed_request", "malformed_token", "bad_signature")

    # A new root, made where the old one is, and brought over as a file.
    rotation = tmp_path / "rotation"
    ask("root", "rotate", "--home", root, "--out", rotation, "--yes")
    ask("root", "accept", rotation, "--home", vendor.home)
    sign_offline()
    _, file = vendor.issue()
    assert vendor.verify(file)["state"] == "valid"
    # Hosts that know the first root alone are led over by the rotation in the bundle.
    assert len(vendor.inspect(file)["roots"]) == 1


def test_a_rotated_root_is_followed_from_the_first(vendor, tmp_path):
    first_root = tmp_path / "first.pub"
    first_root.write_text(vendor.root.read_text())
    assert vendor.refused("root", "rotate") == "not_confirmed"
    assert vendor.ask("root", "rotate", "--dry-run")["dry_run"] is True
    vendor.ask("root", "rotate", "--yes")
    assert vendor.root.read_text() != first_root.read_text()
    _, file = vendor.issue()
    assert ask("verify", file, "--root", first_root)["state"] == "valid"
    assert ask("verify", file, "--root", vendor.root)["state"] == "valid"


# ---- licences ----

CUSTOMER = """
sub = "Customer GmbH"
plan = "standard"
days = 365
note = "from the fair"
features = ["sso"]

[plugins]
milestones = {}
rules = {from = "1.0.0", below = "2.0.0", exp = "2099-01-01T00:00:00Z"}

[limits]
users = 50
editors = {max = 10, kind = "seats", lease = "15m", borrow = "7d"}
requests = {max = 100000, kind = "meter", per = "month", overage = "soft"}
tenants = {max = 5}
"""

CATALOGUE = """
[plans.standard]
days = 365
price = "1200.00 EUR"
features = ["sso"]
plugins = ["milestones"]
limits = {users = 10}

[plans.large]
days = 365
price = "4800.00 EUR"
features = ["audit", "sso"]
plugins = ["milestones", "rules"]
limits = {users = 100}
"""


def test_a_licence_from_a_file(vendor, tmp_path):
    (tmp_path / "customer.toml").write_text(CUSTOMER)
    out = tmp_path / "c.license"
    vendor.ask("issue", "--file", tmp_path / "customer.toml", "--out", out)
    said = vendor.claims(out)
    assert said["limits"]["users"] == 50 and said["plan"] == "standard" and said["features"] == ["sso"]
    assert said["plugins"]["rules"] == {"exp": "2099-01-01T00:00:00Z", "from": "1.0.0", "below": "2.0.0"}
    assert "from the fair" not in out.read_text() and vendor.export("licenses")[0]["note"] == "from the fair"
    (tmp_path / "wrong.toml").write_text(CUSTOMER + "\n[surprise]\n")
    assert vendor.refused("issue", "--file", tmp_path / "wrong.toml") == "bad_option"
    (tmp_path / "wrong.toml").write_text("sub = ")
    assert vendor.refused("issue", "--file", tmp_path / "wrong.toml") == "bad_option"


def test_a_plan_of_the_catalogue_and_its_upgrade_and_downgrade(vendor):
    (vendor.home / "plans.toml").write_text(CATALOGUE)
    small, file = vendor.issue("--limit", "users=20")
    assert vendor.claims(file)["limits"] == {"users": 20}, "what the options say goes before the plan"
    assert vendor.claims(file)["features"] == ["sso"]
    end = vendor.claims(file)["exp"]

    large, upgraded = vendor.change("upgrade", small, "--plan", "large")
    said = vendor.claims(upgraded)
    assert said["plan"] == "large" and said["features"] == ["audit", "sso"] and said["exp"] == end
    assert said["lic_seq"] > vendor.claims(file)["lic_seq"]
    assert vendor.status(small) == "superseded"
    assert vendor.refused("upgrade", small, "--plan", "large") == "not_active"

    assert vendor.refused("downgrade", large, "--plan", "standard") == "not_confirmed"
    assert vendor.ask("downgrade", large, "--plan", "standard", "--dry-run")["dry_run"] is True
    again, downgraded = vendor.change("downgrade", large, "--plan", "standard", "--yes")
    said = vendor.claims(downgraded)
    assert said["features"] == ["sso"] and said["crl_seq_min"] == 1
    # The list in the bundle refuses the larger licence, and what that took the place of, but not the new one.
    assert vendor.verify(downgraded)["state"] == "valid"
    list_line = next(line for line in downgraded.read_text().split("\n") if line.startswith("revocations: "))
    for before in (file, upgraded):
        with_list = vendor.new_file()
        lines = before.read_text().split("\n")
        with_list.write_text("\n".join([*lines[:2], list_line, *lines[2:]]))
        assert vendor.verify_refused(with_list) == "revoked"
    assert vendor.status(again) == "active"


def test_the_first_of_a_line_downgraded(vendor):
    first, _ = vendor.issue("--limit", "users=20", "--days", "30")
    _, smaller = vendor.change("downgrade", first, "--limit", "users=5", "--yes")
    assert vendor.verify(smaller)["claims"]["limits"]["users"] == 5


def test_a_renewal_begins_where_the_present_ends(vendor):
    licence, file = vendor.issue("--days", "30", "--limit", "users=7")
    renewed, next_file = vendor.change("renew", licence)
    now, then = vendor.claims(file), vendor.claims(next_file)
    assert then["nbf"] == now["exp"] and then["limits"] == now["limits"]
    assert then["lic_line"] == licence and then["lic_seq"] > now["lic_seq"]
    assert vendor.verify_refused(next_file) == "not_yet_valid"
    assert vendor.verify(next_file, "--at", now["exp"])["state"] == "valid"
    assert vendor.status(licence) == "active", "it goes on to its end"
    assert vendor.refused("renew", licence) == "not_active"
    longer, longer_file = vendor.change("renew", renewed, "--days", "400")
    assert vendor.claims(longer_file)["nbf"] == then["exp"] and longer != renewed


def renewal_of(file):
    return file.with_name(file.name.replace(".license", ".renewal.license"))


def test_after_an_early_renewal_an_upgrade_counts_at_once_and_in_the_renewal(vendor):
    (vendor.home / "plans.toml").write_text(CATALOGUE)
    now, file = vendor.issue()
    waits, renewal = vendor.change("renew", now)
    begins = vendor.claims(renewal)["nbf"]
    dry = vendor.ask("upgrade", now, "--plan", "large", "--dry-run")
    assert dry["claims"]["plan"] == "large" and dry["renewals"] == [waits]
    upgraded = vendor.new_file()
    renewal_of(upgraded).write_text("in the way")
    assert vendor.refused("upgrade", now, "--plan", "large", "--out", upgraded) == "exists"
    assert vendor.status(now) == "active" and not upgraded.exists()
    renewal_of(upgraded).unlink()
    said = vendor.ask("upgrade", now, "--plan", "large", "--id", "large-now", "--out", upgraded)
    assert said["id"] == "large-now" and said["renewals"][0]["file"] == str(renewal_of(upgraded))
    assert vendor.verify(upgraded)["state"] == "valid", "at once"
    one, two = vendor.claims(upgraded), vendor.claims(renewal_of(upgraded))
    assert one["plan"] == two["plan"] == "large" and one["features"] == two["features"] == ["audit", "sso"]
    assert (one["exp"], two["nbf"], two["exp"]) == (begins, begins, vendor.claims(renewal)["exp"])
    assert one["lic_seq"] < two["lic_seq"] and one["lic_line"] == two["lic_line"] == now
    assert {vendor.status(now), vendor.status(waits)} == {"superseded"}
    # Named by itself, a renewal is changed where it begins, and the tool says so.
    more = run("upgrade", two["jti"], "--limit", "users=700", "--home", vendor.home, "--out", vendor.new_file()).stdout
    assert f"It begins at {begins}" in more
    assert vendor.status("large-now") == "active"
    # To standard output goes one bundle; what to do with the other is said beside it.
    done = run("upgrade", "large-now", "--limit", "users=900", "--home", vendor.home)
    assert done.stdout.count("mortise-license-bundle v1") == 1 and "mortise-license bundle " in done.stderr


def test_after_an_early_renewal_a_downgrade_leaves_nothing_larger(vendor):
    now, file = vendor.issue("--limit", "users=50")
    waits, renewal = vendor.change("renew", now)
    _, smaller = vendor.change("downgrade", now, "--limit", "users=5", "--yes")
    assert {vendor.status(now), vendor.status(waits)} == {"revoked"}
    for made in (smaller, renewal_of(smaller)):
        claims = vendor.claims(made)
        assert claims["limits"] == {"users": 5} and claims["crl_seq_min"] == 1
    assert vendor.ask("crl", "publish")["ids"] == 2
    assert vendor.verify(smaller)["state"] == "valid"


def test_a_renewal_that_was_revoked_or_suspended_by_itself(vendor):
    first, _ = vendor.issue()
    gone, _ = vendor.change("renew", first)
    vendor.ask("revoke", gone, "--only", "--yes")
    again, _ = vendor.change("renew", first)  # as if there had been none
    vendor.ask("suspend", again, "--only")
    _, upgraded = vendor.change("upgrade", first, "--limit", "users=3")
    assert not renewal_of(upgraded).exists(), "nobody is given what is suspended"
    rows = [row for row in vendor.export("licenses") if row["status"] == "suspended"]
    assert len(rows) == 1 and rows[0]["id"] != again
    vendor.ask("resume", rows[0]["id"])
    vendor.ask("bundle", rows[0]["id"], "--out", renewal_of(upgraded))
    assert vendor.claims(renewal_of(upgraded))["limits"] == {"users": 3}


def test_what_is_allowed_for_a_term_is_not_allowed_anew_by_a_change(vendor):
    """Hosts count a meter of the term from nbf on: whatever follows in the same term keeps it."""
    begin, end = "2026-01-15T00:00:00Z", "2099-01-15T00:00:00Z"
    licence, _ = vendor.issue("--not-before", begin, "--not-after", end, "--limit", "calls=1000,kind=meter,per=term")
    for command, *options in (("reissue",), ("upgrade", "--features", "sso"), ("reissue",),
                              ("downgrade", "--limit", "calls=900,kind=meter,per=term", "--yes")):
        licence, file = vendor.change(command, licence, *options)
        claims = vendor.claims(file)
        assert (claims["nbf"], claims["exp"]) == (begin, end), command
        assert vendor.verify(file)["state"] == "valid"
    # A length in the options counts from now, in the same term.
    licence, file = vendor.change("upgrade", licence, "--days", "30")
    claims = vendor.claims(file)
    issued = datetime.datetime.fromisoformat(claims["iat"].replace("Z", "+00:00"))
    assert claims["nbf"] == begin
    assert datetime.datetime.fromisoformat(claims["exp"].replace("Z", "+00:00")) == issued + datetime.timedelta(days=30)
    # The next term is the renewal's.
    _, renewal = vendor.change("renew", licence)
    assert vendor.claims(renewal)["nbf"] == claims["exp"]
    # What has ended is renewed, not upgraded.
    ended, _ = vendor.issue("--not-before", "2024-01-01T00:00:00Z", "--not-after", "2024-02-01T00:00:00Z")
    assert vendor.refused("upgrade", ended, "--limit", "users=3") == "bad_claims"


def test_suspended_resumed_and_revoked(vendor):
    licence, file = vendor.issue()
    assert vendor.refused("bundle", "nobody") == "unknown_licence"
    assert vendor.ask("suspend", licence, "--dry-run")["ids"] == [licence]
    assert vendor.status(licence) == "active"
    assert vendor.ask("suspend", licence, "--publish", "--reason", "unpaid")["list"] == 1
    assert vendor.status(licence) == "suspended"
    assert vendor.refused("bundle", licence) == "not_active"
    update = vendor.new_file("update")
    assert vendor.ask("crl", "publish", "--out", update) == {"sequence": 2, "ids": 1}
    assert vendor.verify(update) == {"verified": True, "keyset_sequence": 1, "crl_sequence": 2}
    vendor.ask("resume", licence, "--publish")
    again = vendor.new_file()
    vendor.ask("bundle", licence, "--out", again)
    assert vendor.verify(again)["crl_sequence"] == 3
    assert vendor.refused("resume", licence) == "not_active"
    assert vendor.refused("revoke", licence) == "not_confirmed"
    vendor.ask("revoke", licence, "--yes", "--publish")
    assert vendor.refused("resume", licence) == "not_active"
    lines = file.read_text().split("\n")
    lists = json.loads(run("inspect", vendor.home / "revocations.token", "--json").stdout)
    assert lists["token"]["claims"]["crl_seq"] == 4
    late = vendor.new_file()
    token = (vendor.home / "revocations.token").read_text().strip()
    late.write_text("\n".join([*lines[:2], "revocations: " + token, *lines[2:]]))
    assert vendor.verify_refused(late) == "revoked"


def test_a_whole_line_is_revoked_with_what_it_took_the_place_of(vendor):
    first, _ = vendor.issue()
    second, _ = vendor.change("upgrade", first, "--limit", "users=9")
    vendor.ask("revoke", second, "--yes")
    assert vendor.ask("crl", "publish")["ids"] == 2


def test_reissue_as_it_is(vendor):
    licence, file = vendor.issue("--limit", "users=3", "--days", "9")
    _, again = vendor.change("reissue", licence)
    before, after = vendor.claims(file), vendor.claims(again)
    for claim in ("sub", "plan", "exp", "limits", "lic_model"):
        assert before[claim] == after[claim]
    assert after["lic_line"] == licence


def test_handed_over_to_another_customer(vendor):
    licence, _ = vendor.issue("--limit", "users=3", "--days", "9")
    assert vendor.refused("transfer", licence, "--sub", "Heir Ltd") == "not_confirmed"
    _, heir = vendor.change("transfer", licence, "--sub", "Heir Ltd", "--yes", "--publish")
    assert vendor.claims(heir)["sub"] == "Heir Ltd" and "lic_line" not in vendor.claims(heir)
    assert vendor.verify(heir)["state"] == "valid" and vendor.status(licence) == "revoked"
    run("transfer", licence, "--home", vendor.home, code=2)


def test_handed_over_with_its_renewals(vendor):
    now, file = vendor.issue("--days", "30", "--limit", "users=3")
    waits, renewal = vendor.change("renew", now)
    _, heir = vendor.change("transfer", waits, "--sub", "Heir Ltd", "--yes", "--publish")
    assert {vendor.status(now), vendor.status(waits)} == {"revoked"}
    list_line = in_bundle(heir, "revocations")
    for before in (file, renewal):
        lines = before.read_text().split("\n")
        with_list = vendor.new_file()
        with_list.write_text("\n".join([*lines[:2], list_line, *lines[2:]]))
        assert vendor.verify_refused(with_list, "--at", vendor.claims(renewal)["nbf"]) == "revoked"
    one, two = vendor.claims(heir), vendor.claims(renewal_of(heir))
    assert one["sub"] == two["sub"] == "Heir Ltd" and two["lic_line"] == one["jti"] and "lic_line" not in one
    assert (one["exp"], two["nbf"]) == (vendor.claims(file)["exp"], vendor.claims(renewal)["nbf"])
    assert one["lic_seq"] < two["lic_seq"] and vendor.verify(heir)["state"] == "valid"
    assert vendor.refused("revoke", now, "--yes") == "not_active", "it is already"
    assert vendor.refused("transfer", now, "--sub", "Third Ltd", "--yes") == "not_active"


def test_a_long_list_is_left_out_of_no_bundle_silently(vendor, tmp_path):
    (tmp_path / "list.csv").write_text(customers(13000))
    vendor.ask("issue", "--csv", tmp_path / "list.csv", "--plan", "p", "--out", tmp_path / "lines")
    ledger = sqlite3.connect(vendor.home / "ledger.db")  # in place of 13,000 commands
    ledger.execute("UPDATE licence SET status = 'revoked'")
    ledger.commit()
    ledger.close()
    assert vendor.ask("crl", "publish")["ids"] == 13000
    file = vendor.new_file()
    done = run("issue", "--home", vendor.home, "--sub", "C", "--plan", "p", "--days", 9, "--out", file, "--json")
    assert in_bundle(file, "revocations") is None and "crl publish" in done.stderr
    licence = json.loads(done.stdout)["id"]
    whole = vendor.new_file()
    vendor.ask("bundle", licence, "--out", whole)
    assert in_bundle(whole, "revocations") and vendor.verify(whole)["crl_sequence"] == 1
    # Who must hear of the list gets it: a licence with refresh_by goes on by it.
    _, refreshed = vendor.issue("--refresh-days", "30")
    assert in_bundle(refreshed, "revocations")
    (tmp_path / "two.csv").write_text(customers(2))
    many = run("issue", "--home", vendor.home, "--csv", tmp_path / "two.csv", "--plan", "p", "--out-dir", tmp_path / "o",
               "--json")
    assert json.loads(many.stdout)["without_list"] == 2 and "crl publish" in many.stderr


# ---- many at once ----

def customers(count):
    return "sub,days,limits\n" + "".join(f'"Customer, No. {n}",{n % 300 + 1},users={n + 1}\n' for n in range(count))


def test_a_list_of_customers(vendor, tmp_path):
    (tmp_path / "list.csv").write_text(customers(250))
    args = ("issue", "--csv", tmp_path / "list.csv", "--plan", "standard", "--out-dir", tmp_path / "out")
    assert vendor.ask(*args, "--dry-run")["issued"] == 250 and not (tmp_path / "out").exists()
    done = vendor.ask(*args)
    assert (done["issued"], done["kept"]) == (250, 0)
    files = list((tmp_path / "out").iterdir())
    assert len(files) == 250
    some = vendor.verify(files[100])["claims"]
    number = int(some["sub"].removeprefix("Customer, No. "))
    assert some["limits"]["users"] == number + 1
    # Again: nobody gets a second licence.
    assert vendor.ask(*args)["kept"] == 250 and len(list((tmp_path / "out").iterdir())) == 250
    assert len(vendor.export("licenses")) == 250
    assert vendor.ask(*args, "--again")["issued"] == 250
    # As lines of JSON.
    vendor.ask(*args[:-2], "--out", tmp_path / "lines")
    lines = [json.loads(line) for line in (tmp_path / "lines").read_text().splitlines()]
    assert [line["row"] for line in lines] == list(range(1, 251))


@pytest.mark.parametrize("text", [
    "", "sub,colour\nA,red\n", "sub,sub\nA,B\n", "sub,days\nA\n", "sub,days\nA,0\n", "sub,days\nA,soon\n",
    "sub,days\n,3\n", 'sub,days\n"A,3\n', "sub,days,id\nA,3,x\nB,3,x\n"])
def test_a_wrong_list_issues_nothing(vendor, tmp_path, text):
    (tmp_path / "list.csv").write_text(text)
    assert vendor.refused("issue", "--csv", tmp_path / "list.csv", "--plan", "p", "--out-dir",
                          tmp_path / "out") in ("malformed_csv", "bad_option", "bad_claims")
    assert vendor.export("licenses") == []


# ---- machines ----

def test_activation_by_files(vendor, tmp_path):
    licence, file = vendor.issue("--bind", "activation", "--limit", "machines=2", "--days", "30")
    one, two, three = (Installation(tmp_path) for _ in range(3))
    request = one.request(licence)
    dry = vendor.ask("activate", request, "--dry-run")
    assert dry["in_use"] == 0 and dry["request"]["machines"] == 2

    def activate(request):
        out = vendor.new_file()
        vendor.ask("activate", request, "--out", out)
        return vendor.inspect(out)["activation"]["claims"]

    made = activate(request)
    assert (made["inst"], made["lic"], made["pub"]) == (one.id, licence, one.paserk)
    assert activate(request) == made, "a request is answered once"
    assert activate(one.request(licence))["jti"] != made["jti"], "asked anew by the same installation"
    second = activate(two.request(licence))
    assert vendor.refused("activate", three.request(licence)) == "no_place"
    assert vendor.refused("transfer", licence, "--release", "nobody", "--yes") == "unknown_activation"
    vendor.ask("transfer", licence, "--release", second["jti"], "--yes", "--publish")
    activate(three.request(licence))
    seats = vendor.ask("report", "seats")["items"]
    assert [(row["limit"], row["sold"], row["activated"]) for row in seats] == [("machines", "2", "2")]
    # The line goes on with its activations.
    renewed, _ = vendor.change("renew", licence)
    assert vendor.refused("activate", Installation(tmp_path).request(renewed)) == "no_place"
    vendor.ask("revoke", licence, "--yes")
    assert vendor.refused("activate", one.request(licence)) == "not_active"


def test_a_copied_data_folder_is_another_machine(vendor, tmp_path):
    """Id and key of an installation are copied with its data; the machine is not."""
    licence, _ = vendor.issue("--bind", "activation", "--limit", "machines=1", "--days", "30")
    one = Installation(tmp_path)

    def activate(request, *rule):
        out = vendor.new_file()
        vendor.ask("activate", request, "--out", out, *rule)
        return vendor.inspect(out)["activation"]["claims"]["jti"]
    place = activate(one.request(licence), "--rule", "all")
    copy = one.copied()
    assert vendor.refused("activate", copy.request(licence), "--rule", "any") == "no_place"
    message = run("activate", copy.request(licence), "--home", vendor.home, code=1).stderr
    assert f"transfer {licence} --release {place}" in message, message
    place = activate(one.request(licence), "--rule", "all")  # where it was, it keeps its place
    # With another salt nothing can be compared, so that nothing was shown.
    assert vendor.refused("activate", one.request(licence, fp=copy.fingerprint() | {
        "ids": one.fingerprint()["ids"], "salt": base64url(secrets.token_bytes(16))})) == "no_place"
    vendor.ask("transfer", licence, "--release", place, "--yes")
    moved = activate(copy.request(licence))
    assert vendor.refused("activate", one.request(licence)) == "no_place"
    assert [row["id"] for row in vendor.export("activations") if not row["released_at"]] == [moved]


def test_a_copy_takes_a_place_of_its_own_if_there_is_one(vendor, tmp_path):
    licence, _ = vendor.issue("--bind", "activation", "--limit", "machines=2", "--days", "30")
    one = Installation(tmp_path)
    for installation in (one, one.copied(), one):
        vendor.ask("activate", installation.request(licence), "--out", vendor.new_file())
    assert len([row for row in vendor.export("activations") if not row["released_at"]]) == 2
    assert vendor.refused("activate", one.copied().request(licence)) == "no_place"


def test_a_released_machine_goes_on_to_the_next_licence_at_most(vendor, tmp_path):
    licence, _ = vendor.issue("--bind", "activation", "--limit", "machines=2", "--days", "30")
    out = vendor.new_file()
    vendor.ask("activate", Installation(tmp_path).request(licence), "--out", out)
    released = vendor.inspect(out)["activation"]["claims"]["jti"]
    vendor.ask("transfer", licence, "--release", released, "--yes", "--publish")
    _, renewed = vendor.change("renew", licence)
    assert vendor.claims(renewed)["crl_seq_min"] == 1 and in_bundle(renewed, "revocations")


def test_an_activation_after_an_early_renewal_brings_the_licence_in_force(vendor, tmp_path):
    licence, _ = vendor.issue("--bind", "activation", "--limit", "machines=2", "--days", "30")
    vendor.change("renew", licence)
    out = vendor.new_file()
    vendor.ask("activate", Installation(tmp_path).request(licence), "--out", out)
    assert vendor.claims(out)["jti"] == licence


def test_an_activation_by_a_leaked_key_is_not_handed_out_again(vendor, tmp_path):
    licence, _ = vendor.issue("--bind", "activation", "--limit", "machines=1", "--days", "30")
    one = Installation(tmp_path)
    request = one.request(licence)
    vendor.ask("activate", request, "--out", vendor.new_file())
    (leaked,) = published(vendor)
    vendor.ask("keyset", "add")
    vendor.ask("keyset", "compromise", leaked, "--yes")
    vendor.change("reissue", licence)
    assert vendor.refused("activate", request) == "key_compromised"
    out = vendor.new_file()
    vendor.ask("activate", one.request(licence), "--out", out)  # asked anew, the machine keeps its place
    assert vendor.inspect(out)["activation"]["kid"] != leaked


def test_the_activation_service_unwraps_no_key_while_it_holds_the_ledger(tmp_path):
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("correct horse battery\n")
    vendor = Vendor(tmp_path, "--passphrase-file", passphrase)
    file = vendor.new_file()
    licence = vendor.ask("issue", "--sub", "C", "--plan", "p", "--days", 9, "--bind", "activation", "--out", file,
                         "--passphrase-file", passphrase)["id"]
    waiting = tmp_path / "pipe"
    os.mkfifo(waiting)
    environment = os.environ | {"REQUEST_METHOD": "POST"}

    def serve(request):
        return subprocess.Popen([program(), "activate", "--cgi", "--home", vendor.home, "--passphrase-file", waiting],
                                stdin=request.open("rb"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    request = Installation(tmp_path).request(licence)
    service = serve(request)
    with waiting.open("w") as pipe:  # opens when the service wants the passphrase
        ledger = sqlite3.connect(vendor.home / "ledger.db", timeout=0, isolation_level=None)
        ledger.execute("BEGIN IMMEDIATE")
        ledger.execute("ROLLBACK")
        ledger.close()
        pipe.write("correct horse battery\n")
    out, err = service.communicate(timeout=60)
    assert out.startswith(b"Status: 200 OK"), err
    # Who is answered already, or has no place, costs no unwrapping: nothing reads the pipe.
    again, _ = serve(request).communicate(timeout=60)
    assert again == out
    refusal, _ = serve(Installation(tmp_path).request(licence)).communicate(timeout=60)
    assert b"license-refusal: no_place" in refusal


def test_what_is_no_request(vendor, tmp_path):
    licence, file = vendor.issue("--bind", "activation", "--days", "30")
    free, _ = vendor.issue("--days", "30")
    one, other = Installation(tmp_path), Installation(tmp_path)
    assert vendor.refused("activate", one.request(free)) == "not_bound"
    assert vendor.refused("activate", one.request("0192f0c1-0000-7000-8000-000000000001")) == "unknown_licence"
    assert vendor.refused("activate", one.request(licence, pub=other.paserk)) == "other_key"
    usage = one.report(licence, "2026-01-01", "2026-01-02", [])
    assert vendor.refused("activate", usage) in ("bad_claims", "other_key", "bad_signature")
    vendor.ask("activate", one.request(licence), "--out", vendor.new_file())
    thief = Installation(tmp_path)
    thief.id = one.id
    assert vendor.refused("activate", thief.request(licence)) == "other_key"


# ---- usage ----

def test_usage_reports_are_a_chain(vendor, tmp_path):
    licence, _ = vendor.issue("--limit", "requests=100,kind=meter,per=month", "--limit", "users=9", "--days", "365")
    one = Installation(tmp_path)
    meters = {"requests": "sum", "users": "max"}
    first = one.report(licence, "2026-01-01", "2026-01-03", [
        ["2026-01-01", "", "tenants", 2], ["2026-01-01", "acme", "requests", 60], ["2026-01-01", "acme", "users", 5],
        ["2026-01-02", "acme", "requests", 70], ["2026-01-02", "beta", "users", 4]],
        meters | {"tenants": "max"})
    second = one.report(licence, "2026-01-03", "2026-01-04", [["2026-01-03", "acme", "requests", 1]], meters)
    assert vendor.refused("report", "import", second) == "broken_chain"
    dry = vendor.ask("report", "import", first, "--dry-run")
    assert dry["imported"] is False and dry["rows"] == 5
    assert vendor.ask("report", "import", first)["imported"] is True
    assert vendor.ask("report", "import", first)["imported"] is False, "twice is no harm"
    forged = one.report(licence, "2026-01-03", "2026-01-04", [], meters, prev="A" * 43)
    assert vendor.refused("report", "import", forged) == "broken_chain"
    vendor.ask("report", "import", second)
    rows = {(row["meter"], row["month"]): row for row in vendor.ask("report", "usage")["items"]}
    assert rows["requests", "2026-01"]["quantity"] == "131" and rows["requests", "2026-01"]["overage"] == "31"
    assert rows["users", "2026-01"]["quantity"] == "5", "of all tenants, on the highest day"
    exported = vendor.export("usage")
    assert {"tenant": "", "meter": "tenants", "quantity": 2}.items() <= next(
        row for row in exported if row["meter"] == "tenants").items()
    assert len(exported) == 6
    stranger = Installation(tmp_path)
    stranger.id = one.id
    stranger.reports = one.reports[:]
    assert vendor.refused("report", "import", stranger.report(
        licence, "2026-01-04", "2026-01-05", [["2026-01-04", "acme", "requests", 1]], meters)) == "other_key"


def test_a_report_of_days_to_come_hides_no_usage(vendor, tmp_path):
    """The clock of the customer's server was set forward: days that are not over can't be reported."""
    licence, _ = vendor.issue("--days", "365")
    today = datetime.datetime.now(datetime.timezone.utc).date()

    def day(number):
        return (today + datetime.timedelta(days=number)).isoformat()
    one = Installation(tmp_path)
    for end, made in ((3650, 0), (2, 0), (0, 2), (0, 3650)):
        report = one.report(licence, day(-1), day(end), [], {}, iat=f"{day(made)}T23:59:59Z")
        assert vendor.refused("report", "import", report) == "issued_in_future", (end, made)
        assert vendor.refused("report", "import", report, "--dry-run") == "issued_in_future"
    # A clock that is ahead by less than a day, as clocks of another zone's midnight are.
    ahead = one.report(licence, day(-1), day(1), [], {}, iat=f"{day(1)}T00:00:00Z")
    assert vendor.ask("report", "import", ahead)["imported"] is True


# ---- what the ledger knows ----

def test_reports(vendor):
    vendor.issue("--days", "10", "--price", "365.00 EUR", subject="Soon")
    vendor.issue("--days", "365", "--price", "100.50 EUR", "--limit", "users=4", subject="Later")
    vendor.issue("--model", "perpetual", "--price", "900.00 EUR", subject="Ever")
    vendor.issue("--days", "30", "--model", "trial", "--price", "1.00 EUR", subject="Trial")
    assert [row["sub"] for row in vendor.ask("report", "expiring")["items"]] == ["Soon", "Trial"]
    assert [row["sub"] for row in vendor.ask("report", "expiring", "--within-days", 20)["items"]] == ["Soon"]
    base = vendor.ask("report", "revenue-base")["items"]
    # 365 EUR for 10 days are 13,322.50 EUR for 365 days.
    assert base == [{"plan": "standard", "currency": "EUR", "licenses": "3", "for_365_days": "13423.00",
                     "once": "900.00"}]
    assert [(row["sub"], row["sold"]) for row in vendor.ask("report", "seats")["items"]] == [("Later", "4")]
    text = run("report", "expiring", "--home", vendor.home).stdout
    assert text.splitlines()[0].split() == ["ends", "days_left", "sub", "plan", "license", "price"]


def test_exports(vendor, tmp_path):
    licence, _ = vendor.issue("--note", "two\nlines", "--days", "3", subject='Quote " and, comma')
    file = tmp_path / "licences.csv"
    run("export", "licenses", "--home", vendor.home, "--format", "csv", "--out", file)
    (row,) = csv.DictReader(io.StringIO(file.read_text(), newline=""))
    assert (row["id"], row["sub"], row["note"]) == (licence, 'Quote " and, comma', "two\nlines")
    vendor.issue(subject="=1+1")
    assert ",'=1+1," in run("export", "licenses", "--home", vendor.home).stdout, "a spreadsheet must not run it"
    assert vendor.refused("export", "licenses", "--out", file) == "exists"
    run("export", "nothing", "--home", vendor.home, code=2)
    assert vendor.export("audit")[0]["action"] == "home.made"


def test_the_trail_shows_every_change_and_every_forgery(vendor):
    licence, _ = vendor.issue()
    noted = vendor.ask("audit", "verify")["head"]
    vendor.ask("suspend", licence)
    vendor.ask("resume", licence)
    assert vendor.actions()[-3:] == ["licence.issued", "licence.suspended", "licence.resumed"]
    assert vendor.ask("audit", "verify", "--expect", noted)["intact"] is True
    assert vendor.refused("audit", "verify", "--expect", "A" * 43) == "audit_broken"
    database = sqlite3.connect(vendor.home / "ledger.db")
    with pytest.raises(sqlite3.DatabaseError):
        database.execute("DELETE FROM audit")
    database.execute("UPDATE licence SET token = 'v4.public.forged' WHERE id = ?", [licence])
    database.commit()
    assert vendor.refused("audit", "verify") == "audit_broken"


def test_backup_and_restore(vendor, tmp_path):
    licence, _ = vendor.issue()
    vendor.ask("suspend", licence, "--publish")
    backup = tmp_path / "vendor.backup"
    assert vendor.ask("backup", "--out", backup)["file"] == str(backup)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert vendor.refused("backup", "--out", backup) == "exists"
    other = tmp_path / "restored"
    ask("restore", backup, "--home", other, "--dry-run")
    assert not other.exists()
    ask("restore", backup, "--home", other)
    assert refused("restore", backup, "--home", other) == "exists"
    again = ask("resume", licence, "--home", other, "--publish")
    assert again["list"] > 1000, "what was published after the backup must not be taken for newer"
    assert (other / "root.key").read_text() == (vendor.home / "root.key").read_text()
    assert stat.S_IMODE((other / "root.key").stat().st_mode) == 0o600
    ask("issue", "--home", other, "--sub", "C", "--plan", "p", "--days", 1, "--out", tmp_path / "new.license")
    assert ask("verify", tmp_path / "new.license", "--root", vendor.root)["state"] == "valid"
    (tmp_path / "broken").write_bytes(backup.read_bytes()[:-5000])
    assert refused("restore", tmp_path / "broken", "--home", tmp_path / "x") in ("ledger_corrupt", "io_error")
    assert not (tmp_path / "x").exists()


def test_every_change_asks_nothing_of_a_dry_run(vendor):
    """--dry-run changes neither the ledger nor any file."""
    licence, _ = vendor.issue()
    (kid,) = published(vendor)
    before = {path: path.read_bytes() for path in vendor.home.rglob("*") if path.suffix not in (".db", ".db-wal", ".db-shm")
              and path.is_file()}
    trail = vendor.actions()
    for args in (["keyset", "add"], ["keyset", "publish"], ["root", "rotate"], ["crl", "publish"],
                 ["issue", "--sub", "C", "--plan", "p", "--days", 1], ["renew", licence],
                 ["upgrade", licence, "--limit", "users=1"], ["downgrade", licence, "--limit", "users=1"],
                 ["reissue", licence], ["suspend", licence], ["revoke", licence],
                 ["transfer", licence, "--sub", "D"], ["backup", "--out", vendor.folder / "b"]):
        assert vendor.ask(*args, "--dry-run")["dry_run"] is True, args
    assert vendor.actions() == trail
    assert before == {path: path.read_bytes() for path in before}
