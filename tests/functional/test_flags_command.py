"""What `mortise flag` says when something is in the way: of whom, why, and what to do about it."""
import http.server
import json
import socket
import subprocess
import threading

import pytest

from mortise_server import binary, clean_environment

REQUESTS = "/api/v1/flag-change-requests"


def flag(default="off"):
    return {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": default}


class Command:
    """`mortise flag` in a folder, with an API key."""

    def __init__(self, url, key, folder):
        self.url, self.key, self.folder = url, key, folder

    def run(self, *arguments, code=1):
        done = subprocess.run([binary(), "flag", *arguments, "--server", self.url], capture_output=True, text=True,
                              cwd=self.folder, env=clean_environment(MORTISE_API_KEY=self.key))
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def refused(self, *arguments):
        """The text for people; nothing of it is on standard output."""
        done = self.run(*arguments)
        assert done.stdout == "" and done.stderr.startswith("mortise: ")
        return done.stderr

    def refused_json(self, *arguments):
        """The answer for programs, the only thing that is written."""
        done = self.run(*arguments, "--json")
        answer = json.loads(done.stdout)
        assert done.stderr == "" and set(answer) == {"ok", "code", "message", "errors"} and answer["ok"] is False
        assert all(set(one) == {"pointer", "code", "detail"} for one in answer["errors"])
        return answer

    def write(self, document, name="flags.json"):
        (self.folder / name).write_text(document if isinstance(document, str) else json.dumps(document))


@pytest.fixture
def command(server, tenant_a, tmp_path):
    return Command(f"http://127.0.0.1:{server.port}", tenant_a.make_key(["flags:read", "flags:write"]), tmp_path)


EVERY_COMMAND = [("pull",), ("diff", "flags.json"), ("apply", "flags.json"), ("apply", "flags.json", "--request", "t"),
                 ("bootstrap", "--format", "ofrep", "--out", "b.json"), ("explain", "f")]


@pytest.mark.parametrize("arguments", EVERY_COMMAND, ids=" ".join)
def test_a_server_that_cannot_be_reached(command, arguments):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, and nobody listens
        command.url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        command.write({"flags": {}})
        told = command.refused(*arguments)
        assert command.url in told and "--server" in told and "(server_unreachable)" in told
        assert command.refused_json(*arguments)["code"] == "server_unreachable"


def test_a_server_that_is_another_one(command):
    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(404)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Other) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        command.url = f"http://127.0.0.1:{other.server_port}"
        told = command.refused_json("pull")
        other.shutdown()
    assert told["code"] == "unexpected_answer" and "404" in told["message"] and "Mortise" in told["message"]


@pytest.mark.parametrize("arguments", EVERY_COMMAND, ids=" ".join)
def test_a_key_that_is_none(command, arguments):
    command.write({"flags": {}})
    command.key = "mk_wrong"
    told = command.refused(*arguments)
    assert "MORTISE_API_KEY" in told and "--api-key-file" in told
    assert command.refused_json(*arguments)["code"] == "invalid_token"


def test_no_key_at_all(command):
    command.key = ""
    told = command.refused("pull")
    assert "MORTISE_API_KEY" in told and "--api-key-file" in told and "(key_missing)" in told


def test_a_key_that_may_not(command, tenant_a):
    command.write({"flags": {"f": flag()}})
    command.key = tenant_a.make_key(["flags:read"])
    told = command.refused("apply", "flags.json")
    assert "flags:write" in told and "(scope_required)" in told and "API key" in told
    assert command.refused_json("apply", "flags.json")["code"] == "scope_required"
    assert "tenant_header_forbidden" in command.refused("pull", "--tenant", "another")


class Between:
    """A proxy before the server, which changes a flag once the command has read the flags."""

    def __init__(self, server, change):
        class Handler(http.server.BaseHTTPRequestHandler):
            def pass_on(handler):
                body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
                kept = {name: value for name, value in handler.headers.items()
                        if name.lower() in ("authorization", "content-type", "if-match")}
                if handler.command == "POST":
                    self.if_match.append(kept.get("If-Match"))
                answer = server.client().request(handler.command, handler.path, data=body or None, headers=kept)
                if handler.command == "GET":
                    change()
                handler.send_response(answer.status)
                for name in ("content-type", "etag"):
                    if name in answer.headers:
                        handler.send_header(name, answer.headers[name])
                handler.send_header("Content-Length", str(len(answer.body)))
                handler.end_headers()
                handler.wfile.write(answer.body)

            do_GET = do_POST = pass_on

            def log_message(self, *_):
                pass

        self.if_match = []
        self.http = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()


@pytest.mark.parametrize("how", [(), ("--request", "a title")], ids=["import", "change request"])
def test_a_change_that_somebody_makes_in_between(command, server, tenant_a, how):
    tenant_a.admin.put("/api/v1/flags/f", flag()).expect(201)
    command.write({"flags": {"f": flag("on")}})
    count = iter(range(100))

    def change():
        tenant_a.admin.put("/api/v1/flags/f", flag() | {"metadata": {"n": next(count)}}).expect(200)

    with Between(server, change) as between:
        command.url = between.url
        told = command.refused("apply", "flags.json", *how)
        assert "(version_mismatch)" in told and "nothing was changed" in told and "mortise flag diff" in told
        assert command.refused_json("apply", "flags.json", *how)["code"] == "version_mismatch"
        assert all(between.if_match)
    assert tenant_a.admin.get("/api/v1/flags/f").json()["definition"]["defaultVariant"] == "off"
    assert tenant_a.admin.get(REQUESTS).json()["items"] == []
    # Once it is looked at, it is applied.
    command.url = f"http://127.0.0.1:{server.port}"
    command.run("apply", "flags.json", *how, code=0)


def test_a_request_that_others_made_outdated(command, tenant_a):
    tenant_a.admin.put("/api/v1/flags/f", flag()).expect(201)
    command.write({"flags": {"f": flag("on")}})
    made = json.loads(command.run("apply", "flags.json", "--request", "t", "--json", code=0).stdout)
    tenant_a.admin.put("/api/v1/flags/f", flag() | {"metadata": {"a": 1}}).expect(200)
    tenant_a.admin.post(f"{REQUESTS}/{made['change_request']}/apply").expect_problem(409, "change_request_outdated")


def test_where_approvals_are_needed_the_command_says_how(command, tenant_a):
    staging = tenant_a.admin.with_headers(Mortise_Environment="staging")
    staging.put("/api/v1/flag-environments/staging", {"approvals_required": 1}).expect(200)
    command.write({"flags": {"f": flag()}})
    told = command.refused("apply", "flags.json", "--environment", "staging")
    assert "(approval_required)" in told and "--request" in told


@pytest.mark.parametrize("how", [("diff",), ("apply",), ("apply", "--request", "t")], ids=" ".join)
def test_files_that_are_none(command, how):
    name, more = how[0], how[1:]
    told = command.refused(name, "missing.json", *more)
    assert "missing.json" in told and "(file_error)" in told
    (command.folder / "folder.json").mkdir()
    assert "folder.json" in command.refused(name, "folder.json", *more)
    command.write('{"flags": {\n  "f": oops}}', "text.json")
    told = command.refused(name, "text.json", *more)
    assert "text.json is no JSON, at line 2, column 8" in told and "(invalid_json)" in told
    for document, pointer in (([], ""), ({}, ""), ({"flags": 1}, "/flags"), ({"flags": {}, "metadata": []}, "/metadata"),
                              ({"flags": [flag()]}, "/flags/0"),
                              ({"flags": [{"key": "a"} | flag(), {"key": "a"} | flag()]}, "/flags/1/key")):
        command.write(document, "shape.json")
        assert "shape.json: " in command.refused(name, "shape.json", *more)
        told = command.refused_json(name, "shape.json", *more)
        assert told["code"] == "invalid_document" and [one["pointer"] for one in told["errors"]] == [pointer]


@pytest.mark.parametrize("how", [(), ("--request", "t")], ids=["import", "change request"])
def test_faults_of_a_document_are_told_of_the_file(command, how):
    command.write({"flags": {"good": flag(), "a/b": flag("nope")}})
    told = command.refused("apply", "flags.json", *how)
    assert "flags.json: " in told and "/flags/a~1b/defaultVariant: " in told
    told = command.refused_json("apply", "flags.json", *how)
    assert told["code"] == "invalid_flag"
    assert [one["pointer"] for one in told["errors"]] == ["/flags/a~1b/defaultVariant"]


def test_an_unknown_flag(command):
    assert "There is no flag nope in production. (flag_not_found)" in command.refused("explain", "nope")
    assert "nope in staging" in command.refused("explain", "nope", "--environment", "staging")
    assert command.refused_json("explain", "nope")["code"] == "flag_not_found"


def test_an_unknown_environment(command):
    for arguments in (("pull",), ("explain", "f")):
        assert "(environment_not_found)" in command.refused(*arguments, "--environment", "nowhere")


def test_wrong_arguments(command):
    for arguments in ((), ("nonsense",), ("diff",), ("explain",), ("pull", "--nonsense")):
        command.run(*arguments, code=2)
