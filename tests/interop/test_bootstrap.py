"""Files of `mortise flag bootstrap` and `pull`: with the server stopped, the npm packages answer from them what the server
answered, by the code that docs/en/flags-work.md shows; and once the server is back, they follow it."""
import json
import re
import subprocess
import time

import pytest

from mortise_fixtures import Tenant, log_in
from mortise_server import ROOT, Server, binary, clean_environment
from npm_node import HERE, WAIT, Script

CODE = re.findall(r"```js\n(.*?)```", (ROOT / "docs/en/flags-work.md").read_text(), re.S)
CONTEXT = {"targetingKey": "ada", "country": "CH"}
FLAG = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}
FLAGS = {
    "switch": FLAG | {"mortise": {"client": True}},
    "swiss": FLAG | {"targeting": {"if": [{"==": [{"var": "country"}, "CH"]}, "on", "off"]}, "mortise": {"client": True}},
    "sleeping": FLAG | {"state": "DISABLED", "defaultVariant": "on"},
    "text": {"state": "ENABLED", "variants": {"hello": "grüezi"}, "defaultVariant": "hello"},
    "number": {"state": "ENABLED", "variants": {"half": 0.5}, "defaultVariant": "half"},
    "object": {"state": "ENABLED", "variants": {"o": {"a": [1, {"b": None}]}}, "defaultVariant": "o"},
    "half": FLAG | {"targeting": {"fractional": [["on", 50], ["off", 50]]}},
    "broken": FLAG | {"targeting": {"if": [{">": [{"+": [{"var": "country"}]}, 1]}, "on", "off"]}},
}


@pytest.fixture
def server():
    """One that a test may stop."""
    running = Server().start()
    yield running
    running.close()


@pytest.fixture
def tenant(server):
    made = Tenant(server, server.client(Authorization=f"Bearer {log_in(server)['access_token']}"), "shop")
    for key, definition in FLAGS.items():
        made.admin.put(f"/api/v1/flags/{key}", definition).expect(201)
    return made


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "node_modules").symlink_to(ROOT / "build/npm/node_modules")
    return tmp_path


def command(server, folder, key, *arguments):
    done = subprocess.run([binary(), "flag", *arguments, "--server", f"http://127.0.0.1:{server.port}"], cwd=folder,
                          capture_output=True, text=True, env=clean_environment(MORTISE_API_KEY=key))
    assert done.returncode == 0, done.stderr
    return done.stdout


def program(folder, number, server, key, more):
    """The code of the documentation, for this server, and what drives it."""
    code = CODE[number].replace("https://flags.example.com", f"http://127.0.0.1:{server.port}")
    code = code.replace("mk_…", key).replace("30_000", "100")
    path = folder / f"program{number}.mjs"
    path.write_text(f"import {{ say, serve }} from '{HERE / 'lines.mjs'}';\n{code}\n{more}")
    # TMPDIR: where a client of Unleash keeps what it has seen.
    return Script(path, options=["--experimental-eventsource"], folder=folder,
                  environment={"MORTISE_API_KEY": key, "TMPDIR": str(folder)})


OPENFEATURE = """
const client = OpenFeature.getClient();
const ask = { boolean: 'getBooleanDetails', string: 'getStringDetails', number: 'getNumberDetails', object: 'getObjectDetails' };
await serve({
    async evaluate({ type, flag, fallback, context }) {
        const { value, variant, errorCode } = await client[ask[type]](flag, fallback, context);
        say('answer', { value, variant, errorCode });
    },
});
process.exit(0);
"""


def values(script, keys=tuple(FLAGS), context=CONTEXT):
    """By flag: the value and the variant, with two defaults."""
    seen = {}
    for key in keys:
        kind, defaults = {"text": ("string", ("x", "y")), "number": ("number", (7, 8)), "object": ("object", ({}, {"c": 1})),
                          }.get(key, ("boolean", (True, False)))
        answers = [script.ask("evaluate", type=kind, flag=key, fallback=one, context=context) for one in defaults]
        seen[key] = [(one["value"], one.get("variant")) for one in answers]
    return seen


def until(check):
    """Waits for what comes once the client has noticed."""
    end = time.monotonic() + WAIT
    while not check():
        assert time.monotonic() < end


def test_node_js_starts_from_the_file(server, tenant, folder):
    told = command(server, folder, tenant.key, "bootstrap", "--format", "ofrep", "--context", json.dumps(CONTEXT),
                   "--out", "bootstrap.json")
    assert told == "7 flags in bootstrap.json\nleft out: broken (GENERAL)\n"
    with program(folder, 0, server, tenant.key, OPENFEATURE) as script:
        by_server = values(script)
    server.stop()
    with program(folder, 0, server, tenant.key, OPENFEATURE) as script:
        by_file = values(script)
        assert by_file == by_server
        assert by_file["swiss"] == [(True, "on")] * 2 and by_file["sleeping"] == [(True, None), (False, None)]
        assert by_file["text"] == [("grüezi", "hello")] * 2 and by_file["object"][0] == ({"a": [1, {"b": None}]}, "o")
        server.start(server.port)
        tenant.admin.put("/api/v1/flags/switch", FLAG | {"defaultVariant": "on"}).expect(200)
        until(lambda: values(script, ["switch"])["switch"] == [(True, "on")] * 2)


def test_a_page_starts_from_the_file(server, tenant, folder):
    key = tenant.make_key(["flags:evaluate_client"])
    told = command(server, folder, key, "bootstrap", "--format", "ofrep", "--context", json.dumps(CONTEXT), "--out",
                   "bootstrap.json")
    assert told == "2 flags in bootstrap.json\n"
    server.stop()
    with program(folder, 1, server, key, OPENFEATURE) as script:
        assert values(script, ["switch", "swiss"]) == {"switch": [(False, "off")] * 2, "swiss": [(True, "on")] * 2}
        server.start(server.port)
        tenant.admin.put("/api/v1/flags/switch", FLAGS["switch"] | {"defaultVariant": "on"}).expect(200)
        until(lambda: values(script, ["switch"])["switch"] == [(True, "on")] * 2)
        # From here on it has the event stream.
        tenant.admin.put("/api/v1/flags/switch", FLAGS["switch"]).expect(200)
        until(lambda: values(script, ["switch"])["switch"] == [(False, "off")] * 2)


UNLEASH = """
unleash.on('error', () => {});
await new Promise((ready) => unleash.on('ready', ready));
await serve({
    evaluate({ flag, context, fallback }) {
        const { name, payload } = unleash.getVariant(flag, context);
        say('answer', { on: unleash.isEnabled(flag, context, fallback), variant: name, payload });
    },
});
process.exit(0);
"""


def test_an_unleash_client_starts_from_the_file(server, tenant, folder):
    told = command(server, folder, tenant.key, "bootstrap", "--format", "unleash", "--out", "unleash.json")
    assert told.startswith("6 flags in unleash.json\n") and "left out: half (rule_not_expressible)\n" in told, told
    server.stop()
    with program(folder, 2, server, tenant.key, UNLEASH) as script:
        for country, on in (("CH", True), ("AL", False)):
            context = {"userId": "ada", "properties": {"country": country}}
            assert script.ask("evaluate", flag="swiss", context=context)["on"] is on
        assert script.ask("evaluate", flag="switch", context={})["on"] is False
        answer = script.ask("evaluate", flag="text", context={})
        assert (answer["variant"], answer["payload"]) == ("hello", {"type": "string", "value": "grüezi"})
        for fallback in (True, False):
            assert script.ask("evaluate", flag="half", context={"userId": "ada"}, fallback=fallback)["on"] is fallback


def test_what_pull_writes_is_flagds_own_file(server, tenant, folder):
    """By flagd's library, as its in-process providers use it offline."""
    tenant.admin.put("/api/v1/flag-segments/staff", {"included": ["ada"]}).expect(201)
    tenant.admin.put("/api/v1/flags/staff", FLAG | {"targeting": {"if": [{"$ref": "staff"}, "on"]}}).expect(201)
    command(server, folder, tenant.key, "pull", "--out", "flags.json")
    contexts = [{"targetingKey": f"user-{number}", "country": "AL"} for number in range(20)] + [CONTEXT]
    asked = [tenant.api.post("/ofrep/v1/evaluate/flags", {"context": context}).expect(200).json()["flags"]
             for context in contexts]
    server.stop()
    (folder / "flagd.mjs").write_text(f"""
        import {{ readFileSync }} from 'node:fs';
        import {{ say, serve, require }} from '{HERE / 'lines.mjs'}';
        const {{ FlagdCore }} = require('@openfeature/flagd-core');
        const quiet = {{ error() {{}}, warn() {{}}, info() {{}}, debug() {{}} }};
        const core = new FlagdCore(undefined, quiet);
        core.setConfigurations(readFileSync('flags.json', 'utf8'));
        await serve({{ evaluate({{ flag, context }}) {{
            const {{ value, variant, reason, errorCode }} = core.getFlag(flag).evaluate(context, quiet);
            say('answer', {{ value, variant, reason, errorCode }});
        }} }});""")
    with Script(folder / "flagd.mjs", folder=folder) as script:
        for context, answers in zip(contexts, asked):
            for answer in answers:
                if answer["key"] in ("sleeping", "broken", "staff"):
                    continue
                seen = script.ask("evaluate", flag=answer["key"], context=context)
                assert (seen["value"], seen["variant"], seen["reason"]) == (
                    answer["value"], answer["variant"], answer["reason"]), (answer, context)
        seen = script.ask("evaluate", flag="staff", context=CONTEXT)
        assert seen["errorCode"] == "PARSE_ERROR", seen  # a segment is no part of flagd
