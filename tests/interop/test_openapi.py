"""/openapi.json by the rules of a linter that others use (Redocly's, from npm)."""
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent


def lint(file):
    return subprocess.run(["node", HERE / "openapi_lint.mjs", file], capture_output=True, text=True)


def test_openapi_is_valid(anonymous, tmp_path):
    document = tmp_path / "openapi.json"
    document.write_bytes(anonymous.get("/openapi.json").expect(200).body)
    run = lint(document)
    assert run.returncode == 0, run.stdout + run.stderr


def test_linter_sees_a_wrong_document(tmp_path):
    document = tmp_path / "openapi.json"
    document.write_text('{"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": {"/a": {"get": 1}}}')
    assert lint(document).returncode == 1
