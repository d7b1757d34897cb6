"""Every command and every example of what docs/en says of feature flags: commands are run as they are printed, flags are
put and evaluated, routes exist. JavaScript of these pages is run by tests/interop, the tour of README.md by test_readme."""
import json
import os
import re
import subprocess

import pytest

from event_stream import EventStream
from mortise_server import ADMIN_PASSWORD, ROOT, binary, clean_environment

TEXTS = {name: (ROOT / "docs/en" / name).read_text() for name in ("flags.md", "flags-work.md", "plugin-flags.md")}
OFREP = "/ofrep/v1/evaluate/flags"
FLAG = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}


def blocks(name, kind, heading=None):
    text = TEXTS[name] if heading is None else TEXTS[name].split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(rf"```{kind}\n(.*?)```", text, re.S)


def example(name, heading, number=0):
    return json.loads(blocks(name, "json", heading)[number])


def run(script, folder, **environment):
    environment = clean_environment(**environment) | {"PATH": f"{binary().parent}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=folder, env=environment, capture_output=True,
                          text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_nothing_is_left_out():
    """What is tested below is all that there is."""
    assert {name: {kind: len(blocks(name, kind)) for kind in ("sh", "js", "json", "cpp", "toml")} for name in TEXTS} == {
        "flags.md": {"sh": 4, "js": 2, "json": 6, "cpp": 0, "toml": 0},
        "flags-work.md": {"sh": 2, "js": 3, "json": 1, "cpp": 0, "toml": 0},
        "plugin-flags.md": {"sh": 0, "js": 0, "json": 0, "cpp": 3, "toml": 1}}


# ---- commands ----

def test_the_first_flag(server, tmp_path):
    heading = "The first flag in five minutes"
    scripts = blocks("flags.md", "sh", heading)
    script = "\n".join(scripts).replace("PASSWORD='...'", f"PASSWORD='{ADMIN_PASSWORD}'")
    assert "http://127.0.0.1:8080" in script
    shown = run(script.replace("http://127.0.0.1:8080", f"http://127.0.0.1:{server.port}"), tmp_path)
    statuses = re.findall(r"HTTP/1\.1 (\d+)", shown)
    assert statuses == ["201", "201", "200"], shown
    answers = [json.loads(one) for one in re.findall(r'\{"key":"new-checkout","reason".*?\}', shown)]
    assert answers == [example("flags.md", heading, 0), example("flags.md", heading, 1)]


@pytest.fixture
def shop(tenant_a):
    """A tenant with the flags of which the commands speak."""
    for key, default in (("checkout", "off"), ("search", "on")):
        tenant_a.admin.put(f"/api/v1/flags/{key}", FLAG | {"defaultVariant": default}).expect(201)
    return tenant_a


def of_this_server(script, server, key):
    script = script.replace("https://flags.example.com", f"http://127.0.0.1:{server.port}").replace("mk_…", key)
    return f"export MORTISE_SERVER=http://127.0.0.1:{server.port}\n{script}"


def test_flags_as_files(server, shop, tmp_path):
    (script,) = blocks("flags-work.md", "sh", "Flags as files")
    lines = script.splitlines()
    assert [line.split()[2] for line in lines[1:]] == ["pull", "diff", "apply", "apply", "explain"]
    key = shop.make_key(["flags:read", "flags:write"])
    change = "sed -i 's/\"defaultVariant\": \"off\"/\"defaultVariant\": \"on\"/' flags.json"
    back = "sed -i 's/\"defaultVariant\": \"on\"/\"defaultVariant\": \"off\"/' flags.json"
    # A file that somebody edits between the commands.
    differs = f"{lines[2]} || test $? = 3".replace("   # exit code 3: there are differences", "")
    shown = run(of_this_server("\n".join([*lines[:2], change, differs, lines[3], back, *lines[4:]]), server, key), tmp_path)
    assert "2 flags in flags.json\n" in shown and "~ checkout\n    /defaultVariant\n" in shown, shown
    assert "0 created, 1 updated, 0 deleted, 1 unchanged\n" in shown and "change request " in shown
    assert "checkout: true (STATIC)\n" in shown
    assert shop.admin.get("/api/v1/flags/checkout/history").json()["items"][0]["comment"] == "ticket 42"
    (request,) = shop.admin.get("/api/v1/flag-change-requests?state=open").json()["items"]
    assert request["title"] == "ticket 42"


def test_files_for_a_start_without_the_server(server, shop, tmp_path):
    (script,) = blocks("flags-work.md", "sh", "Files for a start without the server")
    run(of_this_server("export MORTISE_API_KEY=mk_…\n" + script, server, shop.key), tmp_path)
    assert json.loads((tmp_path / "bootstrap.json").read_text())["search"] == {
        "variants": {"on": True}, "defaultVariant": "on", "disabled": False}
    assert {one["name"] for one in json.loads((tmp_path / "unleash.json").read_text())["features"]} == {"checkout", "search"}


def test_every_command_and_option_is_in_the_text():
    def help_of(*words):
        return subprocess.run([binary(), "flag", *words, "--help"], capture_output=True, text=True).stdout

    commands = re.findall(r"^  ([a-z]+) ", help_of().split("Subcommands:")[1].split("Examples:")[0], re.M)
    assert len(commands) >= 5
    for command in commands:
        assert f"mortise flag {command}" in TEXTS["flags-work.md"], command
        for option in re.findall(r"^  (?:-\w,)?(--[a-z-]+)", help_of(command), re.M):
            if option not in ("--help", "--server"):
                assert option in TEXTS["flags-work.md"], (command, option)


# ---- examples ----

def ask(tenant, key, **context):
    return tenant.api.post(f"{OFREP}/{key}", {"context": context}).expect(200).json()


def test_the_definition(tenant_a):
    tenant_a.admin.put("/api/v1/flags/example", example("flags.md", "Definitions")).expect(201)
    users = [f"user-{number}" for number in range(200)]
    seen = [ask(tenant_a, "example", targetingKey=user, version="2.1.0") for user in users]
    assert {(one["variant"], one["reason"]) for one in seen} == {("on", "TARGETING_MATCH"), ("off", "DEFAULT")}
    assert 0 < sum(one["value"] for one in seen) < 60  # 10 of 100
    assert seen[0]["metadata"] == {"owner": "checkout"}
    assert not any(ask(tenant_a, "example", targetingKey=user, version="2.0.9")["value"] for user in users)
    # The same, imported.
    tenant_a.admin.post("/api/v1/flags/import", {"flags": {"imported": example("flags.md", "Definitions")}}).expect(200)
    assert ask(tenant_a, "imported", targetingKey=users[0], version="2.0.9")["reason"] == "DEFAULT"


def test_the_delivery(tenant_a):
    """Its schedule has ended by now: the off variant."""
    definition = example("flags.md", "Delivery")
    tenant_a.admin.put("/api/v1/flags/checkout.base", FLAG | {"defaultVariant": "on"}).expect(201)
    tenant_a.admin.put("/api/v1/flags/example", definition).expect(201)
    key = tenant_a.make_key(["flags:evaluate_client"])
    client = tenant_a.api.with_headers(X_API_Key=key)
    told = client.post(f"{OFREP}/example", {"context": {"targetingKey": "ada"}}).expect(200).json()
    assert (told["variant"], told["reason"]) in (("off", "TARGETING_MATCH"), ("on", "TARGETING_MATCH"), ("off", "DEFAULT"))
    client.post(f"{OFREP}/checkout.base", {"context": {}}).expect(404)
    # Of the rollout alone: all have it by now.
    del definition["mortise"]["schedule"]
    definition["mortise"]["rollout"]["steps"] = [step | {"at": step["at"].replace("2026", "2020")}
                                                 for step in definition["mortise"]["rollout"]["steps"]]
    tenant_a.admin.put("/api/v1/flags/example", definition).expect(200)
    assert ask(tenant_a, "example", targetingKey="ada")["value"] is True
    tenant_a.admin.put("/api/v1/flags/checkout.base", FLAG).expect(200)
    assert ask(tenant_a, "example", targetingKey="ada")["value"] is False


def test_the_segment(tenant_a):
    tenant_a.admin.put("/api/v1/flag-segments/testers", example("flags.md", "Segments")).expect(201)
    rule = json.loads(re.search(r'`(\{"if": \[\{"\$ref": "testers"\}, "on"\]\})`', TEXTS["flags.md"]).group(1))
    tenant_a.admin.put("/api/v1/flags/example", FLAG | {"targeting": rule}).expect(201)
    for user, email, value in (("ada", "", True), ("bob", "bob@example.com", False), ("eve", "eve@example.com", True),
                               ("eve", "eve@example.org", False)):
        assert ask(tenant_a, "example", targetingKey=user, email=email)["value"] is value, (user, email)


def same_shape(one, other):
    """Objects with the same members, arrays of the same, and values of one type."""
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same_shape(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same_shape, one, other))
    return type(one) is type(other)


def test_the_event_stream(server, tenant_a):
    shown = json.loads("{" + blocks("flags.md", "json", "Changes as they happen")[0] + "}")
    answer = tenant_a.api.post(OFREP, {"context": {"targetingKey": "ada"}}).expect(200).json()
    assert same_shape(shown["eventStreams"], answer["eventStreams"])
    path = answer["eventStreams"][0]["endpoint"]["requestUri"]
    assert path.startswith(shown["eventStreams"][0]["endpoint"]["requestUri"].removesuffix("…"))
    assert answer["eventStreams"][0]["inactivityDelaySec"] == shown["eventStreams"][0]["inactivityDelaySec"]
    event = json.loads(re.search(r"^data: (.*)$", TEXTS["flags.md"], re.M).group(1))
    tenant_a.admin.put("/api/v1/flags/example", FLAG).expect(201)
    stream = EventStream(server.port, path)
    assert stream.wait(lambda one: one.events) and same_shape(event, stream.events[0])
    stream.close()


def test_the_explanation(tenant_a):
    rule = {"if": [{"==": [{"var": "email"}, "ada@example.com"]}, "on"]}
    tenant_a.admin.put("/api/v1/flags/example", FLAG | {"targeting": rule}).expect(201)
    told = tenant_a.admin.post("/api/v1/flags/example/explain", {"context": {"email": "ada@example.com"}}).expect(200).json()
    assert told["steps"][-1] == example("flags-work.md", "Why, and for many")


def test_every_route_is_there(server):
    document = server.client().get("/openapi.json").expect(200).json()
    known = {re.sub(r"\{\w+\}", "{}", path): methods for path, methods in document["paths"].items()}
    seen = 0
    for name, text in TEXTS.items():
        named = re.findall(r"((?:`(?:GET|PUT|POST|DELETE)`, )*)`(GET|PUT|POST|DELETE) (/(?:api|ofrep)/[^`\s?]*)", text)
        for others, method, path in named:
            base, optional = re.match(r"([^\[]*)(?:\[(.*)\])?$", path).groups()
            for each in {base, base + (optional or "")}:
                each = re.sub(r"\{\w+\}", "{}", each.rstrip("…"))
                assert each in known, (name, path)
                seen += 1
            methods = {one.lower() for one in [*re.findall(r"\w+", others), method]}
            whole = re.sub(r"\{\w+\}", "{}", base + (optional or ""))
            assert methods <= known[whole].keys() | known[re.sub(r"\{\w+\}", "{}", base)].keys(), (name, path, methods)
    assert seen > 25
