"""flagd's evaluator, flagd's schema and JSONLogic over HTTP: imported as they are, evaluated by OFREP."""
import json
import os
import pathlib
import re

import pytest

import gherkin

ROOT = pathlib.Path(os.environ.get("MORTISE_CONFORMANCE")
                    or pathlib.Path(__file__).resolve().parents[3] / "shared/conformance")
OFREP = "/ofrep/v1/evaluate/flags"


def files(folder, pattern, *, some=True):
    """The files of a folder of vectors. Where `some` are due, a run of the project's CI fails without any."""
    found = sorted((ROOT / folder).glob(pattern))
    there = found if some else (ROOT / folder).is_dir()
    if not there and os.environ.get("CI") == "true":
        raise FileNotFoundError(f"{ROOT / folder} has no {pattern}")
    return found


def needs(found, source):
    if not found:
        pytest.skip(f"the vectors of {source} are missing in {ROOT}; set MORTISE_CONFORMANCE")


def typed(kind, text):
    text = text.replace('\\"', '"')
    return text if kind == "String" else json.loads(text)


def has_type(kind, value):
    if kind in ("Integer", "Float"):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, {"Boolean": bool, "String": str, "Object": dict}[kind])


class Application:
    """An application with an OpenFeature client: it has a default of its own for everything that fails."""

    GIVEN = re.compile(r'a (\w+)-flag with key "(.*)" and a fallback value "(.*)"')
    TARGETING_KEY = re.compile(r'a context containing a targeting key with value "(.*)"')
    ATTRIBUTE = re.compile(r'a context containing a key "(.*)", with type "(\w+)" and with value "(.*)"')
    NESTED = re.compile(r'a context containing a nested property with outer key "(.*)" and inner key "(.*)", '
                        r'with value "(.*)"')
    EXPECTED = re.compile(r'(?:the )?(resolved details value|reason|error-code) should be "(.*)"')

    def __init__(self, api):
        self.api = api
        self.context = {}

    def run(self, step, table):
        if match := self.GIVEN.fullmatch(step):
            self.kind, self.key = match[1], match[2]
            self.fallback = typed(self.kind, match[3])
        elif match := self.TARGETING_KEY.fullmatch(step):
            self.context["targetingKey"] = match[1]
        elif match := self.ATTRIBUTE.fullmatch(step):
            self.context[match[1]] = typed(match[2], match[3])
        elif match := self.NESTED.fullmatch(step):
            self.context[match[1]] = {match[2]: match[3]}
        elif step == "the flag was evaluated with details":
            self.evaluate()
        elif match := self.EXPECTED.fullmatch(step):
            self.check(match[1], match[2])
        elif step == "the resolved metadata is empty":
            assert not self.answer.get("metadata")
        elif step == "the resolved metadata should contain":
            for key, kind, value in table[1:]:
                assert self.answer["metadata"][key] == typed(kind, value)
        else:
            assert step == "an evaluator", f"no such step: {step}"

    def evaluate(self):
        answer = self.api.post(f"{OFREP}/{self.key}", {"context": self.context})
        assert answer.status in (200, 400, 404)
        self.answer = answer.json()
        self.error = self.answer.get("errorCode", "")
        self.value = self.answer.get("value", self.fallback)
        if not has_type(self.kind, self.value):
            self.value, self.error = self.fallback, "TYPE_MISMATCH"

    def check(self, what, expected):
        if what == "reason":
            assert self.answer["reason"] == expected
        elif what == "error-code":
            assert self.error == expected
        else:
            assert self.value == typed(self.kind, expected)


@pytest.fixture(scope="module")
def testbed(server, platform):
    """A tenant with the flags of flagd's testbed."""
    from mortise_fixtures import Tenant
    tenant = Tenant(server, platform, "flagd-testbed")
    document = files("flagd/evaluator/flags", "testkit-flags.json")
    needs(document, "github.com/open-feature/flagd-testbed")
    imported = tenant.admin.post("/api/v1/flags/import", json.loads(document[0].read_text())).expect(200).json()
    assert imported["created"] > 50
    assert {warning["code"] for warning in imported["warnings"]} >= {"unknown_evaluator", "invalid_weight"}
    return tenant


SCENARIOS = [(f"{file.stem}: {scenario.name}", scenario) for file in files("flagd/evaluator/gherkin", "*.feature")
             for scenario in gherkin.read(file.read_text()) if "@fractional-v1" not in scenario.tags]


@pytest.mark.parametrize("scenario", [scenario for _, scenario in SCENARIOS], ids=[name for name, _ in SCENARIOS])
def test_flagd_testbed(testbed, scenario):
    application = Application(testbed.api)
    for step, table in scenario.steps:
        application.run(step, table)


def test_all_scenarios_were_read():
    needs(SCENARIOS, "github.com/open-feature/flagd-testbed")
    assert len(SCENARIOS) == 125


def flag_with(rule):
    return {"state": "ENABLED", "variants": {"a": "b"}, "defaultVariant": "a", "targeting": rule}


def documents(kind):
    for part in ("flagd", "flags"):
        # A document that is refused may be one of a part alone: the folder of the other has none.
        for file in files(f"flagd/schema/test/{part}/{kind}", "*.json", some=kind == "positive"):
            yield pytest.param(json.loads(file.read_text()), id=f"{part}/{file.name}")


@pytest.mark.parametrize("document", list(documents("positive")))
def test_positive_documents_are_imported(tenant_a, document):
    answer = tenant_a.admin.post("/api/v1/flags/import", document).expect(200).json()
    assert answer["created"] == len(document["flags"]) and not answer["warnings"]


@pytest.mark.parametrize("document", list(documents("negative")))
def test_negative_documents_are_refused_with_a_pointer(tenant_a, document):
    problem = tenant_a.admin.post("/api/v1/flags/import", document).expect_problem(400, "invalid_flag")
    assert all(error["pointer"].startswith("/") for error in problem["errors"])


def rules(kind):
    return [pytest.param(json.loads(file.read_text()), id=file.name)
            for file in files(f"flagd/schema/test/targeting/{kind}", "*.json")]


@pytest.mark.parametrize("rule", rules("positive"))
def test_positive_rules_are_taken(tenant_a, rule):
    tenant_a.admin.put("/api/v1/flag-set", {"$evaluators": {"some-ref": {"==": [1, 1]}}}).expect(200)
    tenant_a.admin.put("/api/v1/flags/f", flag_with(rule)).expect(201)


@pytest.mark.parametrize("rule", rules("negative"))
def test_negative_rules_are_refused_with_a_pointer(tenant_a, rule):
    problem = tenant_a.admin.put("/api/v1/flags/f", flag_with(rule)).expect_problem(400, "invalid_flag")
    assert problem["errors"][0]["pointer"].startswith("/targeting/")


def test_json_logic(tenant_a):
    found = files("jsonlogic", "tests.json")
    needs(found, "github.com/jwadhams/json-logic")
    cases = [case for case in json.loads(found[0].read_text()) if isinstance(case, list)]
    # An element's rule sees the element alone, which may be anything, as the data of these cases.
    as_text = lambda rule: {"cat": [rule, "|"]}
    flags = {f"case-{i}": {"state": "ENABLED", "variants": {"yes": True, "no": False}, "targeting":
                           {"if": [{"===": [as_text({"map": [{"var": f"data-{i}"}, rule]}), as_text([expected])]},
                                   "yes", "no"]}}
             for i, (rule, _, expected) in enumerate(cases)}
    tenant_a.admin.post("/api/v1/flags/import", {"flags": flags}).expect(200)
    for i, (rule, data, expected) in enumerate(cases):
        answer = tenant_a.api.post(f"{OFREP}/case-{i}", {"context": {f"data-{i}": [data]}}).expect(200).json()
        assert answer["value"] is True, (rule, data, expected)
    assert len(cases) > 270
