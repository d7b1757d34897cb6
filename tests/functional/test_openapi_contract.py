"""Every operation of /openapi.json does what the document says: what it allows is done and answered as described;
what it forbids is refused with a code, and for its own fault, since all else about the request is right.

ARRANGED says what an operation needs to be there. One that is not in it is asked all the same, about nothing that
is there.
"""
import itertools
import json
import re
import secrets
import urllib.parse

import pytest

import json_schema
from license_tool import ALL_PLUGINS, DevelopmentVendor
from mortise_fixtures import Tenant, log_in

METHODS = ("get", "put", "post", "delete", "patch")
FLAG = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "on"}
_numbers = itertools.count(1)


def name_of(kind):
    return f"{kind}{next(_numbers)}"


class Operation:
    def __init__(self, document, path, method, operation):
        self.document, self.path, self.method = document, path, method.upper()
        self.id = operation["operationId"]
        self.responses = operation["responses"]
        self.public = operation.get("security") == []
        parameters = [json_schema.resolve(one, document) for one in operation.get("parameters", [])]
        self.parameters = {place: {one["name"]: one for one in parameters if one["in"] == place}
                           for place in ("path", "query", "header")}
        content = operation.get("requestBody", {}).get("content", {})
        # JSON of any kind before anything else.
        self.type = next(iter(sorted(content, key=lambda name: "json" not in name)), None)
        self.schema = json_schema.resolve(content.get(self.type, {}).get("schema", {}), document)
        self.members = self.schema.get("properties", {}) if "json" in (self.type or "") else {}
        self.in_tenant = "Mortise-Tenant" in self.parameters["header"]
        self.ofrep = path.startswith("/ofrep/")
        # An answer without an end, which needs a ticket: test_flags_streams.py.
        self.streams = "text/event-stream" in self.responses.get("200", {}).get("content", {})
        # A parameter that is an object stands for any names.
        self.any_query = any(one["schema"].get("type") == "object" for one in self.parameters["query"].values())

    @property
    def if_match(self):
        return self.parameters["header"].get("If-Match")


class Request:
    """A request that the operation takes, to be asked once or changed before."""

    def __init__(self, path=None, body=None, data=None, etag=None):
        self.path, self.body, self.data, self.etag = path or {}, body, data, etag


# ---- what operations need ----

class World:
    def __init__(self, server, platform):
        self.server, self.platform = server, platform
        self.tenant = Tenant(server, platform, name_of("contract"))
        self.admin = self.tenant.admin
        self.user = self.licence = self.other = None
        self.model = self.new_decision_model()

    def install_licence(self, folder):
        """One with seats, and all else that the development licence has."""
        _, file = DevelopmentVendor(folder).issue(*ALL_PLUGINS, "--limit", "editors=100000,kind=seats,lease=15m,borrow=7d")
        self.licence = file.read_bytes()
        self.platform.post("/api/v1/licenses", data=self.licence, headers={"Content-Type": "text/plain"}).expect(201)

    def new_seat(self):
        body = {"limit": "editors", "holder": secrets.token_hex(4)}
        return Request({"id": self.admin.post("/api/v1/licenses/leases", body).expect(201).json()["id"]})

    def new_tenant(self, *steps):
        slug = name_of("tenant")
        self.platform.post("/api/v1/tenants", {"slug": slug, "name": "n", "plan": "standard"}).expect(201)
        for step in steps:
            self.platform.post(f"/api/v1/tenants/{slug}/{step}").expect(200)
        return Request({"slug": slug}, etag=self.platform.get(f"/api/v1/tenants/{slug}").etag)

    def some_user(self):
        if self.user is None:  # hashing takes a while, so there is one for all
            self.user = self.admin.post("/api/v1/users", new_user()).expect(201).json()["id"]
        return Request({"id": self.user}, etag=self.admin.get(f"/api/v1/users/{self.user}").etag)

    def new_login(self):
        """Of a user of its own, for who guesses often is slowed down."""
        user = new_user()
        self.admin.post("/api/v1/users", user).expect(201)
        return Request(body={"email": user["email"], "password": user["password"], "tenant": self.tenant.slug})

    def new_api_key(self):
        made = self.admin.post("/api/v1/api-keys", new_key()).expect(201)
        return Request({"id": made.json()["id"]})

    def new_flag(self, override=None):
        key = name_of("flag")
        etag = self.admin.put(f"/api/v1/flags/{key}", FLAG).expect(201).etag
        if override is not None:
            etag = self.admin.put(f"/api/v1/flags/{key}/overrides/{override}", {"variant": "off"}).expect(200).etag
        return Request({"key": key, "targeting_key": "ada"}, {"variant": "on"}, etag=etag)

    def new_flag_set(self):
        return Request(etag=self.admin.put("/api/v1/flag-set", {"metadata": {"a": 1}}).expect(200).etag)

    def archived_flag(self):
        request = self.new_flag()
        request.etag = self.admin.post(f"/api/v1/flags/{request.path['key']}/archive").expect(200).etag
        return request

    def killed_flag(self):
        request = self.new_flag()
        killed = self.admin.put(f"/api/v1/flags/{request.path['key']}/kill-switch", {"reason": "r"})
        request.etag = killed.expect(200).etag
        return request

    def promotable_flag(self):
        request = self.new_flag()
        self.admin.put(f"/api/v1/flags/{request.path['key']}", FLAG,
                       headers={"Mortise-Environment": "staging"}).expect(200)
        return with_body(request, {"from": "staging", "to": "production"})

    def new_segment(self):
        key = name_of("segment")
        body = {"name": "n", "description": "d", "included": ["ada"], "excluded": ["bob"], "rule": None}
        etag = self.admin.put(f"/api/v1/flag-segments/{key}", body).expect(201).etag
        return Request({"key": key}, body, etag=etag)

    def flag_with_history(self):
        request = self.new_flag()
        request.path["version"] = "1"
        return request

    def segment_with_history(self):
        request = self.new_segment()
        request.path["version"] = "1"
        return request

    def set_with_history(self):
        etag = self.admin.put("/api/v1/flag-set", {"metadata": {"name": name_of("set")}}).expect(200).etag
        return Request({"version": "1"}, etag=etag)

    def new_change_request(self, client=None):
        """The administrator's own, or somebody else's for the administrator to review."""
        client = client or self.admin
        body = change_request()
        made = client.post("/api/v1/flag-change-requests", body).expect(201)
        return Request({"id": made.json()["id"]}, body, etag=made.etag)

    def anothers_change_request(self):
        return self.new_change_request(self.colleague())

    def colleague(self):
        if self.other is None:
            user = new_user() | {"roles": ["tenant_admin"]}
            self.admin.post("/api/v1/users", user).expect(201)
            token = log_in(self.server, user["email"], user["password"], tenant=self.tenant.slug)["access_token"]
            self.other = self.server.client(Authorization=f"Bearer {token}")
        return self.other

    def new_environment(self):
        name = name_of("env").lower()[:32]
        etag = self.platform.put(f"/api/v1/flag-environments/{name}", {}).expect(201).etag
        return Request({"name": name}, etag=etag)

    def environment_of_tenant(self):
        etag = self.admin.get("/api/v1/flag-environments/staging").expect(200).etag
        return Request({"name": "staging"}, {"description": "d", "approvals_required": 0}, etag=etag)

    def plugin_of_tenant(self):
        slug = self.tenant.slug
        etag = self.platform.put(f"/api/v1/plugins/milestones/tenants/{slug}", {"enabled": True}).expect(200).etag
        return Request({"id": "milestones", "slug": slug}, {"enabled": True, "settings": {"page_size_default": 5}},
                       etag=etag)

    def milestone(self, *steps, **more):
        key = name_of("M")
        made = self.admin.post("/api/v1/milestones", {"key": key, "title": "t"} | more).expect(201)
        for step in steps:
            made = self.admin.post(f"/api/v1/milestones/{key}/{step}").expect(200)
        return Request({"key": key, "on": key}, {"title": "another", "progress": 5}, etag=made.etag)

    def two_milestones(self, depend):
        other = self.milestone()
        one = self.milestone(depends_on=[other.path["key"]] if depend else [])
        one.path["on"] = other.path["key"]
        return one

    def new_decision_model(self):
        """A published model whose decision is found by its name, too."""
        made = self.admin.post("/api/v1/rules/models", {"key": "greeting", "files": [{"name": "g.dmn", "xml": GREETING}]})
        key = made.expect(201).json()["key"]
        self.admin.post(f"/api/v1/rules/models/{key}/publish", {}).expect(200)
        return key

    def model_versions(self, *versions):
        """A model of its own, whose versions are published but for a last `draft`."""
        key = name_of("m").lower()
        made = self.admin.post("/api/v1/rules/models", {"key": key, "xml": OTHER}).expect(201)
        for number, version in enumerate(versions):
            if number > 0:
                made = self.admin.patch(f"/api/v1/rules/models/{key}", {"xml": OTHER}, headers={"If-Match": "*"})
            if version == "published":
                made = self.admin.post(f"/api/v1/rules/models/{key}/publish", {})
            made.expect(201 if number == 0 and version == "draft" else 200)
        return Request({"id": key, "key": key, "version": "1"}, {"name": "another"}, etag=made.etag)

    def decision_table(self):
        """The table of a model of simple rules."""
        key = name_of("m").lower()
        made = self.admin.post("/api/v1/rules/models", {"key": key, "simple": SIMPLE}).expect(201)
        path = f"/api/v1/rules/models/{key}/tables"
        table = self.admin.get(path).expect(200).json()["items"][0]["id"]
        return Request({"id": key, "table": table}, etag=made.etag)

    def decision_sheet(self):
        """The same, to be given back as it came."""
        asked = self.decision_table()
        path = f"/api/v1/rules/models/{asked.path['id']}/tables/{asked.path['table']}?format=csv"
        asked.data = self.admin.get(path).expect(200).body
        return asked

    def evaluation(self):
        made = self.admin.post(f"/api/v1/rules/models/{self.model}/evaluate", {"decision": "Greeting"}).expect(200)
        return Request({"id": made.json()["evaluation_id"]})


GREETING = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="G" namespace="urn:g">
<inputData id="n" name="name"><variable name="name" typeRef="string"/></inputData>
<decision id="g" name="Greeting"><variable name="Greeting" typeRef="string"/>
<informationRequirement><requiredInput href="#n"/></informationRequirement>
<literalExpression><text>"Hello " + name</text></literalExpression></decision></definitions>"""

SIMPLE = {"name": "Discount", "rules": [{
    "conditions": [{"input": "amount", "operator": "at_least", "value": 100}],
    "actions": [{"output": "percent", "value": 5}]}]}

OTHER = GREETING.replace("Greeting", "Other greeting").replace('id="g"', 'id="o"')


def new_user():
    return {"email": f"{secrets.token_hex(8)}@example.com", "password": "a long enough password", "roles": ["viewer"]}


def change_request():
    return {"title": "t", "description": "d", "apply_at": None,
            "changes": [{"op": "put_flag", "key": name_of("proposed"), "definition": FLAG}]}


def new_key():
    return {"name": name_of("key "), "scopes": ["milestones:read"], "expires_at": "2099-01-01T00:00:00Z"}


def new_milestone():
    return {"key": name_of("N"), "title": "t", "description": "d", "owner": "o", "due": "2024-02-29",
            "status": "at_risk", "progress": 7, "parent": None, "depends_on": []}


UNLEASH_REPORT = {"appName": "contract", "bucket": {"toggles": {"a": {"yes": 1, "no": 2}}}}

ARRANGED = {
    "login": lambda w: w.new_login(),
    "refresh_tokens": lambda w: Request(body={"refresh_token": log_in(w.server)["refresh_token"]}),
    "create_tenant": lambda w: Request(body={"slug": name_of("new"), "name": "n", "plan": "standard"}),
    "get_tenant": lambda w: w.new_tenant(),
    "update_tenant": lambda w: with_body(w.new_tenant(), {"name": "another", "plan": "standard"}),
    "suspend_tenant": lambda w: w.new_tenant(),
    "resume_tenant": lambda w: w.new_tenant("suspend"),
    "export_tenant": lambda w: w.new_tenant(),
    "delete_tenant": lambda w: w.new_tenant("suspend", "export"),
    "create_user": lambda w: Request(body=new_user()),
    "get_user": lambda w: w.some_user(),
    "update_user": lambda w: with_body(w.some_user(), {"roles": ["editor", "viewer"], "state": "active"}),
    "create_api_key": lambda w: Request(body=new_key()),
    "get_api_key": lambda w: w.new_api_key(),
    "revoke_api_key": lambda w: w.new_api_key(),
    "put_flag": lambda w: with_body(w.new_flag(), FLAG),
    "get_flag": lambda w: w.new_flag(),
    "delete_flag": lambda w: w.new_flag(),
    "import_flags": lambda w: Request(body={"flags": {name_of("imported"): FLAG}}),
    "list_flag_history": lambda w: w.flag_with_history(),
    "get_flag_version": lambda w: w.flag_with_history(),
    "restore_flag_version": lambda w: w.flag_with_history(),
    "list_flag_segment_history": lambda w: w.segment_with_history(),
    "get_flag_segment_version": lambda w: w.segment_with_history(),
    "restore_flag_segment_version": lambda w: w.segment_with_history(),
    "get_flag_set_version": lambda w: w.set_with_history(),
    "restore_flag_set_version": lambda w: w.set_with_history(),
    "explain_flag": lambda w: with_body(w.new_flag(), {"context": {"targetingKey": "ada"}}),
    "evaluate_flags": lambda w: Request(body={"contexts": [{"targetingKey": "ada"}], "flags": ["a"]}),
    "get_flag_usage": lambda w: w.new_flag(),
    "create_flag_change_request": lambda w: Request(body=change_request()),
    "get_flag_change_request": lambda w: w.new_change_request(),
    "edit_flag_change_request": lambda w: with_body(w.new_change_request(), change_request()),
    "approve_flag_change_request": lambda w: w.anothers_change_request(),
    "reject_flag_change_request": lambda w: w.anothers_change_request(),
    "withdraw_flag_change_request": lambda w: w.new_change_request(),
    "apply_flag_change_request": lambda w: w.new_change_request(),
    "put_flag_override_of_tenant": lambda w: w.new_flag("tenant"),
    "get_flag_override_of_tenant": lambda w: w.new_flag("tenant"),
    "delete_flag_override_of_tenant": lambda w: w.new_flag("tenant"),
    "put_flag_override_of_user": lambda w: w.new_flag("users/ada"),
    "get_flag_override_of_user": lambda w: w.new_flag("users/ada"),
    "delete_flag_override_of_user": lambda w: w.new_flag("users/ada"),
    "kill_flag": lambda w: with_body(w.new_flag(), {"reason": "r"}),
    "revive_flag": lambda w: w.killed_flag(),
    "archive_flag": lambda w: w.new_flag(),
    "unarchive_flag": lambda w: w.archived_flag(),
    "promote_flag": lambda w: w.promotable_flag(),
    "delete_flag_set": lambda w: w.new_flag_set(),
    "get_flag_segment": lambda w: w.new_segment(),
    "put_flag_segment": lambda w: w.new_segment(),
    "delete_flag_segment": lambda w: w.new_segment(),
    "get_flag_environment": lambda w: Request({"name": "production"}),
    "put_flag_environment": lambda w: w.environment_of_tenant(),
    "delete_flag_environment": lambda w: w.new_environment(),
    "ofrep_evaluate_flag": lambda w: with_body(w.new_flag(), {"context": {"targetingKey": "ada"}}),
    "ofrep_evaluate_flags": lambda w: Request(body={"context": {"targetingKey": "ada"}}),
    "unleash_frontend_by_body": lambda w: Request(body={"context": {"userId": "ada"}}),
    "unleash_metrics": lambda w: Request(body=UNLEASH_REPORT),
    "unleash_register": lambda w: Request(body={"appName": "contract"}),
    "unleash_frontend_metrics": lambda w: Request(body=UNLEASH_REPORT),
    "unleash_frontend_register": lambda w: Request(body={"appName": "contract"}),
    "install_license": lambda w: Request(data=w.licence),
    "check_out_seat": lambda w: Request(body={"limit": "editors", "holder": secrets.token_hex(4), "borrow_s": None}),
    "renew_seat": lambda w: w.new_seat(),
    "give_back_seat": lambda w: w.new_seat(),
    "request_activation": lambda w: Request(data=w.licence),
    "get_plugin": lambda w: Request({"id": "milestones"}),
    "get_plugin_of_tenant": lambda w: w.plugin_of_tenant(),
    "put_plugin_of_tenant": lambda w: w.plugin_of_tenant(),
    "reload_plugin": lambda w: Request({"id": "milestones"}),
    "milestones.create_milestone": lambda w: Request(body=new_milestone()),
    "milestones.import_milestones": lambda w: Request(data=f"key,title\n{name_of('C')},t\n".encode()),
    "milestones.read_milestone": lambda w: w.milestone(),
    "milestones.change_milestone": lambda w: w.milestone(),
    "milestones.delete_milestone": lambda w: w.milestone(),
    "milestones.complete_milestone": lambda w: w.milestone(),
    "milestones.cancel_milestone": lambda w: w.milestone(),
    "milestones.reopen_milestone": lambda w: w.milestone("complete"),
    "milestones.list_children": lambda w: w.milestone(),
    "milestones.list_dependencies": lambda w: w.milestone(),
    "milestones.list_dependants": lambda w: w.milestone(),
    "milestones.add_dependency": lambda w: w.two_milestones(depend=False),
    "milestones.remove_dependency": lambda w: w.two_milestones(depend=True),
    "rules.create_model": lambda w: Request(body={"key": name_of("m").lower(), "xml": GREETING}),
    "rules.validate_model": lambda w: Request(body={"xml": GREETING}),
    "rules.read_model": lambda w: w.model_versions("draft"),
    "rules.change_model": lambda w: w.model_versions("draft"),
    "rules.delete_model": lambda w: w.model_versions("published"),
    "rules.list_versions": lambda w: w.model_versions("published", "draft"),
    "rules.read_version": lambda w: w.model_versions("draft"),
    "rules.read_source": lambda w: w.model_versions("draft"),
    "rules.end_version": lambda w: with_body(w.model_versions("published"), {"valid_to": "9000-01-01"}),
    "rules.publish_model": lambda w: with_body(w.model_versions("draft"), {"valid_from": "2020-01-01"}),
    "rules.roll_back_model": lambda w: with_body(w.model_versions("published", "published"), {"version": 1}),
    "rules.list_decisions": lambda w: w.model_versions("published"),
    "rules.test_model": lambda w: w.model_versions("draft"),
    "rules.list_tables": lambda w: w.decision_table(),
    "rules.read_table": lambda w: w.decision_table(),
    "rules.import_table": lambda w: w.decision_sheet(),
    "rules.analyse_model": lambda w: w.decision_table(),
    "rules.read_pack": lambda w: Request({"name": "loan-decision"}),
    "rules.install_pack": lambda w: Request({"name": "loan-decision"}, {"key": name_of("m").lower(), "publish": True}),
    "rules.share_pack": lambda w: Request({"name": "loan-decision"}),
    "rules.share_model": lambda w: with_body(w.model_versions("draft"), {"xml": OTHER}),
    "rules.evaluate_model": lambda w: Request({"id": w.model}, {"decision": "Greeting", "context": {"name": "Ada"}}),
    "rules.evaluate_decision": lambda w: Request({"key": "Greeting"}, {"context": {"name": "Ada"}}),
    "rules.evaluate_feel": lambda w: Request(body={"expression": "a + 1", "context": {"a": 1}}),
    "rules.read_evaluation": lambda w: w.evaluation(),
    "rules.replay_evaluations": lambda w: Request(body={"model": w.model}),
}


def with_body(request, body):
    request.body = body
    return request


def sample(schema, document, depth=0):
    """A value that a schema may allow, in its smallest form."""
    schema = json_schema.resolve(schema, document)
    if "enum" in schema:
        return schema["enum"][0]
    types = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", ["object"])
    kind = next(iter(sorted(set(types) - {"null"})), "null")
    if kind == "object":
        return {name: sample(schema["properties"].get(name, {}), document, depth + 1)
                for name in schema.get("required", []) if depth < 5}
    return {"array": [], "string": "a" * max(1, schema.get("minLength", 1)), "boolean": True, "null": None}.get(
        kind, schema.get("minimum", 1))


# ---- asking ----

class Asker:
    def __init__(self, world):
        self.world = world
        self.found = []

    def arrange(self, operation):
        if operation.id in ARRANGED:
            return ARRANGED[operation.id](self.world)
        path = {name: "nobody" for name in operation.parameters["path"]}
        if not operation.type:
            return Request(path)
        body = sample(operation.schema, operation.document)
        return Request(path, body) if operation.members else Request(path, data=b"nothing")

    def ask(self, operation, request, query="", text=None, headers=None, client=None):
        """`text` instead of the body; `headers` beside the usual ones, None leaves one out."""
        url = re.sub(r"\{(\w+)\}", lambda found: urllib.parse.quote(request.path[found.group(1)], safe=""),
                     operation.path) + query
        data = text if text is not None else request.data
        if data is None and request.body is not None and operation.type:
            data = json.dumps(request.body).encode()
        sent = {"Content-Type": operation.type} if operation.type else {}
        if operation.if_match and request.etag:
            sent["If-Match"] = request.etag
        sent = {name: value for name, value in (sent | (headers or {})).items() if value is not None}
        return (client or self.client(operation)).request(operation.method, url, data=data, headers=sent)

    def client(self, operation):
        if operation.public:
            return self.world.server.client()
        if operation.id == "logout":  # ends the session that it is asked in
            return self.world.server.client(Authorization=f"Bearer {log_in(self.world.server)['access_token']}")
        return self.world.admin if operation.in_tenant else self.world.platform

    def check(self, operation, what, answer, refused=None):
        """`refused`: whether it must be (True), must not be (False), or may be (None)."""
        for fault in faults_of(operation, answer, refused):
            self.found.append(f"{operation.id} with {what:.120}: {fault}")

    def expect_none(self):
        assert not self.found, f"{len(self.found)} faults:\n" + "\n".join(self.found[:60])


def faults_of(operation, answer, refused):
    if answer.status >= 500:
        return [f"answers {answer.status} {answer.body[:200]}"]
    if refused is not None and refused != (answer.status >= 400):
        return [f"answers {answer.status} {answer.body[:300]}"]
    described = operation.responses.get(str(answer.status), operation.responses.get("default"))
    if answer.status < 400 and str(answer.status) not in operation.responses:
        return [f"answers {answer.status}, which the document does not know"]
    content = described.get("content", {})
    if not content:
        return ["answers a body"] if answer.body else []
    kind = answer.headers.get("content-type", "").split(";")[0]
    if kind not in content:
        return [f"answers {answer.status} as {kind}"]
    value = answer.json() if "json" in kind and kind != "application/x-ndjson" else answer.body.decode()
    found = json_schema.faults(content[kind].get("schema", {}), value, operation.document)
    if kind == "application/problem+json" and not re.fullmatch(r"[a-z][a-z0-9_]*", value.get("code", "")):
        found.append(f"has the code {value.get('code')!r}")
    return found


@pytest.fixture(scope="module")
def operations(anonymous):
    document = anonymous.get("/openapi.json").expect(200).json()
    return [Operation(document, path, method, item[method]) for path, item in document["paths"].items()
            for method in METHODS if method in item]


@pytest.fixture(scope="module")
def world(server, platform, tmp_path_factory):
    world = World(server, platform)
    world.install_licence(tmp_path_factory.mktemp("vendor"))
    return world


@pytest.fixture
def asker(world):
    return Asker(world)


def test_what_is_arranged_is_there(operations):
    assert set(ARRANGED) <= {operation.id for operation in operations}


def test_a_right_request_is_answered_as_described(operations, asker):
    for operation in [one for one in operations if not one.streams]:
        if operation.id in ARRANGED or (not operation.parameters["path"] and not operation.type):
            asker.check(operation, "a right request", asker.ask(operation, asker.arrange(operation)), refused=False)
    asker.expect_none()


# As JSON text, for some of it no JSON library would write.
VALUES = [
    "null", "true", "false", "0", "-1", "1", "101", "1.5", "1e400", "9223372036854775808", '""', '" "', '"a"', '"A"', "[]",
    "{}", "[null]", '["a"]', "[1]", '[""]', '{"a":1}', '"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"a\\nb"', '"-"',
    '"2023-02-29"', '"2024-02-29T25:00:00Z"', '"planned"', '"ENABLED"', '"' + "a" * 200 + '"', '"' + "é" * 201 + '"',
    '"' + "A" * 20000 + '"', "[" + ",".join(['"a"'] * 300) + "]", '"../../etc/passwd"', '"\' OR 1=1 --"',
    "[" * 30 + "]" * 30,
]


def is_json(text):
    return re.search(r"\\ud800|1e400", text) is None  # Python's parser is less strict than RFC 8259 and we are


def bodies(operation, body):
    """(what, body as text, whether it must be refused) for each member of the body, one changed at a time."""
    whole = {name: json.dumps(value) for name, value in body.items()}
    for name in operation.schema.get("required", []):
        yield f"no {name}", render({key: value for key, value in whole.items() if key != name}), True
    if operation.schema.get("additionalProperties") is False:
        yield "a surplus member", render(whole | {"surplus": "1"}), True
    for name, schema in operation.members.items():
        for text in VALUES:
            forbidden = not is_json(text) or json_schema.faults(schema, json.loads(text), operation.document) != []
            yield f"{name} = {text}", render(whole | {name: text}), forbidden or None
        yield f"{name} twice", render({**whole, name: "1"})[:-1] + f', "{name}": 1}}', True
    for text in ("", "{", "[]", "null", '"a"', "{}" + "x"):
        yield f"the body {text!r}", text, True if text != "{}" else None


def render(parts):
    return "{" + ", ".join(f'"{name}": {text}' for name, text in parts.items()) + "}"


def slows_down(answer):
    return answer.status == 429


def test_a_body_that_the_document_forbids_is_refused(operations, asker):
    """And what it allows is never our fault."""
    for operation in [one for one in operations if one.members]:
        request = asker.arrange(operation)
        for what, text, refused in bodies(operation, request.body):
            answer = asker.ask(operation, request, text=text.encode())
            asker.check(operation, what, answer, refused)
            if answer.status < 400:
                request = asker.arrange(operation)
            elif what.partition(" = ")[0] in operation.members and "errors" in answer.body.decode():
                names_another = not answer.json()["errors"][0]["pointer"].startswith("/" + what.partition(" = ")[0])
                if refused and names_another:
                    asker.check(operation, what + ", naming another member", answer, refused=False)
        if operation.id in ARRANGED and not slows_down(answer):  # it was the body, and nothing else
            asker.check(operation, "the right body at last", asker.ask(operation, asker.arrange(operation)), False)
    asker.expect_none()


TEXTS = ["", "0", "-1", "101", "1.5", "x", "99999999999999999999", "+1", "0x1", "maybe", "TRUE", "2023-02-29", "a" * 5000,
         "%00", "'", "null", "none", "planned,nonsense", "../x"]


def allows(schema, text):
    """Whether a parameter written so may be of the schema: numbers and booleans as JSON writes them."""
    kinds = [schema.get("type")] if isinstance(schema.get("type"), str) else schema.get("type", [])
    if kinds == ["array"]:
        return all(json_schema.faults(schema["items"], item, {}) == [] for item in text.split(","))
    value = text
    if set(kinds) & {"integer", "number", "boolean"}:
        try:
            value = json.loads(text)
        except ValueError:
            return False
    return json_schema.faults(schema, value, {}) == []


def test_a_query_that_the_document_forbids_is_refused(operations, asker):
    for operation in operations:
        request = asker.arrange(operation)
        for name, parameter in operation.parameters["query"].items():
            for text in TEXTS if not operation.any_query else []:
                query = f"?{name}={text if text == '%00' else urllib.parse.quote(text)}"
                refused = True if not allows(parameter["schema"], urllib.parse.unquote(text)) else None
                answer = asker.ask(operation, request, query)
                asker.check(operation, query, answer, refused)
                if answer.status < 400 and operation.method != "GET":
                    request = asker.arrange(operation)
        unknown = asker.ask(operation, request, "?nonsense=1")
        asker.check(operation, "?nonsense=1", unknown, None if operation.public or operation.ofrep or operation.any_query else True)
    asker.expect_none()


def test_conditions_are_kept(operations, asker):
    for operation in [one for one in operations if one.if_match and one.id in ARRANGED]:
        request = asker.arrange(operation)
        for tag in ('"999999"', '"x"', "x", 'W/"1"', "", '"' + "9" * 4000 + '"'):
            answer = asker.ask(operation, request, headers={"If-Match": tag})
            asker.check(operation, f"If-Match: {tag}", answer, refused=True)
            if answer.status not in (412, 400):
                asker.check(operation, f"If-Match: {tag}, which is not answered 412", answer, refused=False)
        without = asker.ask(operation, request, headers={"If-Match": None})
        if operation.if_match.get("required"):
            assert without.status == 428, operation.id
        request = asker.arrange(operation)
        asker.check(operation, "If-Match: *", asker.ask(operation, request, headers={"If-Match": "*"}), refused=False)
    asker.expect_none()


def test_a_repetition_with_its_key_is_done_once(operations, asker):
    repeatable = [one for one in operations if "Idempotency-Key" in one.parameters["header"] and one.id in ARRANGED]
    assert {"create_tenant", "create_user", "create_api_key", "milestones.create_milestone"} <= {
        one.id for one in repeatable}
    for operation in repeatable:
        request, key = asker.arrange(operation), {"Idempotency-Key": secrets.token_hex(16)}
        first = asker.ask(operation, request, headers=key)
        again = asker.ask(operation, request, headers=key)
        asker.check(operation, "a key", first, refused=False)
        if b'"key":"mk_' in first.body:  # a secret is told once
            assert again.expect_problem(409, "already_done")["detail"].find(first.json()["id"]) >= 0
        else:
            assert (again.status, again.body) == (first.status, first.body), operation.id
        other = asker.ask(operation, asker.arrange(operation), headers=key)
        assert other.expect_problem(422, "idempotency_key_reused"), operation.id
        for wrong in ("", "a b", "a" * 256, "\u00e9".encode()):
            asker.check(operation, f"the key {wrong!r:.20}", asker.ask(operation, request, headers={
                "Idempotency-Key": wrong}), refused=True)
    asker.expect_none()


def without_request(answer):
    if answer.status < 400:
        return answer.status, None
    return answer.status, {name: value for name, value in answer.json().items() if name != "request_id"}


def test_what_another_tenant_has_is_answered_like_what_nobody_has(operations, world, server, platform):
    """For each operation inside a tenant, with ids of another one, and with ids of nobody."""
    asker, other = Asker(world), Tenant(server, platform, name_of("other"))
    asked = 0
    nobody = {"id": "018f2d6e-0000-7000-8000-000000000001", "key": "nobody", "on": "nobody", "targeting_key": "ada",
              "version": "1", "table": "nobody"}
    for operation in operations:
        if not operation.in_tenant or not operation.parameters["path"] or operation.id not in ARRANGED:
            continue
        theirs = ARRANGED[operation.id](world)
        if "name" in theirs.path:  # an environment, which is everybody's
            continue
        if theirs.path.get("id") == "milestones":  # a plugin, which is everybody's; of a tenant it is another matter
            nobodys = Request(theirs.path | {"slug": "no-such-tenant"}, theirs.body)
        else:
            nobodys = Request({name: nobody[name] for name in theirs.path}, theirs.body)
        theirs.etag = nobodys.etag = '"1"'
        for client in (other.admin, other.api):
            answers = [asker.ask(operation, one, client=client) for one in (theirs, nobodys)]
            told = [json.dumps(without_request(answer)) for answer in answers]
            if "key" in theirs.path:  # OFREP and OpenFeature's errors repeat it
                told[0] = told[0].replace(theirs.path["key"], "nobody")
            assert told[0] == told[1], operation.id
            if operation.method != "PUT" and answers[0].status < 400:
                assert theirs.path.get("id") == "milestones" and "slug" not in operation.parameters["path"], operation.id
            asked += 1
    assert asked >= 40


def test_nobody_is_let_in_without_a_credential(operations, asker, server):
    for operation in [one for one in operations if not one.public]:
        for headers in ({}, {"Authorization": "Bearer x"}, {"X-API-Key": "mk_aaaaaaaa_" + "a" * 43}):
            answer = asker.ask(operation, asker.arrange(operation), client=server.client(**{
                name.replace("-", "_"): value for name, value in headers.items()}))
            assert answer.status == 401, f"{operation.id}: {answer.status}"
