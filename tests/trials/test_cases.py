"""Every case beside every trial, through the whole way that a posted chart takes."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import pytest

from cds_service.errors import RuleError
from cds_service.fhir.decode import read_bundle
from cds_service.matching import match
from cds_service.rules import RuleSet
from cds_service.trials.cases import Case, read_cases
from cds_service.trials.model import Trial
from cds_service.trials.problems import Problems

RULES = Path(__file__).parents[2] / "rules"


@functools.cache
def rules() -> RuleSet:
    return RuleSet.load(RULES)


PROBLEMS = Problems()


@functools.cache
def cases() -> list[tuple[Trial, Case]]:
    found: list[tuple[Trial, Case]] = []
    for trial in rules().trials:
        path = RULES / "trials" / trial.id / "cases.yaml"
        try:
            found += [(trial, case) for case in read_cases(path, trial, rules().concepts, PROBLEMS)]
        except RuleError as error:
            PROBLEMS.catch(error)
    return found


def named(value: object) -> str:
    return value.name.replace(" ", "-") if isinstance(value, Case) else getattr(value, "id", "")


@pytest.mark.parametrize(("trial", "case"), cases(), ids=named)
def test_case(trial: Trial, case: Case) -> None:
    answer = match(read_bundle(case.bundle, case.as_of), rules(), case.as_of, [trial.id])
    [found] = answer.matches
    wrong = []
    for id, expected in case.expect.items():
        verdict = found.verdict(id)
        reason = verdict.reason.value if verdict.reason else None
        said = expected.differs(verdict.outcome.value, reason, not_applicable=verdict.not_applicable)
        if said:
            wrong.append(f"{case.file}:{expected.line}: {id} {said}: {verdict.explanation}")
    if case.result is not None and found.result.value != case.result:
        failed = [v.criterion.id for v in found.verdicts if v.outcome.value == "failed"]
        wrong.append(
            f"{case.file}:{case.line}: the result is {found.result}, not {case.result}; failed: {failed}"
        )
    assert not wrong, "\n".join(wrong)


def test_every_trial_has_cases_that_can_be_read() -> None:
    assert [str(error) for error in PROBLEMS.errors] == []
    assert {trial.id for trial, _ in cases()} == {trial.id for trial in rules().trials}


CASE = """\
as_of: "2026-11-01"
cases:
  - name: n
    patient: {gender: female, birthDate: "1990-01-01"}
    chart:
      - CHART
    expect: {CRITERION: satisfied}
"""


def read(tmp_path: Path, body: str) -> tuple[tuple[Case, ...], list[str]]:
    (tmp_path / "cases.yaml").write_text(body)
    problems = Problems()
    trial = rules().trials[0]
    body = body.replace("CRITERION", trial.criteria[0].id)
    (tmp_path / "cases.yaml").write_text(body)
    found = read_cases(tmp_path / "cases.yaml", trial, rules().concepts, problems, "cases.yaml")
    return found, [str(error) for error in problems.errors]


@pytest.mark.parametrize(
    ("written", "path", "value"),
    [
        ('{lab: platelets, value: "25", unit: "10*9/L", date: "2026-10-20"}', "valueQuantity.value", 25),
        ('{lab: platelets, value: "25", unit: "10*9/L"}', "status", "final"),
        ('{lab: alt, value: "120.5", unit: U/L, uln: "40"}', "referenceRange.0.high.value", 40),
        ('{lab: alt, value: "120", unit: U/L, comparator: "<"}', "valueQuantity.comparator", "<"),
        ("{lab: hbsag, result: negative}", "valueCodeableConcept.text", "negative"),
        ('{score: sledai-2k, value: "8"}', "code.coding.0.system", "urn:cart-cds:clinical-scores"),
        ('{diagnosis: "a|b", status: active}', "clinicalStatus.coding.0.code", "active"),
        ('{diagnosis: "lupus"}', "code.text", "lupus"),
        (
            '{medication: "a|b", kind: request, start: "2026"}',
            "dosageInstruction.0.timing.repeat.boundsPeriod.start",
            "2026",
        ),
        ('{medication: "a|b", dose: "20 mg", per_day: "2"}', "dosage.0.doseAndRate.0.doseQuantity.value", 20),
        ('{medication: "a|b", kind: administration, start: "2026"}', "effectiveDateTime", "2026"),
        ('{medication: "a|b", kind: dispense, start: "2026"}', "whenHandedOver", "2026"),
        ('{procedure: "a|b", date: "2026"}', "performedDateTime", "2026"),
        ('{immunization: "a|03", date: "2026"}', "vaccineCode.coding.0.code", "03"),
        ('{report: ecg, date: "2026"}', "code.text", "ECG"),
        (
            '{resource: {resourceType: X, valueInteger: "3", valueBoolean: "true", id: "7"}}',
            "valueInteger",
            3,
        ),
    ],
)
def test_the_short_form_becomes_fhir(tmp_path: Path, written: str, path: str, value: object) -> None:
    [case], wrong = read(tmp_path, CASE.replace("CHART", written))
    assert not wrong
    at = json.loads(case.bundle)["entry"][1]["resource"]
    for step in path.split("."):
        at = at[int(step)] if step.isdigit() else at[step]
    assert at == value


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("CHART", "{labb: platelets}", '6: "labb" is no entry of a chart. Did you mean "lab"?'),
        ("CHART", '{lab: plateletz, value: "1"}', '6: "plateletz" is no lab'),
        ("CHART", '{lab: platelets, valu: "1"}', 'has no key "valu"'),
        ("CHART", "{lab: platelets}", '6: A result has a "value" or a "result"'),
        ("CHART", '{lab: platelets, value: "<3"}', '"<3" is no number'),
        ("CHART", '{medication: "a|b", kind: order}', '"order" is no kind of medication record'),
        ("CHART", "{report: ecgg}", 'Did you mean "ecg"?'),
        ("CHART", "{resource: {id: x}}", 'with its "resourceType"'),
        ("satisfied}", "met}", "7: Write satisfied, failed, unknown"),
        ("satisfied}", "failed not-applicable}", "7: Write satisfied, failed, unknown"),
        ("CRITERION", "I99", 'The trial has no criterion "I99"'),
        ("    expect: {CRITERION: satisfied}\n", "", "3: A case expects something"),
        ('"2026-11-01"', '"1.11.2026"', '1: "1.11.2026" is no date'),
        ("    expect", "    result: eligible\n    expect", '"eligible" is no result'),
        ("    expect", "    expects: {}\n    expect", 'A case has no key "expects". Did you mean "expect"?'),
    ],
)
def test_a_case_that_is_wrong_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in CASE
    _, wrong = read(tmp_path, CASE.replace(old, new, 1).replace("CHART", "{diagnosis: x}"))
    assert any(said in each for each in wrong), wrong
    assert all(each.startswith("cases.yaml:") for each in wrong)
