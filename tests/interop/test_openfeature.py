"""OpenFeature's own SDKs and OFREP providers from npm, unmodified: typed values, reasons, and changes as they happen."""
import re
import socket
import threading

import pytest

from mortise_server import ROOT
from npm_node import Script

FLAG = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}
FLAGS = {
    "switch": FLAG | {"metadata": {"owner": "checkout"}},
    "swiss": FLAG | {"targeting": {"if": [{"==": [{"var": "country"}, "CH"]}, "on", "off"]}},
    "sleeping": FLAG | {"state": "DISABLED", "defaultVariant": "on"},
    "text": {"state": "ENABLED", "variants": {"hello": "grüezi"}, "defaultVariant": "hello"},
    "number": {"state": "ENABLED", "variants": {"half": 0.5}, "defaultVariant": "half"},
    "object": {"state": "ENABLED", "variants": {"o": {"a": [1, {"b": None}]}}, "defaultVariant": "o"},
    "broken": FLAG | {"targeting": {"if": [{">": [{"+": [{"var": "country"}]}, 1]}, "on", "off"]}},
}


@pytest.fixture
def tenant(tenant_a):
    for key, definition in FLAGS.items():
        tenant_a.admin.put(f"/api/v1/flags/{key}", definition).expect(201)
    return tenant_a


def url_of(server):
    return f"http://127.0.0.1:{server.port}"


def test_the_server_sdk_gets_typed_values(server, tenant):
    context = {"targetingKey": "ada", "country": "CH"}
    with Script("openfeature_server.mjs", url_of(server), tenant.key) as script:
        script.next("ready")

        def ask(flag, kind, fallback, context=context):
            return script.ask("evaluate", flag=flag, type=kind, fallback=fallback, context=context)

        switch = ask("switch", "boolean", True)
        assert (switch["value"], switch["variant"], switch["reason"]) == (False, "off", "STATIC")
        assert switch["flagMetadata"] == {"owner": "checkout"}
        assert ask("swiss", "boolean", False)["reason"] == "TARGETING_MATCH"
        assert ask("swiss", "boolean", True, {"targetingKey": "ada", "country": "AL"})["value"] is False
        assert ask("text", "string", "")["value"] == "grüezi"
        assert ask("number", "number", 1)["value"] == 0.5
        assert ask("object", "object", {})["value"] == {"a": [1, {"b": None}]}
        for fallback in (True, False):
            assert ask("sleeping", "boolean", fallback)["value"] is fallback
        assert ask("nothing", "boolean", True) | {"flagMetadata": {}} == {
            "kind": "answer", "value": True, "reason": "ERROR", "errorCode": "FLAG_NOT_FOUND", "flagMetadata": {}}
        assert ask("text", "boolean", True)["errorCode"] == "TYPE_MISMATCH"
        assert ask("broken", "boolean", True)["errorCode"] == "GENERAL"
        # What an administrator changes is there with the next question.
        tenant.admin.put("/api/v1/flags/switch/overrides/users/ada", {"variant": "on"}).expect(200)
        assert ask("switch", "boolean", False)["value"] is True


def test_the_web_sdk_sees_changes_by_the_event_stream(server, tenant):
    with Script("openfeature_web.mjs", url_of(server), tenant.key, options=["--experimental-eventsource"]) as script:
        script.next("ready")
        assert script.ask("evaluate", flag="switch", fallback=True)["value"] is False
        assert script.ask("evaluate", flag="swiss", fallback=False)["value"] is True
        for variant, value in (("on", True), ("off", False), ("on", True)):
            tenant.admin.put("/api/v1/flags/switch/overrides/tenant", {"variant": variant}).expect(200)
            assert script.next("changed")["flagsChanged"] == ["switch"]
            assert script.ask("evaluate", flag="switch", fallback=False)["value"] is value
        tenant.admin.put("/api/v1/flags/new", FLAG | {"defaultVariant": "on"}).expect(201)
        assert script.next("changed")["flagsChanged"] == ["new"]
        tenant.admin.delete("/api/v1/flags/new").expect(204)
        assert script.next("changed")["flagsChanged"] == ["new"]
        assert script.ask("evaluate", flag="new", fallback=True)["errorCode"] == "FLAG_NOT_FOUND"
        script.ask("context", context={"targetingKey": "ada", "country": "AL"})
        assert script.ask("evaluate", flag="swiss", fallback=True)["value"] is False
        # Each change was asked for with what the event said of it.
        requests = script.ask("requests")["requests"]
        assert sum("flagConfigEtag=" in one and "flagConfigLastModified=" in one for one in requests) >= 5, requests


class Line:
    """A line to the server that can be cut."""

    def __init__(self, port):
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.ends = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            self.ends += [client, server]
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    @staticmethod
    def _pass(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def cut(self):
        """Answers how many ends of connections there were."""
        ends, self.ends = self.ends, []
        for one in ends:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()
        return len(ends)

    def close(self):
        self.listener.close()
        self.cut()


def test_the_web_sdk_misses_nothing_while_its_line_is_cut(server, tenant):
    """Its EventSource comes back by itself, with the id of the last event that it saw."""
    line = Line(server.port)
    try:
        with Script("openfeature_web.mjs", f"http://127.0.0.1:{line.port}", tenant.key,
                    options=["--experimental-eventsource"]) as script:
            script.next("ready")
            for variant, value in (("on", True), ("off", False)):
                assert line.cut() > 0
                tenant.admin.put("/api/v1/flags/switch/overrides/tenant", {"variant": variant}).expect(200)
                assert script.next("changed")["flagsChanged"] == ["switch"]
                assert script.ask("evaluate", flag="switch", fallback=False)["value"] is value
    finally:
        line.close()


CODE = re.findall(r"```js\n(.*?)```", (ROOT / "docs/en/flags.md").read_text(), re.S)


def run_documented(number, server, key, folder):
    """A program of docs/en/flags.md, whose lines go to `lines.mjs`' form."""
    (folder / "node_modules").symlink_to(ROOT / "build/npm/node_modules")
    assert "http://127.0.0.1:8080" in CODE[number]
    code = CODE[number].replace("http://127.0.0.1:8080", url_of(server)).replace("mk_…", key)
    path = folder / "documented.mjs"
    path.write_text("console.log = (value) => process.stdout.write(`${JSON.stringify({ kind: 'shown', value })}\\n`);\n" + code)
    return Script(path, options=["--experimental-eventsource"], environment={"MORTISE_API_KEY": key})


def test_the_documented_program_for_node_js(server, tenant, tmp_path):
    tenant.admin.put("/api/v1/flags/new-checkout", FLAG).expect(201)
    tenant.admin.put("/api/v1/flags/new-checkout/overrides/users/ada", {"variant": "on"}).expect(200)
    with run_documented(0, server, tenant.key, tmp_path) as script:
        assert script.next("shown")["value"] is True


def test_the_documented_program_for_pages(server, tenant, tmp_path):
    key = tenant.make_key(["flags:evaluate_client"])
    tenant.admin.put("/api/v1/flags/new-checkout", FLAG | {"mortise": {"client": True}}).expect(201)
    script = run_documented(1, server, key, tmp_path)
    try:
        assert script.next("shown")["value"] is False
        tenant.admin.put("/api/v1/flags/new-checkout/overrides/users/ada", {"variant": "on"}).expect(200)
        assert script.next("shown")["value"] is True
    finally:
        script.process.kill()
        script.process.wait()
