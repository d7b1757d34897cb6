"""What tells of the server itself: health, metrics, and the description of the API."""
import re

import pytest

METHODS = {"get", "put", "post", "delete", "patch"}


@pytest.fixture(scope="module")
def openapi(anonymous):
    answer = anonymous.get("/openapi.json").expect(200)
    assert answer.headers["content-type"].split(";")[0] == "application/json"
    return answer.json()


def operations(openapi):
    return [(path, method, operation) for path, item in openapi["paths"].items()
            for method, operation in item.items() if method in METHODS]


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
def test_health(anonymous, path):
    answer = anonymous.get(path).expect(200)
    assert answer.headers["content-type"].split(";")[0] == "application/json"
    assert answer.json()["status"] == "ok"


def test_metrics(anonymous, platform):
    anonymous.get("/health/live").expect(200)
    answer = platform.get("/metrics").expect(200)
    assert answer.headers["content-type"].startswith("text/plain")
    text = answer.body.decode()
    # Prometheus' text format 0.0.4: comments, or a name with labels and a number.
    for line in text.splitlines():
        assert line == "" or re.match(r"# (HELP|TYPE) [a-zA-Z_:]", line) or re.match(
            r'[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_]\w*="([^"\\]|\\.)*",?)*\})? (-?[0-9.e+-]+|[+-]Inf|NaN)$', line), line
    assert re.search(r"^mortise_http_requests_total\{.*\} [1-9]", text, re.M)


def test_metrics_tell_of_the_process_and_its_parts(anonymous):
    text = anonymous.get("/metrics").expect(200).body.decode()
    for line in (r"mortise_build_info\{version=\"[^\"]+\"\} 1", r'mortise_license_state\{state="valid"\} 1',
                 r'mortise_license_state\{state="limited"\} 0', r"mortise_license_expiry_timestamp_seconds \S+",
                 r'mortise_plugin_running\{plugin="milestones"\} 1', r'mortise_tenants\{state="active"\} \d+',
                 r"mortise_http_requests_in_flight [1-9]\d*", r'mortise_http_pool_running\{pool="common"\} [1-9]\d*',
                 r'mortise_http_pool_queued\{pool="passwords"\} \d+',
                 r'mortise_http_request_duration_seconds_count\{route="\w+"\} \d+',
                 r"process_resident_memory_bytes [1-9]\S+", r"process_open_fds [1-9]\d*",
                 r"process_cpu_seconds_total \S+", r"process_threads [1-9]\d*"):
        assert re.search(f"^{line}$", text, re.M), line
    assert "# TYPE process_cpu_seconds_total counter" in text


def test_openapi_is_of_version_31(openapi):
    assert re.fullmatch(r"3\.1\.\d+", openapi["openapi"])
    assert openapi["info"]["title"] and openapi["info"]["version"]


def test_openapi_has_what_others_rely_on(openapi):
    # A client is free to call a parameter as it likes.
    has = {(method, re.sub(r"\{\w+\}", "{}", path)) for path, method, _ in operations(openapi)}
    wanted = [
        ("post", "/api/v1/auth/login"), ("post", "/api/v1/tenants"), ("get", "/api/v1/tenants"),
        ("post", "/api/v1/users"), ("post", "/api/v1/api-keys"), ("put", "/api/v1/flags/{}"),
        ("post", "/api/v1/flags/import"), ("put", "/api/v1/flags/{}/overrides/tenant"),
        ("put", "/api/v1/flags/{}/overrides/users/{}"), ("post", "/ofrep/v1/evaluate/flags"),
        ("post", "/ofrep/v1/evaluate/flags/{}"), ("post", "/api/v1/licenses"),
        ("get", "/api/v1/licenses/current"), ("get", "/api/v1/plugins"), ("get", "/api/v1/milestones"),
        ("post", "/api/v1/milestones"), ("patch", "/api/v1/milestones/{}"),
        ("post", "/api/v1/milestones/{}/complete"), ("post", "/api/v1/milestones/import"),
        ("get", "/api/v1/milestones/export"), ("get", "/health"), ("get", "/health/live"),
        ("get", "/health/ready"), ("get", "/metrics"),
    ]
    assert [one for one in wanted if one not in has] == []


def test_operations_are_told_apart(openapi):
    ids = [operation["operationId"] for _, _, operation in operations(openapi)]
    assert len(set(ids)) == len(ids)


def test_path_parameters_are_described(openapi):
    for path, method, operation in operations(openapi):
        described = {parameter["name"] for parameter in
                     operation.get("parameters", []) + openapi["paths"][path].get("parameters", [])
                     if parameter.get("in") == "path" and parameter["required"]}
        assert described == set(re.findall(r"\{(\w+)\}", path)), f"{method} {path}"


def test_every_reference_leads_somewhere(openapi):
    def walk(node):
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                target = openapi
                for part in node["$ref"].removeprefix("#/").split("/"):
                    target = target[part.replace("~1", "/").replace("~0", "~")]
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)
    walk(openapi)


def test_docs_need_no_other_server(anonymous):
    answer = anonymous.get("/docs").expect(200)
    assert answer.headers["content-type"].split(";")[0] == "text/html"
    html = answer.body.decode()
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", html)
    assert not re.search(r"@import|url\(\s*[\"']?(https?:)?//", html)
    for reference in re.findall(r"""(?:src|href)="(/[^"#]*)\"""", html):
        anonymous.get(reference).expect(200)


def test_answers_carry_safe_headers(anonymous):
    answer = anonymous.get("/docs")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src" in answer.headers["content-security-policy"]
