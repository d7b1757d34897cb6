"""What docs/en/licences.md promises the customer, row by row: what works in each state, which reasons there are, licences
for years ahead, a container that is built again, and logs that hold no secret."""
import re
import shutil
import sqlite3

import pytest

from license_tool import ALL_PLUGINS, DevelopmentVendor
from mortise_fixtures import Tenant, log_in
from mortise_server import ADMIN_PASSWORD, ROOT, Server
from test_licensing import LICENSES, ActivationService, at, command, current, install, until
from test_licensing_clock import DAY, Clocked, issue_at

TEXT = (ROOT / "docs/en/licences.md").read_text()


def table(heading):
    """The rows below a table's heading, by their first cell without its marks."""
    lines = TEXT.split(f"\n{heading}\n", 1)[1].split("\n\n", 1)[0].splitlines()[1:]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {row[0].strip("` "): row[1:] for row in rows}


STATES = table("| state | when | plugins: read, export | plugins: write | login, licence | new users and tenants |")
REASONS = table("| reason | state | what to do |")


@pytest.fixture(scope="module")
def vendor(tmp_path_factory):
    return DevelopmentVendor(tmp_path_factory.mktemp("vendor"))


def administrator(server):
    return server.client(Authorization=f"Bearer {log_in(server)['access_token']}")


LIMITS = ("--plugins", "milestones", "--limit", "tenants=2", "--limit", "users=4")


def bring_to(state, server, vendor):
    """The state, and how many tenants and users it allows."""
    platform = administrator(server)
    if state == "unlicensed":
        return 1, 5
    options = {"valid": ("--days", "30"),
               "grace": ("--not-before", at(-DAY), "--not-after", at(-60), "--grace-days", "14"),
               "limited": ("--not-after", at(4), "--grace-days", "0")}[state]
    _, file = vendor.issue(*LIMITS, *options)
    install(platform, file).expect(201)
    until(lambda: current(platform)["state"] == state)
    return 2, 4


def check(answer, cell, status=200):
    """What a cell says of an answer."""
    if cell == "yes":
        return answer.expect(status)
    said, code = re.fullmatch(r"(\d{3}) `(\w+)`", cell).groups()
    return answer.expect_problem(int(said), code)


@pytest.mark.parametrize("state", STATES)
def test_what_works_in_a_state(vendor, state):
    _, read, write, always, new = STATES[state]
    assert new == ("one tenant and five users in all" if state == "unlicensed" else "within its limits")
    assert always == "yes"
    _, waiting = vendor.issue(*ALL_PLUGINS, "--not-before", at(DAY), "--days", "30")
    server = Server(MORTISE_LICENSE_TEXT=waiting.read_text()).start()
    try:
        most_tenants, most_users = bring_to(state, server, vendor)
        platform = administrator(server)
        tenant = Tenant(server, platform, "first", scopes=["flags:read"])
        check(tenant.admin.get("/api/v1/milestones"), read)
        check(tenant.admin.get("/api/v1/milestones/export"), read)
        check(tenant.admin.post("/api/v1/milestones", {"key": "K", "title": "t"}), write, 201)

        def make_tenant(n):
            return platform.post("/api/v1/tenants", {"slug": f"t{n}", "name": "n", "plan": "standard"})

        def make_user(n):
            body = {"email": f"u{n}@example.com", "password": "a long enough password", "roles": ["viewer"]}
            return tenant.admin.post("/api/v1/users", body)
        for n in range(1, most_tenants):
            make_tenant(n).expect(201)
        make_tenant("more").expect_problem(403, "license_limit_reached")
        for n in range(1, most_users):  # the administrator is one of them
            make_user(n).expect(201)
        make_user("more").expect_problem(403, "license_limit_reached")
        log_in(server, "u1@example.com", "a long enough password")
        platform.post("/api/v1/tenants/first/export").expect(200)
        assert current(platform)["state"] == state
        _, file = vendor.issue(*ALL_PLUGINS)
        assert install(administrator(server), file).expect(201).json()["state"] == "valid"
        tenant.admin.post("/api/v1/milestones", {"key": "AFTER", "title": "t"}).expect(201)
    finally:
        server.close()


def test_every_reason_is_in_the_text():
    source = (ROOT / "licenses/document/evaluate.cpp").read_text()
    names = set(re.findall(r'Reason::k\w+, "(\w+)"', source))
    assert len(names) > 8
    assert set(REASONS) == names - {"not_yet_valid", "not_included", "feature_missing"}, \
        "those of a licence that has begun"


def test_three_licences_in_a_row(vendor):
    server = Clocked().start()
    try:
        first, now = vendor.issue(*ALL_PLUGINS, "--days", "20", "--grace-days", "0")
        second, next_year = vendor.change("renew", first, "--days", "365")
        third, year_after = vendor.change("renew", second, "--days", "365")
        platform = server.administrator()
        for file in (now, next_year, year_after, next_year):
            said = install(platform, file).expect(201).json()
        assert (said["id"], said["state"], said["upcoming"]["id"]) == (first, "valid", second)
        for days, licence in ((19, first), (21, second), (384, second), (386, third)):
            server.set_clock(days * DAY)
            until(lambda: current(server.administrator())["id"] == licence)
            assert server.state() == ("valid", None), days
    finally:
        server.close()


def test_an_early_renewal_that_cannot_work_here(vendor):
    server = Server().start()
    try:
        platform = administrator(server)
        first, now = vendor.issue(*ALL_PLUGINS, "--days", "20")
        renewed, early = vendor.change("renew", first, "--days", "365")
        install(platform, now).expect(201)
        update = vendor.new_file("update")
        vendor.ask("revoke", renewed, "--yes")
        vendor.ask("crl", "publish", "--out", update)
        install(platform, update).expect(201)
        install(platform, early).expect_problem(422, "license_revoked")
        _, bound = vendor.issue(*ALL_PLUGINS, "--bind", "activation", "--not-before", at(20 * DAY), "--days", "30")
        install(platform, bound).expect_problem(422, "license_not_activated")
        assert (current(platform)["id"], current(platform)["upcoming"]) == (first, None)
    finally:
        server.close()


def test_slightly_behind_the_vendors_clock(vendor):
    server = Server().start()
    try:
        platform = administrator(server)
        late = issue_at(vendor, 600, *ALL_PLUGINS, "--days", "30")
        problem = install(platform, late).expect_problem(422, "license_issued_in_future")
        assert len(re.findall(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", problem["detail"])) == 2, problem
        ahead = issue_at(vendor, 240, *ALL_PLUGINS, "--days", "30")
        assert install(platform, ahead).expect(201).json()["state"] == "valid"
    finally:
        server.close()


def test_a_server_starts_without_the_licence_that_must_be_activated(vendor):
    licence, file = vendor.issue(*ALL_PLUGINS, "--bind", "activation")
    server = Server(MORTISE_LICENSE_FILE=str(file)).start()
    try:
        platform = administrator(server)
        assert current(platform)["state"] == "unlicensed"
        assert "license_not_activated" in server.log_path.read_text()
        asked = platform.post(f"{LICENSES}/activation-requests", data=file.read_bytes(),
                              headers={"Content-Type": "text/plain"}).expect(201).json()["request"]
        request, answer = server.folder / "request", vendor.new_file()
        request.write_text(asked + "\n")
        vendor.ask("activate", request, "--out", answer)
        assert install(platform, answer).expect(201).json()["id"] == licence
        assert server.stop() == 0
        server.start()
        assert current(administrator(server))["state"] == "valid", "activated, and named by the setting still"
    finally:
        server.close()
    refused = Server(MORTISE_LICENSE_TEXT="nonsense")
    with pytest.raises(RuntimeError, match="A bare licence needs a keyset"):
        refused.start()
    refused.process = None
    refused.expected_errors = [""]
    refused.close()


def test_a_container_that_is_built_again(vendor, tmp_path):
    """Its data are on a volume, and the id is mounted; the rule `all` shows that the mounted id counts."""
    identity = tmp_path / "mortise-id"
    identity.write_text("6f1c2a9e0d7b4c58a3e1f0926bd84c17\n")
    licence, file = vendor.issue(*ALL_PLUGINS, "--bind", "activation", "--limit", "machines=1")
    first = Server(MORTISE_LICENSE_MACHINE_ID_FILE=str(identity)).start()
    again = Server(MORTISE_LICENSE_MACHINE_ID_FILE=str(tmp_path / "mounted-elsewhere"))
    try:
        request, answer = first.folder / "request", vendor.new_file()
        command(first, "request", file, "--out", request)
        vendor.ask("activate", request, "--rule", "all", "--out", answer)
        install(administrator(first), answer).expect(201)
        assert first.stop() == 0
        shutil.copytree(first.data, again.data)
        (tmp_path / "mounted-elsewhere").write_text(identity.read_text())
        again.start()
        assert (current(administrator(again))["id"], current(administrator(again))["state"]) == (licence, "valid")
        assert again.stop() == 0
        (tmp_path / "mounted-elsewhere").write_text("another id, of 32 letters at least\n")
        again.start()
        assert current(administrator(again))["reason"] == "wrong_machine"
        assert again.stop() == 0
        (tmp_path / "mounted-elsewhere").write_text(identity.read_text())
        again.start()
        assert current(administrator(again))["state"] == "valid"
    finally:
        for server in (first, again):
            server.close()


def signatures(text):
    """A piece from the end of each token's signed part, where no two are alike."""
    return [token[-60:] for token in re.findall(r"v4\.public\.([A-Za-z0-9_-]{100,})", text)]


def test_no_log_holds_a_token_or_a_secret(vendor, tmp_path):
    _, by_environment = vendor.issue(*ALL_PLUGINS, "--days", "31")
    service = ActivationService(vendor)
    server = Server(MORTISE_LICENSE_TEXT=by_environment.read_text(), MORTISE_LICENSE_ACTIVATION_URL=service.url,
                    MORTISE_LOG_LEVEL="debug").start()
    server.expected_errors.append("a licence file is refused")
    try:
        login = log_in(server)
        platform = server.client(Authorization=f"Bearer {login['access_token']}")
        texts = [by_environment.read_text()]

        def issue(*options):
            _, file = vendor.issue(*ALL_PLUGINS, *options)
            texts.append(file.read_text())
            return file
        install(platform, issue("--limit", "editors=2,kind=seats,lease=15m,borrow=2d")).expect(201)
        tenant = Tenant(server, platform, "acme")
        lease = tenant.admin.post(f"{LICENSES}/leases", {"limit": "editors", "holder": "a", "borrow_s": 3600})
        texts.append(lease.expect(201).json()["lease"])
        folder = server.data / "licenses"
        folder.mkdir(exist_ok=True)
        shutil.copyfile(issue(), folder / "good.license")
        until(lambda: (folder / "good.license.installed").exists())
        # Refused by each way: an altered one, one that isn't activated, one without a place.
        altered = issue()
        wrong = altered.read_text().replace("license: v4.public.ey", "license: v4.public.eY", 1)
        assert wrong != altered.read_text()
        altered.write_text(wrong)
        texts.append(wrong)
        install(platform, altered).expect_problem(422)
        shutil.copyfile(altered, folder / "wrong.license")
        until(lambda: (folder / "wrong.license.refused").exists())
        said = [(folder / "wrong.license.reason").read_text()]
        said.append(str(command(server, "install", altered, code=1)))
        said.append(str(command(server, "install", issue())))
        withdrawn, bound = vendor.issue(*ALL_PLUGINS, "--bind", "activation")
        texts.append(bound.read_text())
        vendor.ask("revoke", withdrawn, "--yes")
        asked = {"data": bound.read_bytes(), "headers": {"Content-Type": "text/plain"}}
        install(platform, bound).expect_problem(422, "license_not_activated")
        texts.append(platform.post(f"{LICENSES}/activation-requests", **asked).expect(201).json()["request"])
        platform.post(f"{LICENSES}/activations", **asked).expect_problem(409, "activation_refused")
        place = issue("--bind", "activation", "--limit", "machines=1")
        platform.post(f"{LICENSES}/activations", data=place.read_bytes(),
                      headers={"Content-Type": "text/plain"}).expect(201)
        with sqlite3.connect(server.data / "core.db") as database:
            texts += [row[0] for row in database.execute("SELECT text FROM licence_documents")]
        assert server.stop() == 0
        log = server.log_path.read_text() + "".join(said)
        assert "licence file installed" in log and "a licence file is refused" in log
        found = [one for text in texts for one in signatures(text)]
        assert len(set(found)) > 10
        for secret in found + [login["access_token"], login["refresh_token"], tenant.key, ADMIN_PASSWORD]:
            assert secret not in log, secret
        assert "k4.secret" not in log and "v4.public." not in log
        with sqlite3.connect(server.data / "core.db") as database:
            columns = database.execute("SELECT * FROM installation").fetchall()
        for value in (value for row in columns for value in row if isinstance(value, bytes) and len(value) >= 32):
            assert value.hex() not in log
    finally:
        service.close()
        server.close()
