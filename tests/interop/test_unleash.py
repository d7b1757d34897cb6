"""The npm package unleash-client, unmodified, over the same flags; and where it can't, nothing is pretended."""
import pytest

from npm_node import Script

FLAG = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}


def rule(condition, value="on"):
    return FLAG | {"targeting": {"if": [condition, value]}}


@pytest.fixture
def tenant(tenant_a):
    for key, definition in {
            "always": FLAG | {"defaultVariant": "on"},
            "never": FLAG,
            "sleeping": FLAG | {"state": "DISABLED", "defaultVariant": "on"},
            "swiss": rule({"==": [{"var": "country"}, "CH"]}),
            "staff": rule({"or": [{"ends_with": [{"var": "email"}, "@example.com"]},
                                  {"in": [{"var": "targetingKey"}, ["root", "admin"]]}]}),
            "not-ours": rule({"and": [{"!": [{"starts_with": [{"var": "email"}, "bot-"]}]},
                                      {"!=": [{"var": "country"}, "XX"]}]}),
            "half": FLAG | {"targeting": {"fractional": [["on", 50], ["off", 50]]}},
            "colour": {"state": "ENABLED", "variants": {"red": "#f00", "blue": "#00f", "grey": "#888"},
                       "defaultVariant": "grey",
                       "targeting": {"if": [{"==": [{"var": "country"}, "CH"]}, "red",
                                            {"==": [{"var": "country"}, "AL"]}, "blue"]}},
            "count": {"state": "ENABLED", "variants": {"few": 3}, "defaultVariant": "few"},
            "object": {"state": "ENABLED", "variants": {"o": {"a": 1}}, "defaultVariant": "o"},
    }.items():
        tenant_a.admin.put(f"/api/v1/flags/{key}", definition).expect(201)
    tenant_a.admin.put("/api/v1/flags/always/overrides/users/eve", {"variant": "off"}).expect(200)
    tenant_a.admin.put("/api/v1/flags/swiss/overrides/users/eve", {"variant": "on"}).expect(200)
    return tenant_a


CONTEXTS = [{"userId": "ada", "properties": {"country": "CH", "email": "ada@example.com"}},
            {"userId": "eve", "properties": {"country": "AL"}},
            {"userId": "root", "properties": {"email": "bot-7@example.org", "country": "XX"}},
            {"userId": "nobody"}, {"userId": "bot", "properties": {"email": "bot-1@example.com", "country": "ch"}}]


def ours(tenant, flag, context):
    """The same question by OFREP: (value, variant), or nothing."""
    attributes = context.get("properties", {}) | {"targetingKey": context["userId"]}
    answer = tenant.api.post(f"/ofrep/v1/evaluate/flags/{flag}", {"context": attributes}).json()
    return answer.get("value"), answer.get("variant")


def test_the_client_agrees_with_our_evaluation(server, tenant):
    with Script("unleash_client.mjs", f"http://127.0.0.1:{server.port}", tenant.key, 1000) as script:
        script.next("ready")
        for context in CONTEXTS:
            for flag in ("always", "never", "sleeping", "swiss", "staff", "not-ours"):
                answer = script.ask("evaluate", flag=flag, context=context, fallback=False)
                assert answer["on"] == (ours(tenant, flag, context)[0] is True), (flag, context)
            value, variant = ours(tenant, "colour", context)
            answer = script.ask("evaluate", flag="colour", context=context)
            assert (answer["on"], answer["variant"], answer["payload"]) == (True, variant, {"type": "string", "value": value})
        assert script.ask("evaluate", flag="count", context={})["payload"] == {"type": "number", "value": "3"}
        assert script.ask("evaluate", flag="object", context={})["payload"] == {"type": "json", "value": '{"a":1}'}
        # What can't be expressed isn't there: the application's own fallback counts.
        for fallback in (True, False):
            assert script.ask("evaluate", flag="half", context=CONTEXTS[0], fallback=fallback)["on"] is fallback
            assert script.ask("evaluate", flag="nothing", context=CONTEXTS[0], fallback=fallback)["on"] is fallback


def test_the_client_follows_changes_registers_and_reports(server, tenant):
    with Script("unleash_client.mjs", f"http://127.0.0.1:{server.port}", tenant.key, 200) as script:
        script.next("registered")
        script.next("unchanged")  # asked with the tag, answered 304
        tenant.admin.put("/api/v1/flags/never", FLAG | {"defaultVariant": "on"}).expect(200)
        script.next("changed")
        assert script.ask("evaluate", flag="never", context=CONTEXTS[0])["on"] is True
        tenant.admin.delete("/api/v1/flags/never").expect(204)
        script.next("changed")
        assert script.ask("evaluate", flag="never", context=CONTEXTS[0])["on"] is False
        script.ask("report", kind="sent")


def test_a_wrong_key_is_told(server):
    with Script("unleash_client.mjs", f"http://127.0.0.1:{server.port}", "mk_nonsense", 1000) as script:
        assert "401" in script.next("error")["message"]
