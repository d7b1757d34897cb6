"""Tables of the rules plugin over the REST API: simple rules, CSV and workbooks, their analysis, and packs."""
import csv
import io
import zipfile

import pytest

API = "/api/v1/rules"
SCOPES = ["rules:read", "rules:write", "rules:share", "rules:evaluate"]
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

SIMPLE = {
    "name": "Discount",
    "rules": [
        {"id": "gold", "conditions": [{"input": "customer", "operator": "equals", "value": "gold"},
                                      {"input": "amount", "operator": "at_least", "value": 100}],
         "actions": [{"output": "percent", "value": 10}]},
        {"id": "big", "conditions": [{"input": "amount", "operator": "at_least", "value": 500}],
         "actions": [{"output": "percent", "value": 5}]}],
    "otherwise": [{"output": "percent", "value": 0}],
}


@pytest.fixture
def tenant(server, make_tenant):
    made = make_tenant()
    made.rules = server.client(X_API_Key=made.make_key(SCOPES))
    return made


@pytest.fixture
def rules(tenant):
    return tenant.rules


@pytest.fixture
def model(rules):
    return rules.post(f"{API}/models", {"key": "discount", "simple": SIMPLE}).expect(201).json()


@pytest.fixture
def table(rules, model):
    (item,) = rules.get(f"{API}/models/discount/tables").expect(200).json()["items"]
    return f"{API}/models/discount/tables/{item['id']}"


def percent(rules, amount, customer="gold", version=1):
    body = {"decision": "Discount", "version": version, "context": {"customer": customer, "amount": amount}}
    return rules.post(f"{API}/models/discount/evaluate", body).expect(200).json()["result"]


def sheet_of(rules, table):
    return rules.get(table, headers={"Accept": CSV}).expect(200).body.decode("utf-8-sig")


def put(rules, table, body, kind=CSV, etag="*"):
    return rules.request("PUT", table, data=body if isinstance(body, bytes) else body.encode(),
                         headers={"Content-Type": kind, "If-Match": etag})


# ---- simple rules ----

def test_simple_rules_become_a_model_that_any_editor_reads(rules, model):
    assert (model["name"], model["latest_version"]) == ("Discount", 1)
    source = rules.get(f"{API}/models/discount/versions/1/source").expect(200)
    assert b"<decisionTable" in source.body and b"DMNDI" in source.body
    assert rules.post(f"{API}/models/validate", {"xml": source.body.decode()}).json()["faults"] == []
    assert [percent(rules, amount) for amount in (99, 100, 500)] == [0, 10, 10]
    assert [percent(rules, amount, "new") for amount in (499, 500)] == [0, 5]


def test_simple_rules_are_made_once_with_a_key(rules):
    key = {"Idempotency-Key": "simple-1"}
    first = rules.post(f"{API}/models", {"key": "discount", "simple": SIMPLE}, headers=key).expect(201)
    again = rules.post(f"{API}/models", {"key": "discount", "simple": SIMPLE}, headers=key).expect(201)
    assert first.json() == again.json()


def test_simple_rules_are_replaced_by_a_new_version(rules, model):
    rules.post(f"{API}/models/discount/publish", {}).expect(200)
    changed = SIMPLE | {"otherwise": [{"output": "percent", "value": 1}]}
    path = f"{API}/models/discount"
    rules.patch(path, {"simple": changed}).expect_problem(428, "precondition_required")
    rules.patch(path, {"simple": changed}, headers={"If-Match": '"1"'}).expect_problem(412, "version_mismatch")
    made = rules.patch(path, {"simple": changed}, headers={"If-Match": '"2"'}).expect(200).json()
    assert made["latest_version"] == 2
    assert (percent(rules, 1), percent(rules, 1, version=2)) == (0, 1)


def test_each_fault_of_simple_rules_is_told_by_its_place(rules):
    wrong = {"name": "Discount", "rules": [
        {"conditions": [{"input": "amount", "operator": "about", "value": 1}], "actions": []},
        {"conditions": [{"input": "a b", "operator": "between", "value": [1]}],
         "actions": [{"output": "x"}]}], "odd": 1}
    problem = rules.post(f"{API}/models", {"simple": wrong}).expect_problem(400, "invalid_request")
    places = {error["pointer"] for error in problem["errors"]}
    assert {"/simple/odd", "/simple/rules/0/conditions/0/operator", "/simple/rules/1/conditions/0/value",
            "/simple/rules/1/actions/0/value"} <= places
    assert all(error["code"] and error["detail"] for error in problem["errors"])


@pytest.mark.parametrize("simple", [None, [], "x", 5, {}, {"name": "x"}, {"rules": []}, {"name": "x", "rules": {}}])
def test_what_are_no_simple_rules_is_refused(rules, simple):
    problem = rules.post(f"{API}/models", {"simple": simple}).expect_problem(400, "invalid_request")
    assert problem["errors"][0]["pointer"].startswith("/simple")


# ---- sheets ----

def test_a_table_comes_as_json_csv_and_workbook(rules, table):
    as_json = rules.get(table).expect(200)
    assert as_json.headers["content-type"] == "application/json" and as_json.headers["vary"] == "Accept"
    assert [rule["id"] for rule in as_json.json()["rules"]] == ["gold", "big"]
    as_csv = rules.get(table, headers={"Accept": CSV}).expect(200)
    assert as_csv.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(as_csv.body.decode("utf-8-sig"))))
    assert [row[0] for row in rows][-2:] == ["Rule", "Rule"]
    book = rules.get(f"{table}?format=xlsx").expect(200)
    assert book.headers["content-type"] == XLSX
    assert 'filename="discount.xlsx"' in book.headers["content-disposition"]
    assert "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(book.body)).namelist()
    assert rules.get(table, headers={"Accept": XLSX}).expect(200).body == book.body
    rules.get(table, headers={"Accept": "image/png"}).expect_problem(406, "not_acceptable")
    rules.get(f"{table}?format=pdf").expect_problem(400, "invalid_parameter")


@pytest.mark.parametrize("kind", [CSV, XLSX])
def test_a_sheet_comes_back_as_it_went(rules, table, kind):
    source = f"{API}/models/discount/versions/1/source"
    before = rules.get(source).body
    read = rules.get(table, headers={"Accept": kind}).expect(200)
    put(rules, table, read.body, kind, read.etag).expect(200)
    assert rules.get(source).body == before


def test_a_changed_sheet_becomes_a_draft(rules, table):
    rules.post(f"{API}/models/discount/publish", {}).expect(200)
    read = rules.get(table, headers={"Accept": CSV}).expect(200)
    sheet = read.body.decode("utf-8-sig").replace(">= 100", ">= 50")
    made = put(rules, table, sheet, etag=read.etag).expect(200)
    assert made.json()["latest_version"] == 2 and made.etag != read.etag
    put(rules, table, sheet, etag=read.etag).expect_problem(412, "version_mismatch")
    assert (percent(rules, 60), percent(rules, 60, version=2)) == (0, 10)
    assert ">= 100" in sheet_of(rules, f"{table}?version=1")


def test_what_a_sheet_does_not_hold_stays(rules, table):
    source = rules.get(f"{API}/models/discount/versions/1/source").body.decode()
    noted = source.replace("<decisionTable", "<!-- by hand --><decisionTable", 1)
    rules.patch(f"{API}/models/discount", {"xml": noted, "tests": [
        {"name": "t", "decision": "Discount", "context": {"amount": 1}, "expected": 0}]},
        headers={"If-Match": "*"}).expect(200)
    put(rules, table, sheet_of(rules, table).replace(">= 500", ">= 600")).expect(200)
    version = rules.get(f"{API}/models/discount/versions/1").expect(200).json()
    assert "<!-- by hand -->" in version["files"][0]["xml"] and "&gt;= 600" in version["files"][0]["xml"]
    assert [test["name"] for test in version["tests"]] == ["t"]


def test_faults_of_a_sheet_are_told_by_row_and_column(rules, table):
    sheet = sheet_of(rules, table)
    problem = put(rules, table, sheet.replace("FIRST", "FASTEST")).expect_problem(400, "invalid_table")
    assert [(e["row"], e["column"], e["code"]) for e in problem["errors"]] == [(2, "B", "unknown_hit_policy")]
    wrong = sheet.replace(">= 500", ">= 5 5")
    problem = put(rules, table, wrong).expect_problem(422, "invalid_model")
    row = next(number for number, line in enumerate(wrong.splitlines(), 1) if ">= 5 5" in line)
    assert [(e["row"], e["code"]) for e in problem["errors"]] == [(row, "bad_feel")]
    assert sheet_of(rules, table) == sheet


@pytest.mark.parametrize("kind,body", [(CSV, ""), (CSV, "a,b\n"), (CSV, b"\xff\xfe"), (CSV, '"'), (XLSX, b"PK\x03\x04"),
                                       (XLSX, b"nothing"), (CSV, "Columns," * 5000)])
def test_what_is_no_sheet_is_refused(rules, table, kind, body):
    answer = put(rules, table, body, kind)
    assert answer.status in (400, 415), answer.body
    assert sheet_of(rules, table)


def test_tables_need_their_scopes(server, tenant, table):
    reader = server.client(X_API_Key=tenant.make_key(["rules:read"]))
    sheet = sheet_of(reader, table)
    put(reader, table, sheet).expect_problem(403, "scope_required")
    other = server.client(X_API_Key=tenant.make_key(["rules:evaluate"]))
    other.get(table).expect_problem(403, "scope_required")


# ---- analysis ----

def test_the_analysis_finds_what_no_rule_covers_and_what_never_decides(rules):
    simple = {"name": "Level", "hit_policy": "first", "rules": [
        {"id": "low", "conditions": [{"input": "amount", "operator": "less_than", "value": 100}],
         "actions": [{"output": "level", "value": 1}]},
        {"id": "never", "conditions": [{"input": "amount", "operator": "between", "value": [10, 20]}],
         "actions": [{"output": "level", "value": 2}]}]}
    rules.post(f"{API}/models", {"key": "level", "simple": simple}).expect(201)
    report = rules.get(f"{API}/models/level/analysis").expect(200).json()
    (found,) = report["tables"]
    assert report["complete"] and found["name"] == "Level" and found["hit_policy"] == "FIRST"
    kinds = {finding["kind"]: finding for finding in found["findings"]}
    assert kinds["masked"]["rules"][0] == {"number": 2, "id": "never"}
    (example,) = kinds["gap"]["example"]
    assert example["input"] == "amount" and float(example["value"]) >= 100
    assert rules.get(f"{API}/models/level/analysis?decision=Level").json() == report
    rules.get(f"{API}/models/level/analysis?decision=none").expect_problem(404, "table_not_found")
    warnings = rules.post(f"{API}/models/level/publish", {}).expect(200).json()["warnings"]
    assert {warning["code"] for warning in warnings} >= {"gap", "masked"}


# ---- packs ----

def test_each_pack_is_installed_tested_and_published(rules):
    packs = rules.get(f"{API}/packs").expect(200).json()["items"]
    assert {pack["name"] for pack in packs} >= {"bangladesh-compliance", "loan-decision", "shipping-tariff"}
    for pack in packs:
        name = pack["name"]
        assert pack["title"] and pack["description"] and pack["model"] is None
        made = rules.post(f"{API}/packs/{name}/install", {"publish": True}).expect(200).json()
        assert (made["key"], made["layer"]) == (name, "own")
        run = rules.post(f"{API}/models/{name}/test").expect(200).json()
        assert run["failed"] == 0 and run["passed"] > 0 and run["coverage"]["missed"] == []
        assert rules.get(f"{API}/packs/{name}").expect(200).json()["model"]["id"] == made["id"]


def test_a_pack_is_installed_again_without_harm(rules):
    path = f"{API}/packs/shipping-tariff/install"
    draft = rules.post(path, {}).expect(200).json()
    assert rules.post(path, {}).expect(200).json() == draft
    published = rules.post(path, {"publish": True}).expect(200).json()
    assert rules.post(path, {"publish": True}).expect(200).json() == published
    rules.patch(f"{API}/models/shipping-tariff", {"tests": []}, headers={"If-Match": "*"}).expect(200)
    rules.post(path, {}).expect_problem(409, "pack_differs")
    assert rules.post(path, {"replace": True}).expect(200).json()["latest_version"] == 2
    rules.post(f"{API}/packs/none/install", {}).expect_problem(404, "pack_not_found")


def test_a_shared_pack_is_overridden_by_the_tenants_own(server, tenant, rules):
    shared = rules.post(f"{API}/packs/loan-decision/share").expect(200).json()
    assert shared["layer"] == "shared"
    assert rules.post(f"{API}/packs/loan-decision/share").expect(200).json() == shared
    rules.patch(f"{API}/models/loan-decision", {"tests": []}, headers={"If-Match": "*"}).expect_problem(
        409, "shared_model")
    own = rules.post(f"{API}/packs/loan-decision/install", {"publish": True}).expect(200).json()
    assert own["layer"] == "own"
    assert rules.get(f"{API}/models/loan-decision").json()["id"] == own["id"]
    writer = server.client(X_API_Key=tenant.make_key(["rules:read", "rules:write"]))
    writer.post(f"{API}/packs/loan-decision/share").expect_problem(403, "scope_required")
