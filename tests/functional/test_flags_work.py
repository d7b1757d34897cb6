"""Work on flags over HTTP and by `mortise flag`: history, export, usage, explanations, change requests."""
import datetime
import json
import subprocess
import time

import pytest

from mortise_fixtures import log_in
from mortise_server import binary, clean_environment

OFREP = "/ofrep/v1/evaluate/flags"
REQUESTS = "/api/v1/flag-change-requests"
PASSWORD = "a long enough password"


def flag(default="off", rule=None, **more):
    made = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": default} | more
    return made if rule is None else made | {"targeting": rule}


def put(client, key, definition, status=201, query=""):
    return client.put(f"/api/v1/flags/{key}{query}", definition).expect(status)


def ask(tenant, key, **context):
    return tenant.api.post(f"{OFREP}/{key}", {"context": context}).expect(200).json()


def person(server, tenant, name):
    """A user of the tenant that may do all with flags."""
    email = f"{name}@{tenant.slug}.example.com"
    tenant.admin.post("/api/v1/users", {"email": email, "password": PASSWORD, "roles": ["tenant_admin"]}).expect(201)
    token = log_in(server, email, PASSWORD, tenant=tenant.slug)["access_token"]
    return server.client(Authorization=f"Bearer {token}")


# ---- history ----

def test_history_says_who_did_what_and_why(tenant_a, tenant_b):
    put(tenant_a.admin, "f", flag(), query="?comment=for%20ticket%2042")
    put(tenant_a.admin, "f", flag("on"), 200)
    tenant_a.admin.put("/api/v1/flags/f/overrides/users/ada?comment=ada%20asked", {"variant": "off"}).expect(200)
    items = tenant_a.admin.get("/api/v1/flags/f/history").expect(200).json()["items"]
    assert [(one["version"], one["kind"], one["action"], one["comment"]) for one in items] == [
        (3, "user_override", "created", "ada asked"), (2, "flag", "updated", ""), (1, "flag", "created", "for ticket 42")]
    assert (items[0]["targeting_key"], items[0]["before"], items[0]["after"]) == ("ada", None, {"variant": "off"})
    assert (items[1]["before"], items[1]["after"]) == (flag(), flag("on"))
    assert items[2]["author"]["kind"] == "user" and items[2]["change_request"] is None
    assert tenant_a.admin.get("/api/v1/flags/f/history/2").expect(200).json() == items[1]
    page = tenant_a.admin.get("/api/v1/flags/f/history?limit=2").json()
    rest = tenant_a.admin.get(f"/api/v1/flags/f/history?limit=2&cursor={page['next_cursor']}").json()
    assert page["items"] + rest["items"] == items and rest["next_cursor"] is None
    tenant_b.admin.get("/api/v1/flags/f/history").expect_problem(404, "flag_not_found")
    tenant_a.admin.put("/api/v1/flags/f?comment=" + "x" * 1001, flag()).expect_problem(400, "invalid_comment")


def test_a_version_is_restored(tenant_a):
    put(tenant_a.admin, "f", flag())
    put(tenant_a.admin, "f", flag("on"), 200)
    assert ask(tenant_a, "f")["value"] is True
    restored = tenant_a.admin.post("/api/v1/flags/f/history/1/restore?comment=back").expect(200).json()
    assert (restored["version"], restored["after"], restored["comment"]) == (3, flag(), "back")
    assert ask(tenant_a, "f")["value"] is False
    tenant_a.admin.delete("/api/v1/flags/f").expect(204)
    tenant_a.admin.post("/api/v1/flags/f/history/4/restore").expect_problem(409, "nothing_to_restore")
    tenant_a.admin.post("/api/v1/flags/f/history/2/restore").expect(200)
    assert ask(tenant_a, "f")["value"] is True
    tenant_a.admin.post("/api/v1/flags/f/history/99/restore").expect_problem(404, "version_not_found")
    tenant_a.api.get("/api/v1/flags/f/history").expect(200)


def test_a_deleted_flag_comes_back_with_its_overrides(tenant_a):
    put(tenant_a.admin, "f", flag())
    for whose in ("tenant", "users/ada"):
        tenant_a.admin.put(f"/api/v1/flags/f/overrides/{whose}", {"variant": "on"}).expect(200)
    tag = tenant_a.admin.get("/api/v1/flags/f").etag
    tenant_a.admin.delete("/api/v1/flags/f").expect(204)
    went = tenant_a.admin.get("/api/v1/flags/f/history").json()["items"][1]
    assert (went["kind"], went["action"], went["before"]) == ("overrides", "deleted", {"count": 2, "kept": 2})
    restored = tenant_a.admin.post("/api/v1/flags/f/history/1/restore").expect(200).json()
    assert (restored["kind"], restored["overrides_restored"]) == ("flag", 2)
    assert ask(tenant_a, "f", targetingKey="ada")["value"] is True and ask(tenant_a, "f")["value"] is True
    tenant_a.admin.post("/api/v1/flags/f/history/7/restore").expect_problem(409, "nothing_to_restore")
    # The tag of before is of something else.
    tenant_a.admin.put("/api/v1/flags/f", flag("on"), headers={"If-Match": tag}).expect_problem(412, "version_mismatch")


def test_sets_and_segments_have_a_history(tenant_a):
    for team in ("x", "y"):
        tenant_a.admin.put("/api/v1/flag-set", {"metadata": {"team": team}}).expect(200)
    tenant_a.admin.post("/api/v1/flag-set/history/1/restore").expect(200)
    assert tenant_a.admin.get("/api/v1/flag-set").json()["metadata"] == {"team": "x"}
    assert len(tenant_a.admin.get("/api/v1/flag-set/history").json()["items"]) == 3
    for who in ("ada", "eve"):
        tenant_a.admin.put("/api/v1/flag-segments/s", {"included": [who]})
    tenant_a.admin.post("/api/v1/flag-segments/s/history/1/restore").expect(200)
    assert tenant_a.admin.get("/api/v1/flag-segments/s").json()["included"] == ["ada"]


# ---- export and import ----

def test_an_export_is_what_an_import_takes(tenant_a, tenant_b):
    document = {"fractional": "v3", "metadata": {"team": "x"}, "$evaluators": {"yes": {"==": [1, 1]}},
                "flags": {"a": flag(rule={"if": [{"$ref": "yes"}, "on"]}), "b": flag()}}
    tenant_a.admin.post("/api/v1/flags/import", document).expect(200)
    exported = tenant_a.admin.get("/api/v1/flags/export").expect(200)
    assert exported.json() == document
    done = tenant_b.admin.post("/api/v1/flags/import", exported.json()).expect(200).json()
    assert (done["created"], done["updated"], done["unchanged"], done["deleted"]) == (2, 0, 0, 0)
    assert tenant_b.admin.get("/api/v1/flags/export").etag == exported.etag
    assert ask(tenant_b, "a")["value"] is True
    again = tenant_b.admin.post("/api/v1/flags/import", exported.json()).expect(200).json()
    assert (again["updated"], again["unchanged"]) == (0, 2)


def test_an_import_may_prune_and_be_conditional(tenant_a):
    tenant_a.admin.post("/api/v1/flags/import", {"flags": {"a": flag(), "b": flag()}}).expect(200)
    seen = tenant_a.admin.get("/api/v1/flags/export").etag
    wanted = {"flags": {"b": flag("on")}}
    done = tenant_a.admin.post("/api/v1/flags/import?prune=true", wanted, headers={"If-Match": seen}).expect(200).json()
    assert (done["updated"], done["deleted"]) == (1, 1)
    tenant_a.admin.get("/api/v1/flags/a").expect_problem(404)
    tenant_a.admin.post("/api/v1/flags/import", wanted, headers={"If-Match": seen}).expect_problem(412, "version_mismatch")


# ---- answers ----

def test_an_explanation_goes_step_by_step(tenant_a):
    rule = {"if": [{"in": [{"var": "email"}, ["ada@example.com"]]}, "on", None]}
    put(tenant_a.admin, "f", flag(rule=rule))
    told = tenant_a.admin.post("/api/v1/flags/f/explain", {"context": {"targetingKey": "u", "email": "ada@example.com"}})
    told = told.expect(200).json()
    assert (told["evaluation"]["value"], told["evaluation"]["reason"]) == (True, "TARGETING_MATCH")
    assert [one["step"] for one in told["steps"]] == [
        "state", "user_override", "tenant_override", "plan_override", "targeting"]
    assert told["steps"][-1]["decided"] is True
    assert told["steps"][-1]["operations"] == [
        {"pointer": "/targeting/if/0/in/0/var", "operation": "var", "value": "ada@example.com"},
        {"pointer": "/targeting/if/0/in", "operation": "in", "value": True},
        {"pointer": "/targeting/if", "operation": "if", "value": "on"}]
    tenant_a.admin.put("/api/v1/flags/f/overrides/users/u", {"variant": "off"}).expect(200)
    told = tenant_a.admin.post("/api/v1/flags/f/explain", {"context": {"targetingKey": "u"}}).expect(200).json()
    assert told["steps"][-1] == {"step": "user_override", "targeting_key": "u", "variant": "off",
                                 "pointer": "/variants/off", "decided": True}
    assert told["evaluation"]["value"] is False
    tenant_a.admin.post("/api/v1/flags/nope/explain", {"context": {}}).expect_problem(404, "flag_not_found")
    tenant_a.admin.post("/api/v1/flags/f/explain", {}).expect_problem(400, "invalid_body")


def test_a_list_of_contexts_is_evaluated(tenant_a):
    put(tenant_a.admin, "f", flag(rule={"if": [{"==": [{"var": "targetingKey"}, "ada"]}, "on"]}))
    contexts = [{"targetingKey": "ada"}, {"targetingKey": "eve"}, {}]
    answer = tenant_a.api.post("/api/v1/flags/evaluate", {"contexts": contexts, "flags": ["f", "nope"]}).expect(200)
    results = answer.json()["results"]
    assert [one["flags"][0]["value"] for one in results] == [True, False, False]
    assert [one["flags"][0] for one in results] == [ask(tenant_a, "f", **context) for context in contexts]
    assert results[0]["flags"][1]["errorCode"] == "FLAG_NOT_FOUND"
    whole = tenant_a.api.post("/api/v1/flags/evaluate", {"contexts": [{}]}).expect(200).json()
    assert [one["key"] for one in whole["results"][0]["flags"]].count("f") == 1
    tenant_a.api.post("/api/v1/flags/evaluate", {"contexts": [{"targetingKey": 1}]}).expect_problem(400, "invalid_body")


def test_answers_are_counted(tenant_a, tenant_b):
    put(tenant_a.admin, "f", flag())
    tenant_a.admin.put("/api/v1/flags/f/overrides/users/ada", {"variant": "on"}).expect(200)
    for _ in range(3):
        ask(tenant_a, "f", targetingKey="eve")
    tenant_a.api.post(OFREP, {"context": {"targetingKey": "ada"}}).expect(200)
    tenant_a.api.post("/api/v1/flags/evaluate", {"contexts": [{"targetingKey": "ada"}], "flags": ["f"]}).expect(200)
    tenant_a.admin.post("/api/v1/flags/f/explain", {"context": {}}).expect(200)  # nobody's answer
    usage = tenant_a.admin.get("/api/v1/flags/f/usage").expect(200).json()
    assert usage["variants"] == [{"variant": "off", "count": 3}, {"variant": "on", "count": 2}]
    today = usage["last_evaluated"]
    assert {one["day"] for one in usage["days"]} == {today}
    assert abs(datetime.date.fromisoformat(today) - datetime.datetime.now(datetime.timezone.utc).date()).days <= 1
    tenant_b.admin.get("/api/v1/flags/f/usage").expect_problem(404, "flag_not_found")
    tenant_a.admin.get("/api/v1/flags/f/usage?days=401").expect_problem(400, "invalid_parameter")


def test_stale_flags_are_listed(tenant_a):
    for key in ("silent", "same", "both"):
        put(tenant_a.admin, key, flag())
    tenant_a.admin.put("/api/v1/flags/both/overrides/users/ada", {"variant": "on"}).expect(200)
    for key, user in (("same", "eve"), ("both", "eve"), ("both", "ada")):
        ask(tenant_a, key, targetingKey=user)
    tenant_a.admin.get("/api/v1/flags/same/usage").expect(200)  # what was counted is written
    stale = tenant_a.admin.get("/api/v1/flags?stale=true&days=0&limit=100").expect(200).json()["items"]
    reasons = {one["key"]: one["stale"] for one in stale}
    assert reasons["silent"] == {"reason": "not_evaluated", "variant": None, "last_evaluated": None}
    assert (reasons["same"]["reason"], reasons["same"]["variant"]) == ("one_variant", "off")
    assert "both" not in reasons
    young = tenant_a.admin.get("/api/v1/flags?stale=true&limit=100").expect(200).json()["items"]
    assert not {"silent", "same", "both"} & {one["key"] for one in young}
    tenant_a.admin.get("/api/v1/flags?stale=perhaps").expect_problem(400, "invalid_parameter")


# ---- change requests ----

def changes(key="f", default="on"):
    return [{"op": "put_flag", "key": key, "definition": flag(default)}]


def test_changes_that_need_approvals(server, tenant_a):
    ann, bob = (person(server, tenant_a, name) for name in ("ann", "bob"))
    put(tenant_a.admin, "f", flag())
    tenant_a.admin.put("/api/v1/flag-environments/production", {"approvals_required": 1}).expect(200)
    put_directly = tenant_a.admin.put("/api/v1/flags/f", flag("on"))
    put_directly.expect_problem(409, "approval_required")
    tenant_a.admin.post("/api/v1/flags/import", {"flags": {}}).expect_problem(409, "approval_required")
    made = ann.post(REQUESTS, {"title": "switch f on", "changes": changes()}).expect(201)
    path = f"{REQUESTS}/{made.json()['id']}"
    assert (made.json()["state"], made.json()["approvals"], made.json()["approvals_required"]) == ("open", 0, 1)
    ann.post(f"{path}/apply").expect_problem(409, "approval_required")
    ann.post(f"{path}/approve", headers={"If-Match": made.etag}).expect_problem(403, "own_change_request")
    bob.post(f"{path}/approve").expect_problem(428)
    approved = bob.post(f"{path}/approve?comment=fine", headers={"If-Match": made.etag}).expect(200)
    assert approved.json()["reviews"][0]["comment"] == "fine"
    # An edit voids the approval, and what was approved is not applied.
    edited = ann.put(path, {"title": "switch g on", "changes": changes("g")}, headers={"If-Match": approved.etag}).expect(200)
    assert edited.json()["approvals"] == 0
    ann.post(f"{path}/apply").expect_problem(409, "approval_required")
    bob.post(f"{path}/approve", headers={"If-Match": approved.etag}).expect_problem(412)
    bob.post(f"{path}/approve", headers={"If-Match": edited.etag}).expect(200)
    assert ann.post(f"{path}/apply").expect(200).json()["state"] == "applied"
    assert ask(tenant_a, "g")["value"] is True
    assert ask(tenant_a, "f")["value"] is False
    entry = tenant_a.admin.get("/api/v1/flags/g/history").json()["items"][0]
    assert entry["change_request"] == made.json()["id"] and entry["comment"] == "switch g on"
    # Fire is put out at once.
    tenant_a.admin.put("/api/v1/flags/g/kill-switch", {"reason": "smoke"}).expect(200)


def test_an_api_key_does_not_approve(tenant_a):
    key = tenant_a.make_key(["flags:read", "flags:write", "flags:approve"])
    client = tenant_a.api.with_headers(X_API_Key=key)
    made = tenant_a.admin.post(REQUESTS, {"title": "t", "changes": changes("k")}).expect(201)
    path = f"{REQUESTS}/{made.json()['id']}"
    client.post(f"{path}/approve", headers={"If-Match": made.etag}).expect_problem(403, "person_required")
    tenant_a.api.post(f"{path}/approve", headers={"If-Match": made.etag}).expect_problem(403, "scope_required")


def test_a_request_is_applied_to_what_it_was_made_for(tenant_a):
    put(tenant_a.admin, "f", flag())
    made = tenant_a.admin.post(REQUESTS, {"title": "t", "changes": changes("new") + changes("f")}).expect(201)
    path = f"{REQUESTS}/{made.json()['id']}"
    put(tenant_a.admin, "f", flag(metadata={"by": "another"}), 200)
    assert tenant_a.admin.get(path).json()["outdated"] is True
    tenant_a.admin.post(f"{path}/apply").expect_problem(409, "change_request_outdated")
    tenant_a.admin.get("/api/v1/flags/new").expect_problem(404)
    tenant_a.admin.post(f"{path}/withdraw").expect(200)
    states = [one["state"] for one in tenant_a.admin.get(f"{REQUESTS}?state=withdrawn").json()["items"]]
    assert states == ["withdrawn"]
    tenant_a.admin.get(f"{REQUESTS}?state=lost").expect_problem(400, "invalid_state")


def test_what_is_wrong_with_a_request_is_said_at_once(tenant_a):
    problem = tenant_a.admin.post(REQUESTS, {"title": "t", "changes": [
        {"op": "put_flag", "key": "f", "definition": flag("nope")}]}).expect_problem(400, "invalid_flag")
    assert problem["errors"][0]["pointer"] == "/changes/0/definition/defaultVariant"
    tenant_a.admin.post(REQUESTS, {"title": "", "changes": changes()}).expect_problem(400, "invalid_change_request")
    tenant_a.admin.post(REQUESTS, {"title": "t", "changes": [{"op": "nope"}]}).expect_problem(400, "invalid_body")
    tenant_a.admin.get(f"{REQUESTS}/nobody").expect_problem(404, "change_request_not_found")


def wait_for_state(client, path, state):
    for _ in range(600):
        seen = client.get(path).expect(200).json()
        if seen["state"] == state:
            return seen
        time.sleep(0.1)
    raise AssertionError(f"is {seen['state']}, not {state}")


def test_a_scheduled_change_is_made_at_its_time(tenant_a):
    put(tenant_a.admin, "f", flag())
    far = {"title": "t", "changes": changes(), "apply_at": "2099-01-01T00:00:00Z"}
    made = tenant_a.admin.post(REQUESTS, far).expect(201)
    path = f"{REQUESTS}/{made.json()['id']}"
    tenant_a.admin.post(f"{path}/apply").expect_problem(409, "change_request_scheduled")
    soon = datetime.datetime.now(datetime.timezone.utc).isoformat()
    tenant_a.admin.put(path, far | {"apply_at": soon}, headers={"If-Match": made.etag}).expect(200)
    wait_for_state(tenant_a.admin, path, "applied")
    assert ask(tenant_a, "f")["value"] is True


def test_a_revoked_key_changes_nothing_later(server, tenant_a):
    put(tenant_a.admin, "f", flag())
    key = tenant_a.admin.post("/api/v1/api-keys", {"name": "k", "scopes": ["flags:read", "flags:write"]}).expect(201).json()
    soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=3)).isoformat()
    made = server.client(Authorization=f"Bearer {key['key']}").post(
        REQUESTS, {"title": "t", "changes": changes(), "apply_at": soon}).expect(201)
    tenant_a.admin.delete(f"/api/v1/api-keys/{key['id']}").expect(204)
    path = f"{REQUESTS}/{made.json()['id']}"
    wait_for_state(tenant_a.admin, path, "failed")
    assert tenant_a.admin.get(path).json()["error"] == "author_not_allowed"
    assert ask(tenant_a, "f")["value"] is False


# ---- the command line ----

@pytest.fixture
def cli(server, tenant_a, tmp_path):
    key = tenant_a.make_key(["flags:read", "flags:write"])

    def run(*arguments, code=0, key=key):
        done = subprocess.run([binary(), "flag", *arguments, "--server", f"http://127.0.0.1:{server.port}"],
                              capture_output=True, text=True, cwd=tmp_path, env=clean_environment(MORTISE_API_KEY=key))
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr
    return run


def test_flags_are_kept_as_files(cli, tenant_a, tmp_path):
    put(tenant_a.admin, "a", flag())
    put(tenant_a.admin, "b", flag())
    cli("pull", "--out", "flags.json")
    document = json.loads((tmp_path / "flags.json").read_text())
    assert document["flags"] == {"a": flag(), "b": flag()}
    assert cli("diff", "flags.json", "--prune") == ""
    document["flags"]["a"]["defaultVariant"] = "on"
    del document["flags"]["b"]
    document["flags"]["c"] = flag()
    (tmp_path / "flags.json").write_text(json.dumps(document))
    assert cli("diff", "flags.json", code=3) == "~ a\n    /defaultVariant\n+ c\n"
    told = json.loads(cli("diff", "flags.json", "--prune", "--json", code=3))
    assert [(one["key"], one["change"]) for one in told["differences"]] == [
        ("a", "updated"), ("c", "created"), ("b", "deleted")]
    cli("apply", "flags.json", "--prune", "--comment", "by file: 100 %")
    assert ask(tenant_a, "a")["value"] is True
    tenant_a.admin.get("/api/v1/flags/b").expect_problem(404)
    assert tenant_a.admin.get("/api/v1/flags/a/history").json()["items"][0]["comment"] == "by file: 100 %"
    assert "nothing to do" in cli("apply", "flags.json", "--prune")
    assert cli("diff", "flags.json", "--prune") == ""


def test_a_file_may_become_a_change_request(cli, tenant_a, tmp_path):
    put(tenant_a.admin, "a", flag())
    (tmp_path / "flags.json").write_text(json.dumps({"flags": {"a": flag("on")}}))
    told = json.loads(cli("apply", "flags.json", "--request", "from a file", "--json"))
    assert ask(tenant_a, "a")["value"] is False
    tenant_a.admin.post(f"{REQUESTS}/{told['change_request']}/apply").expect(200)
    assert ask(tenant_a, "a")["value"] is True


def test_the_command_explains(cli, tenant_a):
    put(tenant_a.admin, "f", flag(rule={"if": [{"==": [{"var": "plan"}, "standard"]}, "on"]}))
    told = cli("explain", "f", "--context", '{"targetingKey": "ada"}')
    assert told.startswith("f: true (TARGETING_MATCH)\n")
    assert '/targeting/if/0/==/0/var = "standard"' in told and "=> targeting" in told


def test_a_bootstrap_file_is_what_one_context_gets(cli, tenant_a, tmp_path):
    swiss = flag(rule={"if": [{"==": [{"var": "country"}, "CH"]}, "on"]})
    put(tenant_a.admin, "swiss", swiss | {"mortise": {"client": True}})
    put(tenant_a.admin, "sleeping", flag(state="DISABLED"))
    put(tenant_a.admin, "broken", flag(rule={"if": [{"+": [{"var": "country"}, 1]}, "on"]}))
    context = json.dumps({"targetingKey": "ada", "country": "CH"})

    def written():  # the tenant inherits what others gave the platform
        whole = json.loads((tmp_path / "b.json").read_text())
        return len(whole), {key: whole[key] for key in ("swiss", "sleeping", "broken") if key in whole}

    told = cli("bootstrap", "--format", "ofrep", "--context", context, "--out", "b.json")
    count, own = written()
    assert told.startswith(f"{count} flags in b.json\n") and "left out: " in told and "broken (GENERAL)" in told
    assert own == {
        "sleeping": {"variants": {}, "defaultVariant": "", "disabled": True},
        "swiss": {"variants": {"on": True}, "defaultVariant": "on", "disabled": False}}
    told = json.loads(cli("bootstrap", "--format", "ofrep", "--context", context, "--out", "b.json", "--json"))
    assert (told["ok"], told["flags"]) == (True, count)
    assert {"key": "broken", "code": "GENERAL"} in told["left_out"]
    # Nobody's: an attribute that isn't there counts as 0.
    told = json.loads(cli("bootstrap", "--format", "ofrep", "--out", "b.json", "--json"))
    assert "broken" in written()[1] and "broken" not in {one["key"] for one in told["left_out"]}
    assert json.loads((tmp_path / "b.json").read_text())["swiss"]["defaultVariant"] == "off"
    # For pages: what clients may see.
    cli("bootstrap", "--format", "ofrep", "--out", "b.json", key=tenant_a.make_key(["flags:evaluate_client"]))
    assert written()[1].keys() == {"swiss"}
    # Of an environment.
    staging = tenant_a.admin.with_headers(Mortise_Environment="staging")
    staging.put("/api/v1/flags/swiss", flag("on")).expect(200)
    cli("bootstrap", "--format", "ofrep", "--environment", "staging", "--out", "b.json")
    assert json.loads((tmp_path / "b.json").read_text())["swiss"]["defaultVariant"] == "on"


def test_a_bootstrap_file_for_clients_of_unleash(cli, tenant_a, tmp_path):
    put(tenant_a.admin, "plain", flag("on"))
    put(tenant_a.admin, "half", flag(rule={"fractional": [["on", 50], ["off", 50]]}))
    told = json.loads(cli("bootstrap", "--format", "unleash", "--out", "u.json", "--json"))
    document = json.loads((tmp_path / "u.json").read_text())
    assert told["flags"] == len(document["features"]) and "half" in {one["key"] for one in told["left_out"]}
    assert "plain" in {one["name"] for one in document["features"]}
    assert document == tenant_a.api.get("/api/client/features").json()


def test_a_bootstrap_that_is_refused_leaves_the_file(cli, tmp_path):
    (tmp_path / "b.json").write_text("as it was")
    for arguments, code, reason in (
            (("--format", "ofrep", "--context", "{"), 1, "no JSON"),
            (("--format", "ofrep", "--context", '{"targetingKey": 1}'), 1, "INVALID_CONTEXT"),
            (("--format", "ofrep", "--context", "[]"), 1, "INVALID_CONTEXT"),
            (("--format", "ofrep", "--environment", "nowhere"), 1, "no environment of this name"),
            (("--format", "unleash", "--context", "{}"), 2, "--context"),
            (("--format", "toml"), 2, "--format"),
            ((), 2, "--format")):
        assert reason in cli("bootstrap", *arguments, "--out", "b.json", code=code), arguments
    cli("bootstrap", "--format", "ofrep", "--out", "b.json", code=1, key="mk_wrong")
    cli("bootstrap", "--format", "ofrep", "--out", "nowhere/b.json", code=1)
    assert "--out" in cli("bootstrap", "--format", "ofrep", code=2)
    assert (tmp_path / "b.json").read_text() == "as it was"
    assert [path.name for path in tmp_path.iterdir()] == ["b.json"]
