"""Every operation of /openapi.json with what is missing, surplus, too large, of another type, and hostile.

Whatever comes, the answer is never our fault (5xx), and what is refused is a problem with a code. OFREP's own
paths answer by OFREP instead.
"""
import json
import re
import urllib.parse

import pytest

from mortise_fixtures import Tenant, log_in

METHODS = ("get", "put", "post", "delete", "patch")

# As JSON text, for some of it no JSON library would write.
HOSTILE = [
    "null", "true", "0", "-1", "1.5", "1e400", "9223372036854775808", "-9223372036854775809", '""', '" "', "[]",
    "{}", '[null]', '{"a":{"a":{"a":1}}}', '"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\ufffe\\u202e"',
    '"\' OR 1=1; DROP TABLE users; --"', '"../../../../etc/passwd"', '"${jndi:ldap://127.0.0.1/a}"', '"%s%n%x"',
    '"<script>alert(1)</script>"', '"\\r\\nX-Injected: 1"', '"' + "A" * 100000 + '"', '"' + "\U0001f600" * 5000 + '"',
    "[" * 60 + "]" * 60, "[" + ",".join(["0"] * 20000) + "]",
    "{" + ",".join(f'"k{i}":0' for i in range(5000)) + "}",
]
IN_PATHS = ["%20", "%00", "..", "%2e%2e%2f", "a%2fb", "'", "%27%20OR%201=1", "A" * 3000, "%F0%9F%98%80", "%ff", "-1",
            "00000000-0000-0000-0000-000000000000", "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz", "*", "null", "%0d%0aX-A:b"]
IN_QUERIES = ["limit=", "limit=-1", "limit=0", "limit=99999999999999999999", "limit=1&limit=2", "cursor=", "cursor=x",
              "cursor=" + "A" * 2000, "sort=%00", "nonsense=1", "=", "&&&", "%00=%00", "a=%ff", "limit=%27",
              "dry_run=maybe", "status=%0d%0a"]
IN_HEADERS = [
    {"If-Match": "x"}, {"If-Match": '"' + "A" * 5000 + '"'}, {"If-Match": '"1", "2"'}, {"If-Match": "*"},
    {"If-Match": 'W/"1"'}, {"Idempotency-Key": ""}, {"Idempotency-Key": "A" * 5000},
    {"Idempotency-Key": "\u00e9\u00ff"}, {"Accept": "image/png"}, {"Accept-Language": "x" * 1000},
    {"traceparent": "00-" + "0" * 32 + "-" + "0" * 16 + "-01"}, {"Mortise-Tenant": ""}, {"Mortise-Tenant": "../x"},
    {"Mortise-Tenant": "A" * 5000},
    {"Mortise-Environment": ""}, {"Mortise-Environment": "../x"}, {"Mortise-Environment": "A" * 5000}, {"Authorization": "Basic Og=="}, {"Authorization": ""},
    {"Content-Type": "application/json; charset=utf-16"}, {"Content-Encoding": "gzip"},
    {"X-Forwarded-For": "A" * 3000}, {"Cookie": "=" * 3000}, {"Range": "bytes=0-" + "9" * 40},
]


@pytest.fixture(scope="module")
def operations(anonymous):
    document = anonymous.get("/openapi.json").expect(200).json()
    found = [Operation(document, path, method, item) for path, item in document["paths"].items()
             for method in METHODS if method in item]
    assert len(found) > 20
    return found


@pytest.fixture(scope="module")
def tenant(server, platform):
    return Tenant(server, platform, "bad-input")


class Operation:
    def __init__(self, document, path, method, item):
        self.document = document
        self.path = path
        self.method = method.upper()
        operation = item[method]
        content = self.resolve(operation.get("requestBody", {})).get("content", {})
        self.media_types = set(content)
        # JSON of any kind before anything else.
        self.type = next(iter(sorted(content, key=lambda name: "json" not in name)), None)
        self.schema = self.resolve(content.get(self.type, {}).get("schema", {}))
        self.is_json = "json" in (self.type or "")
        self.ofrep = path.startswith("/ofrep/")
        self.name = f"{self.method} {path}"

    def resolve(self, node):
        while "$ref" in node:
            target = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def types(self, schema):
        types = self.resolve(schema).get("type", [])
        return {types} if isinstance(types, str) else set(types)

    def url(self, value="x"):
        return re.sub(r"\{\w+\}", lambda _: value, self.path)

    def sample(self, schema, depth=0):
        """A value that the schema may allow, in its smallest form."""
        schema = self.resolve(schema)
        if "enum" in schema:
            return schema["enum"][0]
        kind = next(iter(sorted(self.types(schema) - {"null"})), "object")
        if kind == "object" and depth < 5:
            return {name: self.sample(schema.get("properties", {}).get(name, {}), depth + 1)
                    for name in schema.get("required", [])}
        if kind == "array":
            return []
        return {"string": "a" * max(1, schema.get("minLength", 1)), "integer": schema.get("minimum", 1),
                "number": schema.get("minimum", 1), "boolean": True}.get(kind, {})


class Ways:
    """Who may ask: nobody, a tenant's API key, the administrator inside a tenant and outside."""

    def __init__(self, server, tenant):
        self.server = server
        self.tenant = tenant

    def clients(self):
        # A token of its own each time, for some of the operations end it.
        token = f"Bearer {log_in(self.server)['access_token']}"
        return [self.server.client(), self.tenant.api, self.server.client(Authorization=token),
                self.server.client(Authorization=token, Mortise_Tenant=self.tenant.slug)]


@pytest.fixture(scope="module")
def ways(server, tenant):
    return Ways(server, tenant)


def fault_of(operation, answer, must_refuse=False):
    """What is wrong with an answer, or None."""
    if answer.status >= 500:
        return f"answers {answer.status}"
    if must_refuse and answer.status < 400:
        return f"accepts it with {answer.status}"
    if answer.status < 400 or operation.ofrep:
        return None
    if answer.headers.get("content-type", "").split(";")[0] != "application/problem+json":
        return f"answers {answer.status} without a problem"
    problem = answer.json()
    if not re.fullmatch(r"[a-z][a-z0-9_]*", problem.get("code", "")) or problem.get("status") != answer.status:
        return f"answers {answer.status} with a wrong problem: {problem}"
    leaked = re.search(r"sqlite|libpq|SELECT |std::|\.cpp|terminate|/core\.db", answer.body.decode())
    return f"tells too much: {leaked.group(0)}" if leaked else None


class Faults:
    def __init__(self):
        self.found = []

    def add(self, operation, what, answer, must_refuse=False):
        fault = fault_of(operation, answer, must_refuse)
        if fault:
            self.found.append(f"{operation.name} with {what[:100]} {fault}")

    def expect_none(self):
        assert not self.found, f"{len(self.found)} faults:\n" + "\n".join(self.found[:40])


def send(client, operation, url, data=None, headers=None):
    typed = {"Content-Type": operation.type or "application/json"} if data is not None else {}
    return client.request(operation.method, url, data=data, headers=typed | (headers or {}))


def each(operations, ways):
    for operation in operations:
        for client in ways.clients():
            yield operation, client
            client.close()


def test_paths(operations, ways):
    faults = Faults()
    for operation, client in each([one for one in operations if "{" in one.path], ways):
        for value in IN_PATHS:
            faults.add(operation, value, send(client, operation, operation.url(value)))
    faults.expect_none()


def test_queries(operations, ways):
    faults = Faults()
    for operation, client in each(operations, ways):
        for query in IN_QUERIES:
            faults.add(operation, query, send(client, operation, f"{operation.url()}?{query}"))
    faults.expect_none()


def test_headers(operations, ways):
    faults = Faults()
    for operation, client in each(operations, ways):
        for headers in IN_HEADERS:
            encoded = {name: value.encode() for name, value in headers.items()}
            data = b"{}" if operation.type else None
            faults.add(operation, str(headers), send(client, operation, operation.url(), data, encoded))
    faults.expect_none()


def test_bodies(operations, ways):
    faults = Faults()
    for operation, client in each([one for one in operations if one.type], ways):
        for text in ["", "{", "\xff", *HOSTILE]:
            faults.add(operation, text, send(client, operation, operation.url(), text.encode("utf-8")))
        faults.add(operation, "no UTF-8", send(client, operation, operation.url(), b'{"a":"\xff\xfe"}'))
    faults.expect_none()


JSON_TYPES = {type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string", list: "array",
              dict: "object"}


def mutations(operation):
    """(what, body as JSON text, whether the schema forbids it) for each member of the body."""
    whole = operation.sample(operation.schema)
    parts = {name: json.dumps(value) for name, value in whole.items()}
    for name in whole:
        yield f"{name} missing", render({key: value for key, value in parts.items() if key != name}), True
    if operation.schema.get("additionalProperties") is False:
        yield "a surplus member", render(parts | {"surplus": "1"}), True
    for name, schema in operation.schema.get("properties", {}).items():
        types = operation.types(schema)
        for text in HOSTILE:
            actual = JSON_TYPES[type(json.loads(text))]
            fits = not types or actual in types or (actual == "integer" and "number" in types)
            fits = fits or (actual == "null" and name not in whole)  # as if it were absent
            yield f"{name} = {text}", render(parts | {name: text}), not fits
        yield f"{name} twice", render(parts)[:-1] + f', "{name}": null, "{name}": null}}', False


def render(parts):
    return "{" + ", ".join(f'"{name}": {text}' for name, text in parts.items()) + "}"


def test_members(operations, ways):
    faults = Faults()
    with_members = [one for one in operations if one.is_json and one.schema.get("properties")]
    assert with_members
    for operation, client in each(with_members, ways):
        for what, body, forbidden in mutations(operation):
            answer = send(client, operation, operation.url(), body.encode("utf-8", "surrogatepass"))
            faults.add(operation, what, answer, forbidden)
    faults.expect_none()


def test_too_large(operations, ways):
    faults = Faults()
    large = b" " * (2 * 1024 * 1024) + b"{}"
    for operation in [one for one in operations if one.is_json]:
        for client in ways.clients()[:1]:
            try:
                faults.add(operation, "2 MiB", send(client, operation, operation.url(), large))
            except (BrokenPipeError, ConnectionResetError):
                client.close()  # it did not read on, and the answer was lost on its way
    faults.expect_none()


def test_other_types_of_content(operations, ways):
    faults = Faults()
    for operation, client in each([one for one in operations if one.type], ways):
        for kind in ("text/html", "application/xml", "multipart/form-data; boundary=x", "x", "application/json+x"):
            if kind in operation.media_types:
                continue
            answer = send(client, operation, operation.url(), b"{}", {"Content-Type": kind})
            faults.add(operation, kind, answer, must_refuse=True)
    faults.expect_none()


def test_nothing_of_it_broke_the_server(server, tenant):
    tenant.api.get("/api/v1/milestones").expect(200)
    quoted = urllib.parse.quote("after all")
    assert server.client().get(f"/health/ready?{quoted}").status in (200, 400)
