"""Licences made by mortise-license on the real server: installed in every way, followed at once, limits that hold,
seats, activation and usage by files, and what each state still lets work."""
import concurrent.futures
import datetime
import http.server
import json
import os
import shutil
import sqlite3
import subprocess
import threading
import time

import pytest

from license_tool import ALL_PLUGINS, DevelopmentVendor, Vendor
from license_tool import program as license_program
from mortise_fixtures import Tenant, log_in
from mortise_server import Server, binary, clean_environment, free_port

LICENSES = "/api/v1/licenses"


@pytest.fixture(scope="module")
def vendor(tmp_path_factory):
    return DevelopmentVendor(tmp_path_factory.mktemp("vendor"))


@pytest.fixture
def server():
    running = Server().start()
    yield running
    running.close()


@pytest.fixture
def platform(server):
    return server.client(Authorization=f"Bearer {log_in(server)['access_token']}")


def install(platform, file):
    return platform.post(LICENSES, data=file.read_bytes(), headers={"Content-Type": "text/plain"})


def current(client):
    return client.get(f"{LICENSES}/current").expect(200).json()


def until(condition, seconds=30):
    """What becomes true by itself does so in its own time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def at(seconds):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


# ---- installing ----

def test_installed_by_api_and_shown(server, platform, vendor):
    licence, file = vendor.issue(*ALL_PLUGINS, "--features", "sso", "--limit", "users=7", "--days", "90")
    said = install(platform, file).expect(201).json()
    assert said == current(platform)
    assert (said["id"], said["subject"], said["plan"]) == (licence, "Customer GmbH", "standard")
    assert (said["state"], said["reason"], said["features"]) == ("valid", None, ["sso"])
    assert said["days_left"] == 90 and said["limits"]["users"] == 7
    assert said["usage"]["users"] == {"used": 1, "max": 7, "kind": "count", "soft": False}
    assert said["usage"]["tenants"]["used"] == 0
    tenant = Tenant(server, platform, "acme")
    assert current(platform)["usage"]["tenants"]["used"] == 1
    assert current(tenant.admin)["usage"]["users"]["used"] == 0, "of the tenant alone"
    token = file.read_text().split("license: ")[1].strip()
    assert token not in server.log_path.read_text()
    server.stop()
    server.start()
    assert current(server.client(Authorization=f"Bearer {log_in(server)['access_token']}"))["id"] == licence


def test_installed_by_a_file_that_is_dropped(server, platform, vendor):
    licence, file = vendor.issue(*ALL_PLUGINS)
    folder = server.data / "licenses"
    folder.mkdir(exist_ok=True)
    shutil.copyfile(file, folder / "a.license")
    until(lambda: current(platform)["id"] == licence)
    until(lambda: (folder / "a.license.installed").exists())
    server.expected_errors.append("a licence file is refused")
    (folder / "b.license").write_text("nonsense")
    until(lambda: (folder / "b.license.refused").exists())
    assert "license_" in (folder / "b.license.reason").read_text()
    assert current(platform)["id"] == licence


def command(server, *args, code=0):
    done = subprocess.run([binary(), "license", *map(str, args), "--data", server.data, "--config", server.config, "--json"],
                          capture_output=True, text=True, env=clean_environment(**server.environment))
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_installed_by_the_command_beside_a_running_server(server, platform, vendor):
    licence, file = vendor.issue(*ALL_PLUGINS)
    said = command(server, "install", file)
    assert said["ok"] is True and said["id"] == licence and said["state"] == "valid"
    until(lambda: current(platform)["id"] == licence)
    assert command(server, "show")["id"] == licence
    (server.folder / "wrong").write_text("nonsense")
    assert command(server, "install", server.folder / "wrong", code=1)["error"]["code"].startswith("license_")


def test_installed_by_the_environment(vendor):
    licence, file = vendor.issue(*ALL_PLUGINS)
    running = Server(MORTISE_LICENSE_TEXT=file.read_text()).start()
    try:
        assert current(running.client(Authorization=f"Bearer {log_in(running)['access_token']}"))["id"] == licence
    finally:
        running.close()


def test_of_another_vendor_or_altered_is_refused(platform, vendor, tmp_path):
    before = current(platform)
    stranger = Vendor(tmp_path)
    _, foreign = stranger.issue(*ALL_PLUGINS)
    install(platform, foreign).expect_problem(422, "license_unknown_root")
    _, file = vendor.issue(*ALL_PLUGINS)
    text = file.read_text()
    token = text.index("license: ") + 40
    file.write_text(text[:token] + ("A" if text[token] != "A" else "B") + text[token + 1:])
    install(platform, file).expect_problem(422, "license_bad_signature")
    assert current(platform) == before


# ---- following ----

def test_an_older_one_does_not_come_back(platform, vendor):
    first, before = vendor.issue(*ALL_PLUGINS, "--limit", "users=50", "--days", "60")
    install(platform, before).expect(201)
    _, smaller = vendor.change("downgrade", first, "--limit", "users=5", "--yes")
    assert install(platform, smaller).expect(201).json()["limits"]["users"] == 5
    install(platform, before).expect_problem(409)
    assert current(platform)["limits"]["users"] == 5


def test_a_renewal_is_installed_early(platform, vendor):
    first, file = vendor.issue(*ALL_PLUGINS, "--days", "40")
    renewed, next_file = vendor.change("renew", first)
    install(platform, file).expect(201)
    said = install(platform, next_file).expect(201).json()
    assert said["id"] == first and said["upcoming"]["id"] == renewed


def test_warned_thirty_days_before_the_end(server, platform, vendor):
    _, file = vendor.issue(*ALL_PLUGINS, "--days", "31")
    assert "mortise-license" not in install(platform, file).expect(201).headers
    assert "mortise-license" not in platform.get(f"{LICENSES}/current").headers
    _, file = vendor.issue(*ALL_PLUGINS, "--days", "30")
    install(platform, file).expect(201)
    assert platform.get("/api/v1/tenants").headers["mortise-license"].startswith("expiring; days_left=30; until=")
    assert server.client().get("/health").json()["checks"]["license"].startswith("expiring; days_left=30")
    # A tenant's API key is not told.
    tenant = Tenant(server, platform, "acme")
    assert "mortise-license" not in tenant.api.get("/api/v1/milestones").expect(200).headers


def states(tenant):
    """What a tenant can do: read, write, log in again."""
    read = tenant.api.get("/api/v1/milestones")
    write = tenant.api.post("/api/v1/milestones", {"key": f"K{time.monotonic_ns()}", "title": "t"})
    return (read.status if read.status == 200 else read.json()["code"],
            write.status if write.status == 201 else write.json()["code"])


def test_grace_then_limited_then_renewed(server, platform, vendor):
    first, file = vendor.issue(*ALL_PLUGINS, "--not-before", at(-86400), "--not-after", at(-60), "--grace-days", "14")
    install(platform, file).expect(201)
    tenant = Tenant(server, platform, "acme")
    said = current(platform)
    assert (said["state"], said["reason"], said["days_left"]) == ("grace", "ended", 0)
    assert platform.get("/api/v1/tenants").headers["mortise-license"].startswith("grace; reason=ended")
    assert states(tenant) == (200, 201)

    # One that ends while the server runs, without grace: limited, and no data are lost.
    second, file = vendor.issue(*ALL_PLUGINS, "--not-after", at(4), "--grace-days", "0")
    install(platform, file).expect(201)
    tenant.api.post("/api/v1/milestones", {"key": "KEPT", "title": "t"}).expect(201)
    until(lambda: current(platform)["state"] == "limited")
    assert states(tenant) == (200, "license_limited")
    tenant.api.get("/api/v1/milestones/KEPT").expect(200)
    tenant.api.get("/api/v1/milestones/export").expect(200)
    tenant.api.delete("/api/v1/milestones/KEPT").expect_problem(403, "license_limited")
    log_in(server)
    platform.post(f"/api/v1/tenants/{tenant.slug}/suspend").expect(200)
    platform.post(f"/api/v1/tenants/{tenant.slug}/export").expect(200)
    platform.post(f"/api/v1/tenants/{tenant.slug}/resume").expect(200)

    _, file = vendor.change("renew", second, "--days", "30")
    assert install(platform, file).expect(201).json()["state"] == "valid"
    assert states(tenant) == (200, 201)


def test_suspended_and_resumed_by_updates(server, platform, vendor):
    licence, file = vendor.issue(*ALL_PLUGINS)
    install(platform, file).expect(201)
    tenant = Tenant(server, platform, "acme")
    update = vendor.new_file("update")
    vendor.ask("suspend", licence)
    vendor.ask("crl", "publish", "--out", update)
    install(platform, update).expect(201)
    assert (current(platform)["state"], current(platform)["reason"]) == ("limited", "revoked")
    assert states(tenant) == (200, "license_limited")
    resumed = vendor.new_file("update")
    vendor.ask("resume", licence)
    vendor.ask("crl", "publish", "--out", resumed)
    install(platform, resumed).expect(201)
    assert states(tenant) == (200, 201)
    install(platform, update).expect_problem(409, "license_crl_rollback")


def test_no_request_fails_while_licences_change(server, platform, vendor):
    tenant = Tenant(server, platform, "acme")
    done = threading.Event()

    def ask(n):
        client, statuses = server.client(X_API_Key=tenant.key), set()
        while not done.is_set():
            statuses.add(client.get("/api/v1/milestones").status)
            made = client.post("/api/v1/milestones", {"key": f"K{n}-{time.monotonic_ns()}", "title": "t"})
            statuses.add(made.status)
        return statuses
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask, n) for n in range(4)]
        try:
            for days in range(40, 48):
                _, file = vendor.issue(*ALL_PLUGINS, "--days", days)
                assert install(platform, file).expect(201).json()["days_left"] == days
        finally:
            done.set()
    assert set().union(*(one.result() for one in asking)) == {200, 201}


def test_a_plugin_that_is_not_licensed_any_more(server, platform, vendor):
    tenant = Tenant(server, platform, "acme")
    assert states(tenant) == (200, 201)
    _, file = vendor.issue("--plugins", "rules", "--days", "30")
    install(platform, file).expect(201)
    assert states(tenant) == ("license_required", "license_required")
    problem = tenant.api.get("/api/v1/milestones").expect_problem(403, "license_required")
    assert "milestones" in problem["detail"]
    _, file = vendor.issue(*ALL_PLUGINS)
    install(platform, file).expect(201)
    assert states(tenant) == (200, 201)


def test_unlicensed_until_the_licence_begins(vendor):
    licence, file = vendor.issue(*ALL_PLUGINS, "--not-before", at(86400), "--days", "30")
    running = Server(MORTISE_LICENSE_TEXT=file.read_text()).start()
    try:
        platform = running.client(Authorization=f"Bearer {log_in(running)['access_token']}")
        said = current(platform)
        assert (said["state"], said["id"], said["plugins"]) == ("unlicensed", None, [])
        assert said["upcoming"]["id"] == licence
        assert said["limits"] == {"tenants": 1, "users": 5}
        tenant = Tenant(running, platform, "acme", scopes=["flags:read"])
        tenant.admin.get("/api/v1/milestones").expect_problem(403, "license_required")
        tenant.admin.post("/api/v1/milestones", {"key": "K", "title": "t"}).expect_problem(403, "license_required")
        platform.post("/api/v1/tenants", {"slug": "two", "name": "n", "plan": "standard"}).expect_problem(
            403, "license_limit_reached")
        _, file = vendor.issue(*ALL_PLUGINS)
        assert install(platform, file).expect(201).json()["state"] == "valid"
        tenant.admin.get("/api/v1/milestones").expect(200)
    finally:
        running.close()


# ---- limits ----

def at_once(count, call):
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        return list(pool.map(call, range(count)))


def test_users_and_tenants_are_exactly_as_many_as_licensed(server, platform, vendor):
    _, file = vendor.issue("--plugins", "milestones", "--limit", "tenants=3", "--limit", "users=6")
    install(platform, file).expect(201)

    def add_tenant(n):
        client = server.client(**platform.headers)
        return client.post("/api/v1/tenants", {"slug": f"t{n}", "name": "n", "plan": "standard"}).status
    assert sorted(at_once(12, add_tenant)) == [201] * 3 + [403] * 9
    slug = platform.get("/api/v1/tenants").json()["items"][0]["slug"]

    def add_user(n):
        client = server.client(**platform.headers, Mortise_Tenant=slug)
        body = {"email": f"u{n}@example.com", "password": "a long enough password", "roles": ["viewer"]}
        return client.post("/api/v1/users", body)
    answers = at_once(10, add_user)
    assert sorted(answer.status for answer in answers) == [201] * 5 + [403] * 5, "the administrator is one of six"
    refused = next(answer for answer in answers if answer.status == 403)
    assert "6 users" in refused.expect_problem(403, "license_limit_reached")["detail"]

    # Room is made by disabling one, and taken again by enabling it.
    made = next(answer for answer in answers if answer.status == 201)
    user = f"/api/v1/users/{made.json()['id']}"
    inside = platform.with_headers(Mortise_Tenant=slug)
    disabled = inside.patch(user, {"state": "disabled"}, headers={"If-Match": inside.get(user).etag}).expect(200)
    assert add_user(100).status == 201
    inside.patch(user, {"state": "active"}, headers={"If-Match": disabled.etag}).expect_problem(
        403, "license_limit_reached")


def test_seats_are_exactly_as_many_as_licensed(server, platform, vendor):
    _, file = vendor.issue(*ALL_PLUGINS, "--limit", "editors=5,kind=seats,lease=15m,borrow=2d")
    install(platform, file).expect(201)
    tenant = Tenant(server, platform, "acme")

    def check_out(n, **more):
        client = server.client(**tenant.admin.headers)
        return client.post(f"{LICENSES}/leases", {"limit": "editors", "holder": f"person-{n}"} | more)
    answers = at_once(20, check_out)
    assert sorted(answer.status for answer in answers) == [201] * 5 + [403] * 15
    holders = [answer.json() for answer in answers if answer.status == 201]
    assert current(tenant.admin)["usage"]["editors"]["used"] == 5

    one = holders[0]
    number = one["holder"].removeprefix("person-")
    assert check_out(number).expect(201).json()["id"] == one["id"], "who has a seat keeps it"
    tenant.admin.post(f"{LICENSES}/leases/{one['id']}/renew").expect(200)
    tenant.admin.delete(f"{LICENSES}/leases/{one['id']}").expect(204)
    tenant.admin.delete(f"{LICENSES}/leases/{one['id']}").expect_problem(404, "seat_not_found")

    # Borrowed for offline use: counted to its end, given back or not.
    check_out("far", borrow_s=3 * 86400).expect_problem(422, "borrow_too_long")
    borrowed = check_out("far", borrow_s=86400).expect(201).json()
    assert borrowed["borrowed"] is True
    tenant.admin.delete(f"{LICENSES}/leases/{borrowed['id']}").expect_problem(409, "seat_borrowed")
    check_out("another").expect_problem(403, "license_limit_reached")
    (server.folder / "lease").write_text(borrowed["lease"] + "\n")
    assert vendor.inspect(server.folder / "lease")["token"]["claims"]["limit"] == "editors"
    # Seats outlive a crash of the server.
    server.kill()
    server.start()
    admin = server.client(Authorization=f"Bearer {log_in(server)['access_token']}", Mortise_Tenant="acme")
    assert len(admin.get(f"{LICENSES}/leases").expect(200).json()["items"]) == 5
    admin.post(f"{LICENSES}/leases", {"limit": "nothing", "holder": "x"}).expect_problem(404, "limit_not_found")


def test_requests_beyond_the_meter_are_refused(server, platform, vendor):
    tenant = Tenant(server, platform, "acme")
    _, file = vendor.issue(*ALL_PLUGINS, "--limit", "requests=50,kind=meter,per=month")
    install(platform, file).expect(201)

    def ask(_):
        return server.client(X_API_Key=tenant.key).get("/api/v1/milestones").status
    before = current(platform)["usage"]["requests"]["used"]
    answers = at_once(80, ask)
    assert set(answers) == {200, 403} and answers.count(200) == 50 - before
    assert tenant.api.get("/api/v1/milestones").expect_problem(403, "license_limit_reached")
    _, file = vendor.issue(*ALL_PLUGINS, "--limit", "requests=50,kind=meter,per=month,overage=soft")
    install(platform, file).expect(201)
    assert set(at_once(20, ask)) == {200}, "soft: counted, and let through"


# ---- activation and usage, by files ----

def test_activated_by_request_and_answer(server, platform, vendor):
    licence, file = vendor.issue(*ALL_PLUGINS, "--bind", "activation", "--limit", "machines=1")
    before = current(platform)["id"]
    install(platform, file).expect_problem(422, "license_not_activated")
    made = platform.post(f"{LICENSES}/activation-requests", data=file.read_bytes(),
                         headers={"Content-Type": "text/plain"}).expect(201).json()
    request = server.folder / "request"
    request.write_text(made["request"] + "\n")
    by_command = server.folder / "request-by-command"
    command(server, "request", file, "--out", by_command)
    assert current(platform)["id"] == before

    answered = vendor.new_file()
    vendor.ask("activate", request, "--out", answered)
    assert install(platform, answered).expect(201).json()["id"] == licence
    assert current(platform)["state"] == "valid"

    # Another installation can't use it, and finds no place.
    other = Server().start()
    try:
        stranger = other.client(Authorization=f"Bearer {log_in(other)['access_token']}")
        refusal = install(stranger, answered)
        assert refusal.expect_problem(422)["code"] in ("license_wrong_machine", "license_not_activated")
        asked = stranger.post(f"{LICENSES}/activation-requests", data=file.read_bytes(),
                              headers={"Content-Type": "text/plain"}).expect(201).json()["request"]
        request.write_text(asked + "\n")
        assert vendor.refused("activate", request) == "no_place"
        # Released: the first one learns of it by the list, and the place goes to the second.
        activation = next(row["id"] for row in vendor.export("activations") if row["line"] == licence)
        vendor.ask("transfer", licence, "--release", activation, "--yes", "--publish")
        moved, update = vendor.new_file(), vendor.new_file("update")
        vendor.ask("activate", request, "--out", moved)
        assert install(stranger, moved).expect(201).json()["state"] == "valid"
        vendor.ask("crl", "publish", "--out", update)
        install(platform, update).expect(201)
        assert current(platform)["state"] == "limited"
    finally:
        other.close()


class ActivationService:
    """The vendor's: a web server that runs `mortise-license activate --cgi`, as any with CGI does."""

    def __init__(self, vendor):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                done = subprocess.run([license_program(), "activate", "--cgi", "--home", vendor.home], input=body,
                                      capture_output=True, check=True,
                                      env=os.environ | {"REQUEST_METHOD": self.command, "GATEWAY_INTERFACE": "CGI/1.1"})
                head, _, answer = done.stdout.partition(b"\r\n\r\n")
                fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
                status, reason = fields.pop("Status").split(" ", 1)
                self.send_response(int(status), reason)
                for name, value in fields.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/activate"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def test_activated_by_the_vendors_service(vendor, tmp_path):
    licence, file = vendor.issue(*ALL_PLUGINS, "--bind", "activation", "--limit", "machines=1")
    service = ActivationService(vendor)
    first, second = (Server(MORTISE_LICENSE_ACTIVATION_URL=service.url).start() for _ in range(2))
    try:
        platform = first.client(Authorization=f"Bearer {log_in(first)['access_token']}")

        def activate(client, text=None):
            return client.post(f"{LICENSES}/activations", data=text,
                               headers={"Content-Type": "text/plain"} if text else {})
        said = activate(platform, file.read_bytes()).expect(201).json()
        assert (said["id"], said["state"]) == (licence, "valid") and said == current(platform)
        activate(platform).expect(201)  # again, the installed one: it keeps its place
        stranger = second.client(Authorization=f"Bearer {log_in(second)['access_token']}")
        before = current(stranger)
        problem = activate(stranger, file.read_bytes()).expect_problem(409, "activation_refused")
        assert "no_place" in problem["detail"]
        assert current(stranger) == before
        # By the command, once there is a place.
        activation = next(row["id"] for row in vendor.export("activations")
                          if row["line"] == licence and not row["released_at"])
        vendor.ask("transfer", licence, "--release", activation, "--yes", "--publish")
        assert command(second, "activate", file)["id"] == licence
        until(lambda: current(stranger)["id"] == licence)
        assert activate(stranger, b"nonsense").expect_problem(400)
    finally:
        service.close()
        for server in (first, second):
            server.close()


def test_without_the_vendors_service(server, platform, vendor):
    _, file = vendor.issue(*ALL_PLUGINS, "--bind", "activation")
    asked = {"data": file.read_bytes(), "headers": {"Content-Type": "text/plain"}}
    platform.post(f"{LICENSES}/activations", **asked).expect_problem(409, "activation_url_missing")
    for url, status, code in ((f"http://127.0.0.1:{free_port()}/", 503, "outbound_failed"),
                              ("http://vendor.example/", 503, "outbound_url_refused")):
        assert server.stop() == 0
        server.environment["MORTISE_LICENSE_ACTIVATION_URL"] = url
        server.start()
        platform = server.client(Authorization=f"Bearer {log_in(server)['access_token']}")
        platform.post(f"{LICENSES}/activations", **asked).expect_problem(status, code)


def a_day_passes(server):
    """Moves what was counted to the day before; the database's clock is nobody's but ours."""
    with sqlite3.connect(server.data / "core.db", timeout=30) as database:
        database.execute("UPDATE usage SET day = day - 1")


def test_usage_is_reported_in_a_chain(server, platform, vendor):
    licence, file = vendor.issue(*ALL_PLUGINS, "--limit", "requests=1000000,kind=meter,per=month", "--limit", "users=9")
    install(platform, file).expect(201)
    tenant = Tenant(server, platform, "acme")
    for _ in range(5):
        tenant.api.get("/api/v1/milestones").expect(200)
    platform.post(f"{LICENSES}/usage-reports").expect_problem(409, "nothing_to_report")
    assert server.stop() == 0, "what was counted is durable"
    a_day_passes(server)
    server.start()
    platform = server.client(Authorization=f"Bearer {log_in(server)['access_token']}")
    counted = {(row["tenant"], row["meter"]): row["quantity"]
               for row in platform.get("/api/v1/usage").expect(200).json()["items"]}
    assert counted["acme", "requests"] >= 5 and counted[None, "tenants"] == 1

    made = platform.post(f"{LICENSES}/usage-reports").expect(201).json()
    assert made["sequence"] == 1
    report = server.folder / "first.usage"
    report.write_text(made["report"] + "\n")
    assert vendor.ask("report", "import", report)["imported"] is True
    (usage,) = [row for row in vendor.ask("report", "usage")["items"]
                if row["license"] == licence and row["meter"] == "requests"]
    assert int(usage["quantity"]) == counted["acme", "requests"]
    assert platform.get(f"{LICENSES}/usage-reports").expect(200).json()["items"][0]["sequence"] == 1
    assert platform.get(f"{LICENSES}/usage-reports/1").expect(200).json()["report"] == made["report"]
    platform.get(f"{LICENSES}/usage-reports/2").expect_problem(404, "usage_report_not_found")
    platform.post(f"{LICENSES}/usage-reports").expect_problem(409, "nothing_to_report")


def test_licences_are_the_platforms_business(server, platform):
    tenant = Tenant(server, platform, "acme")
    key = server.client(X_API_Key=tenant.key)
    key.post(f"{LICENSES}/usage-reports").expect_problem(403)
    key.post(f"{LICENSES}/activation-requests").expect_problem(403)
    key.post(f"{LICENSES}/leases", {"limit": "a", "holder": "b"}).expect_problem(403, "scope_required")
    key.get("/api/v1/usage").expect_problem(403, "scope_required")
