"""``cases.yaml``: charts in a clinician's words, and what each criterion must come to.

Every case is run through the whole way that a posted chart takes; nothing here decides anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from cds_service.concepts import Concepts
from cds_service.features.question import Reason
from cds_service.trials.model import Trial
from cds_service.trials.problems import Fields, Problems, nearest
from cds_service.trials.short_fhir import resource
from cds_service.trials.yaml_source import Node, Table, Text, read_yaml

CASE_KEYS: Final = ("name", "patient", "chart", "expect", "result", "as_of")
PATIENT_KEYS: Final = ("gender", "birthDate", "deceasedDateTime")
OUTCOMES: Final = ("satisfied", "failed", "unknown")
RESULTS: Final = ("possible-match", "ruled-out", "not-relevant")
NOT_APPLICABLE: Final = "not-applicable"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a criterion must come to: an outcome, and where the case says so its reason."""

    outcome: str
    reason: str | None = None
    not_applicable: bool | None = None
    line: int = 0

    def differs(self, outcome: str, reason: str | None, *, not_applicable: bool) -> str | None:
        """How a verdict differs from this, in words; None where it is as expected."""
        if outcome != self.outcome:
            return f"is {outcome}, not {self.outcome}"
        if self.reason is not None and reason != self.reason:
            return f"is {outcome} for {reason}, not for {self.reason}"
        if self.not_applicable and not not_applicable:
            return "is satisfied by data; it was to be not applicable"
        return None


@dataclass(frozen=True, slots=True)
class Case:
    """One patient and what is expected of the trial's criteria."""

    name: str
    as_of: date
    bundle: bytes
    expect: Mapping[str, Expectation]
    result: str | None
    file: str
    line: int


def read_cases(
    path: Path, trial: Trial, concepts: Concepts, problems: Problems, name: str | None = None
) -> tuple[Case, ...]:
    """Read a trial's cases; what is wrong is kept in ``problems``."""
    file = name or f"{path.parent.name}/{path.name}"
    fields = Fields(read_yaml(path, file), "A file of cases", ("as_of", "cases"), file, problems)
    day = _day(fields, "as_of")
    if day is None:
        fields.wrong('"as_of" is the evaluation date of the cases, such as "2026-11-01". Add it.')
        return ()
    names: dict[str, int] = {}
    cases = []
    for node in fields.items("cases"):
        case = _case(node, day, trial, concepts, file, problems)
        first = names.setdefault(case.name, case.line)
        if first != case.line:
            problems.add(f"The case on line {first} has this name too. Give each its own.", file, case.line)
        cases.append(case)
    return tuple(cases)


def _case(node: Node, day: date, trial: Trial, concepts: Concepts, file: str, problems: Problems) -> Case:
    fields = Fields(node, "A case", CASE_KEYS, file, problems)
    result = fields.text("result")
    if result is not None and result not in RESULTS:
        fields.wrong(f'"{result}" is no result. {nearest(result, RESULTS)}', fields.table.line_of("result"))
    expect = dict(_expectations(fields, trial))
    if not expect and result is None:
        fields.wrong('A case expects something: give "expect" or "result".')
    return Case(
        name=fields.needed("name"),
        as_of=_day(fields, "as_of") or day,
        bundle=_bundle(fields, concepts),
        expect=expect,
        result=result,
        file=file,
        line=fields.line,
    )


def _bundle(case: Fields, concepts: Concepts) -> bytes:
    person = Fields(case.node("patient"), '"patient"', PATIENT_KEYS, case.file, case.problems)
    patient: dict[str, Any] = {"resourceType": "Patient", "id": "case"}
    patient |= {key: text for key in PATIENT_KEYS if (text := person.text(key)) is not None}
    made = [
        resource(item, number, concepts, case.file, case.problems)
        for number, item in enumerate(case.items("chart"), 1)
    ]
    entries = [{"resource": each} for each in (patient, *(each for each in made if each))]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def _expectations(case: Fields, trial: Trial) -> Iterator[tuple[str, Expectation]]:
    node = case.node("expect")
    if node is None:
        return
    if not isinstance(node, Table):
        case.wrong('"expect" is a mapping of criteria to outcomes.', node.line)
        return
    ids = [criterion.id for criterion in trial.criteria]
    for key, value in node.items():
        if key not in ids:
            case.wrong(f'The trial has no criterion "{key}". {nearest(key, ids)}', key.line)
        expected = _expectation(value) if isinstance(value, Text) else None
        if expected is None:
            reasons = "|".join(Reason)
            said = f"Write satisfied, failed, unknown, unknown <{reasons}> or satisfied {NOT_APPLICABLE}."
            case.wrong(said, key.line)
        else:
            yield str(key), expected


def _expectation(text: Text) -> Expectation | None:
    outcome, _, more = text.partition(" ")
    if outcome not in OUTCOMES:
        return None
    if not more:
        return Expectation(outcome, line=text.line)
    if outcome == "unknown" and more in set(Reason):
        return Expectation(outcome, reason=more, line=text.line)
    if outcome == "satisfied" and more == NOT_APPLICABLE:
        return Expectation(outcome, not_applicable=True, line=text.line)
    return None


def _day(fields: Fields, name: str) -> date | None:
    text = fields.text(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        fields.wrong(f'"{text}" is no date. Write it as "2026-11-01".', fields.table.line_of(name))
        return None
