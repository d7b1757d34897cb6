"""OpenFeature's own SDKs and OFREP providers from npm, unmodified: typed values, reasons, and changes as they happen."""
import pytest

import mortise_server
from mortise_fixtures import log_in
from mortise_server import Server
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


def test_the_web_sdk_comes_back_after_a_restart():
    """The stream ends with the server; the provider finds it again, and what changed meanwhile."""
    own = Server()
    try:
        own.start()
        client = own.client(Authorization=f"Bearer {log_in(own)['access_token']}")
        client.put("/api/v1/flags/f", FLAG).expect(201)
        key = client.post("/api/v1/api-keys", {"name": "k", "scopes": ["flags:read"]}).expect(201).json()["key"]
        with Script("openfeature_web.mjs", url_of(own), key, options=["--experimental-eventsource"]) as script:
            script.next("ready")
            own.stop()
            port = own.port
            start_on(own, port)
            client = own.client(Authorization=f"Bearer {log_in(own)['access_token']}")
            client.put("/api/v1/flags/f", FLAG | {"defaultVariant": "on"}).expect(200)
            while script.ask("evaluate", flag="f", fallback=False)["value"] is not True:
                script.next("changed")
    finally:
        own.close()


def start_on(server, port):
    """The same port again: a client knows no other."""
    free_port = mortise_server.free_port
    mortise_server.free_port = lambda: port
    try:
        server.start()
    finally:
        mortise_server.free_port = free_port
