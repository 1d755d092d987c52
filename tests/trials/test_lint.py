"""Each lint check with a rule file that makes its mistake and one that does not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from cds_service.trials.check import check_rules, coverage_reports
from cds_service.trials.lint import CHECKS

RULES = Path(__file__).parents[2] / "rules"
SOURCE = """\
A Study of Tests
Somewhere Hospital
Testville
Eligibility
Inclusion Criteria
* 2\\) Age 18 or more, or less.
* 3\\) Platelets low within 6 months; hemoglobin 70 or more
  a. ALT below 3 x ULN and AST below 3 x ULN
End of it
"""
CRITERIA = """\
  - id: I2
    kind: inclusion
    text: "Age 18 or more, or less."
    reading: r
    when: {age: years, at_least: "18"}
  - id: I3
    kind: inclusion
    text: ["Platelets low within 6 months; hemoglobin 70 or more", "ALT below 3 x ULN", "AST below 3 x ULN"]
    reading: r
    when: {procedure: pci, within: 6 months}
"""
CASES = """\
as_of: "2026-11-01"
cases:
  - {name: a, patient: {birthDate: "2008-11-01"}, chart: [], expect: {I2: satisfied, I3: unknown}}
  - {name: b, patient: {birthDate: "2008-11-02"}, chart: [], expect: {I2: failed}}
  - {name: c, patient: {}, chart: [], expect: {I2: unknown}}
  - name: d
    patient: {}
    chart: [{procedure: "http://snomed.info/sct|1", date: "2026-05-01"}]
    expect: {I3: satisfied}
  - {name: e, patient: {}, chart: [], expect: {I3: failed}}
"""


def trial(criteria: str = CRITERIA, **more: str) -> str:
    lines = {
        "indication": "{diagnosis: sle}",
        "sentences_not_criteria": '["Inclusion Criteria"]',
        "eligibility": '{from: "Inclusion Criteria", to: "End of it"}',
        **more,
    }
    head = f"""\
id: T1
title: "A Study of Tests"
status: recruiting
source:
  registry: "not named in the source"
  text: source.txt
  sha256: "{hashlib.sha256(SOURCE.encode()).hexdigest()}"
criteria_done: {lines.pop("criteria_done", "all")}
"""
    return head + "".join(f"{key}: {value}\n" for key, value in lines.items()) + "criteria:\n" + criteria


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "concepts").symlink_to(RULES / "concepts")
    (tmp_path / "trials" / "T1").mkdir(parents=True)
    (tmp_path / "trials" / "T1" / "source.txt").write_text(SOURCE)
    return tmp_path


def found(rules: Path, body: str, cases: str | None = CASES) -> list[str]:
    place = rules / "trials" / "T1"
    (place / "trial.yaml").write_text(body)
    if cases is not None:
        (place / "cases.yaml").write_text(cases)
    return [str(finding) for finding in check_rules(rules) if finding.severity != "note"]


def when(expression: str, *, kind: str = "inclusion") -> str:
    """A trial whose first criterion asks for this."""
    asked = CRITERIA.replace('{age: years, at_least: "18"}', expression, 1)
    return trial(asked.replace("kind: inclusion", f"kind: {kind}", 1))


def second(expression: str, *, kind: str = "inclusion", more: str = "") -> str:
    """A trial whose second criterion asks for this."""
    first, _, rest = CRITERIA.partition("  - id: I3")
    rest = rest.replace("kind: inclusion", f"kind: {kind}").replace(
        "{procedure: pci, within: 6 months}", expression
    )
    return trial(f"{first}  - id: I3{more}{rest}")


def test_a_trial_without_a_mistake_has_no_finding(rules: Path) -> None:
    assert found(rules, trial()) == []


AT = "trials/T1/trial.yaml"

WRONG_AND_RIGHT = [
    (  # Contradiction
        when('{age: years, at_least: "18", at_most: "17"}'),
        when('{age: years, at_least: "18", at_most: "18"}'),
        f"{AT}:17: error: No value meets all limits of I2.",
    ),
    (
        when('{age: years, above: "18", at_most: "18"}'),
        when('{age: years, above: "17", at_most: "18"}'),
        "No value meets all limits of I2.",
    ),
    (  # UnreachableBranch
        when('{all_of: [{age: years, below: "5"}, {age: years, at_least: "18"}]}'),
        when('{all_of: [{age: years, above: "5"}, {age: years, at_least: "18"}]}'),
        'error: I2: "all_of" asks one amount to be in two places at once.',
    ),
    (
        when('{any_of: [{age: years, below: "18"}, {age: years, at_least: "18"}]}'),
        when('{any_of: [{age: years, below: "18"}, {age: years, above: "18"}]}'),
        'error: I2: "any_of" is met by every value of one amount.',
    ),
    (
        when(
            '{any_of: [{age: years, below: "9"}, {age: years, at_least: "8", below: "19"}, '
            '{age: years, above: "18"}]}'
        ),
        when(
            '{any_of: [{age: years, below: "9"}, {age: years, at_least: "8", below: "18"}, '
            '{age: years, above: "18"}]}'
        ),
        'error: I2: "any_of" is met by every value of one amount.',
    ),
    (
        when("{any_of: [{sex: male}, {not: {sex: male}}]}"),
        when("{any_of: [{sex: male}, {not: {sex: female}}]}"),
        'error: I2: "any_of" holds a part and its opposite',
    ),
    (
        when("{not: {all_of: [{sex: male}, {sex: male}]}}"),
        when("{not: {all_of: [{sex: male}, {diagnosis: sle}]}}"),
        'error: I2: "all_of" holds one part twice.',
    ),
    (  # UnitMismatch
        when('{lab: hemoglobin, below: "70", unit: g/dL}'),
        when('{lab: hemoglobin, below: "70", unit: g/L}'),
        "error: I2: 70 g/dL is not a value that Hemoglobin can have",
    ),
    (  # DuplicateCriterion
        trial(CRITERIA + CRITERIA.partition("  - id: I3")[0].replace("id: I2", "id: I9")),
        trial(
            CRITERIA
            + CRITERIA.partition("  - id: I3")[0]
            .replace("id: I2", "id: I9")
            .replace("18", "19", 1)
            .replace('at_least: "18"', 'at_least: "19"')
            .replace("Age 19", "Age 18")
        ),
        "error: I9 says what I2 on line 13 says.",
    ),
    (  # SameInBoth
        second('{any_of: [{diagnosis: sle}, {age: years, at_least: "18"}]}', kind="exclusion"),
        second('{any_of: [{diagnosis: sle}, {age: years, below: "18"}]}', kind="exclusion"),
        "error: I3 excludes what I2 on line 13 demands.",
    ),
    (  # ForgottenPart
        second("{procedure: pci, within: 6 months}", more="\n    part_of: I2"),
        second("{criterion: I2}", more=""),
        "warning: I2 never asks for its part I3.",
    ),
    (  # WindowNotInSource
        when("{procedure: pci, within: 6 months}"),
        second("{procedure: pci, within: 6 months}"),
        'warning: I2 asks for "6 months", and its text names no time.',
    ),
    (  # WindowForgotten
        second("{procedure: pci}"),
        second('{ask_clinician: "A PCI in the last 6 months?"}'),
        'warning: The source of I3 says "within 6 months", and nothing in its rule asks for a time.',
    ),
    (  # DroppedWords
        trial(CRITERIA.replace("; hemoglobin 70 or more", "")),
        trial(),
        'error: No criterion carries "hemoglobin 70 or more" (line 7 of the source).',
    ),
    (
        trial(sentences_not_criteria="[]"),
        trial(),
        'error: No criterion carries "Inclusion Criteria" (line 5 of the source).',
    ),
    (
        trial(sentences_not_criteria='["Inclusion Criteria", "Not there"]'),
        trial(),
        'error: "Not there" is not in the source.',
    ),
    (
        trial(eligibility='{from: "Inclusion Criteria", to: "Nowhere"}'),
        trial(),
        'error: "eligibility" leads to no place in the source.',
    ),
    (  # an incomplete trial may still lack words
        trial(CRITERIA.replace("; hemoglobin 70 or more", "")),
        trial(CRITERIA.replace("; hemoglobin 70 or more", ""), criteria_done="some"),
        "error: No criterion carries",
    ),
    (  # NotInSource
        trial(locations='["Somewhere Hospital, Elsewhere"]'),
        trial(locations='["Somewhere Hospital, Testville"]', facts='{"Site": "Testville"}'),
        'warning: The source does not say "Somewhere Hospital, Elsewhere".',
    ),
]


@pytest.mark.parametrize(("wrong", "right", "said"), WRONG_AND_RIGHT)
def test_a_mistake_is_found_and_its_opposite_is_not(rules: Path, wrong: str, right: str, said: str) -> None:
    assert any(said in each for each in found(rules, wrong)), found(rules, wrong)
    assert not any(said in each for each in found(rules, right))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("I3: satisfied", "I2: unknown", "warning: No case shows I3 satisfied."),
        (", I3: unknown", "", "warning: No case shows I3 unknown."),
        ('"2026-05-01"', '"2026-05-07"', "warning: No case puts I3 exactly on 6 months."),
        ('"2008-11-02"', '"2009-12-02"', None),
        ('{birthDate: "2008-11-01"}', '{birthDate: "2007-01-01"}', None),
    ],
)
def test_cases_show_every_outcome_and_the_limit(rules: Path, old: str, new: str, said: str | None) -> None:
    assert old in CASES
    told = found(rules, trial(), CASES.replace(old, new))
    assert any(said in each for each in told) if said else told == []


def test_an_age_limit_wants_a_birthday(rules: Path) -> None:
    cases = CASES.replace('"2008-11-01"', '"2007-01-01"').replace('"2008-11-02"', '"2019-03-02"')
    [told] = found(rules, trial(), cases)
    assert "warning: No case puts I2 exactly on 18." in told


def test_a_limit_may_be_met_in_another_unit(rules: Path) -> None:
    body = when('{lab: platelets, below: "25", unit: "10*9/L"}')
    chart = 'chart: [{lab: platelets, value: "NUMBER", unit: "/uL"}], expect: {I2: satisfied'
    cases = CASES.replace("chart: [], expect: {I2: satisfied", chart, 1)
    said = "No case puts I2 exactly on 25."
    assert not any(said in each for each in found(rules, body, cases.replace("NUMBER", "25000")))
    assert any(said in each for each in found(rules, body, cases.replace("NUMBER", "24000")))


def test_a_criterion_without_a_case_is_an_error(rules: Path) -> None:
    cases = "\n".join(
        line for line in CASES.splitlines() if "I2: failed" not in line and "I2: unknown" not in line
    )
    told = found(rules, trial(), cases.replace("I2: satisfied, ", ""))
    assert told == [f"{AT}:13: error: No case expects anything of I2. Add one to cases.yaml."]


def test_a_trial_without_cases_is_told_once(rules: Path) -> None:
    [told] = found(rules, trial(), None)
    assert told.startswith(f"{AT}:1: error: The trial has no cases.")


def test_what_can_only_be_asked_needs_no_case_that_settles_it(rules: Path) -> None:
    body = second('{ask_clinician: "A PCI in the last 6 months?"}')
    assert not any("No case shows I3" in each for each in found(rules, body))


@pytest.mark.parametrize(
    ("when", "never"),
    [
        ("{took: rituximab}", True),
        ('{took: rituximab, within: "6 months"}', False),
        ("{procedure: pci}", True),
        ('{distinct_drugs: immunosuppressant, at_least: "2"}', True),
        ('{lab: ck, above: "1", times: uln, take: highest}', True),
        ('{lab: ck, above: "1", times: uln}', False),
        ("{diagnosis: malignancy}", True),
        ("{diagnosis: [malignancy, sle]}", True),
        ("{diagnosis: sle}", False),
        ('{diagnosis: malignancy, within: "6 months"}', False),
        ("{on_record: {diagnosis: malignancy}}", False),
        ('{glucocorticoid_dose: mg/day, at_least: "20", for_at_least: "3 months"}', True),
        ("{intolerance: glucocorticoid}", True),
    ],
)
def test_what_no_chart_denies_needs_no_case_that_denies_it(rules: Path, when: str, never: bool) -> None:
    cases = CASES.replace("I3: failed", "I3: unknown")
    told = any("No case shows I3 failed" in each for each in found(rules, second(when), cases))
    assert told is not never


def test_what_is_only_ever_for_review_is_never_there(rules: Path) -> None:
    cases = CASES.replace("I3: satisfied", "I3: unknown")
    body = second('{diagnosis: serious_lung_disease, within: "6 months"}')
    assert not any("No case shows I3 satisfied" in each for each in found(rules, body, cases))


def test_an_empty_concept_is_found(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cds_service.concepts.codes import CodeConcepts

    said = 'error: I3 asks for "pci", to which no code belongs.'
    assert not any(said in each for each in found(rules, trial()))
    monkeypatch.setattr(CodeConcepts, "has_codes", lambda _, key: key != "pci")
    assert any(said in each for each in found(rules, trial()))


def test_concepts_that_nothing_asks_for_are_noted(rules: Path) -> None:
    found(rules, trial())
    notes = [finding for finding in check_rules(rules) if finding.severity == "note"]
    assert [note.file for note in notes] == ["concepts/concepts.csv", "concepts/lab_concepts.csv"]
    assert " pci," not in notes[0].text
    assert " sle," not in notes[0].text
    assert " sle_nephritis," in notes[0].text


def test_what_does_not_load_is_told_alone(rules: Path) -> None:
    [told] = found(rules, trial().replace("status: recruiting", "status: yes"))
    assert told.startswith(f"{AT}:3: error: YAML reads yes as a boolean")


def test_a_case_that_is_wrong_is_told_with_its_file(rules: Path) -> None:
    [told] = found(rules, trial(), CASES.replace("I2: failed", "I99: failed"))
    assert told.startswith('trials/T1/cases.yaml:4: error: The trial has no criterion "I99".')


def test_concepts_that_do_not_load_are_a_finding(tmp_path: Path) -> None:
    [finding] = check_rules(tmp_path)
    assert finding.severity == "error"


def test_coverage_report(rules: Path) -> None:
    found(rules, trial(CRITERIA.replace('"ALT below 3 x ULN", ', "")))
    [report] = coverage_reports(rules)
    assert "| Inclusion Criteria | (no requirement) |" in report
    assert "| * 2\\\\) Age 18 or more, or less. | I2 |" in report
    assert "| hemoglobin 70 or more | I3 |" in report
    found(rules, trial(CRITERIA.replace('"ALT below 3 x ULN", "AST below 3 x ULN"', '"hemoglobin"')))
    [report] = coverage_reports(rules)
    assert "| a. ALT below 3 x ULN and AST below 3 x ULN | **none** |" in report


def test_every_check_has_a_pair_here() -> None:
    """A reminder for who adds a check: the mistakes above are told by these classes."""
    assert [type(check).__name__ for check in CHECKS] == [
        "Contradiction",
        "UnreachableBranch",
        "UnitMismatch",
        "DuplicateCriterion",
        "SameInBoth",
        "ForgottenPart",
        "WindowNotInSource",
        "WindowForgotten",
        "EmptyConcept",
        "DroppedWords",
        "NotInSource",
        "CriterionWithoutCase",
        "OutcomeWithoutCase",
        "LimitWithoutBoundaryCase",
    ]


def test_the_rules_of_the_product_have_no_error() -> None:
    assert [str(finding) for finding in check_rules(RULES) if finding.severity == "error"] == []
