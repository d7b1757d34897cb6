"""Every command of docs/en's pages on rules, run as it is printed, page by page in one tenant each."""
import json
import re
import subprocess

import pytest

from mortise_server import ROOT

PAGES = {page.name: page.read_text() for page in sorted((ROOT / "docs/en").glob("rules*.md"))}
SCOPES = ["rules:read", "rules:write", "rules:share", "rules:evaluate"]

# What the commands speak of and the reader has, in the folder where they are run.
LOAN = (ROOT / "plugins/rules/packs/loan-decision/loan.dmn").read_text()
TARIFF = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="Tariff" namespace="urn:t">
<inputData id="w" name="weight"><variable name="weight" typeRef="number"/></inputData>
<decision id="p" name="Price"><variable name="Price" typeRef="number"/>
<informationRequirement><requiredInput href="#w"/></informationRequirement>
<literalExpression><text>weight / 2</text></literalExpression></decision></definitions>"""


def commands(page):
    return re.findall(r"```sh\n(.*?)```", PAGES[page], re.S)


@pytest.fixture
def rules(server, make_tenant):
    made = make_tenant()
    made.key = made.make_key(SCOPES)
    made.rules = server.client(X_API_Key=made.key)
    return made


def run(server, tenant, folder, page):
    """What each command shows; one that is refused fails."""
    shown = []
    for script in commands(page):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script.replace("curl -s ", "curl -sS --fail-with-body ")], cwd=folder,
            env={"PATH": "/usr/bin:/bin", "HOST": f"http://127.0.0.1:{server.port}", "KEY": tenant.key},
            capture_output=True, timeout=60)
        assert done.returncode == 0, (script, done.stdout, done.stderr)
        shown.append(done.stdout.decode())
    return shown


def test_all_commands_are_run_below():
    assert {page: len(commands(page)) for page in PAGES} == {
        "rules.md": 1, "rules-evaluation.md": 1, "rules-tables.md": 5, "rules-analysis.md": 1}


def test_models(server, rules, tmp_path):
    (tmp_path / "loan.dmn").write_text(LOAN)
    (shown,) = run(server, rules, tmp_path, "rules.md")
    assert json.loads(shown)["tags"] == ["loans"]


def test_evaluation(server, rules, tmp_path):
    rules.rules.post("/api/v1/rules/models", {"key": "tariff", "xml": TARIFF}).expect(201)
    rules.rules.post("/api/v1/rules/models/tariff/publish", {}).expect(200)
    (shown,) = run(server, rules, tmp_path, "rules-evaluation.md")
    assert json.loads(shown)["result"] == 20


def test_tables(server, rules, tmp_path):
    made, _, tables, put, packs = run(server, rules, tmp_path, "rules-tables.md")
    assert json.loads(made)["key"] == "discount"
    assert "<decisionTable" in (tmp_path / "discount.dmn").read_text()
    assert (tmp_path / "discount.xlsx").read_bytes().startswith(b"PK")
    assert '"name":"Discount"' in tables and "Hit policy,FIRST" in tables
    assert json.loads(put)["key"] == "discount"
    assert json.loads(packs[packs.rindex('{"model":'):])["result"]["decision"] == "approve"
    rules.rules.post("/api/v1/rules/models/discount/publish", {}).expect(200)


def test_analysis(server, rules, tmp_path):
    (shown,) = run(server, rules, tmp_path, "rules-analysis.md")
    report = json.loads(shown[shown.rindex('{"version":'):])
    kinds = {finding["kind"] for finding in report["tables"][0]["findings"]}
    assert {"gap", "masked"} <= kinds
    explained = set(re.findall(r"^\| `(\w+)` \|", PAGES["rules-analysis.md"], re.M)) - {"kind"}
    assert kinds <= explained
