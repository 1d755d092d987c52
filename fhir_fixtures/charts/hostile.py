"""Small charts that are wrong in one way each, and what must come out of them.

All but a few are the same woman with lupus whose platelet count is what is wrong: read well, a count of 20
rules her out of NCT06513429 (exclusion 11, "e. Platelets <25,000/mm³"); a count that cannot be trusted must
leave that criterion unknown, never pass it and never fail it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from charts.building import condition, lab
from charts.expected import SLP


@dataclass(frozen=True)
class Hostile:
    """One file: what is wrong with it, the status of ``POST /match``, the platelet criterion, an issue's words."""

    name: str
    wrong: str
    body: bytes
    status: int = 200
    e11f: str | None = None
    result: str | None = None
    issue: str | None = None
    then: str = ""

    def expected(self) -> dict[str, Any]:
        return {
            "status": self.status,
            "trial": SLP,
            "result": self.result,
            "E11f": self.e11f,
            "issue": self.issue,
        }


PATIENT = {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1990-01-01"}
SLE = {**condition("sle", "2020-01-01"), "id": "sle", "subject": {"reference": "Patient/p1"}}


def platelets(**more: Any) -> dict[str, Any]:
    return {**lab("platelets", "20"), "id": "plt", "subject": {"reference": "Patient/p1"}} | more


def bundled(*resources: Any) -> bytes:
    return _json(
        {"resourceType": "Bundle", "type": "collection", "entry": [_entry(each) for each in resources]}
    )


def _entry(resource: Any) -> Any:
    return None if resource is None else {"resource": resource}


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def _of(value: Any, unit: str | None = "10*3/uL") -> dict[str, Any]:
    quantity = {"value": value}
    if unit is not None:
        quantity |= {"unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    return quantity


def _deep(levels: int) -> dict[str, Any]:
    extension: dict[str, Any] = {"url": "urn:example:deep"}
    for _ in range(levels):
        extension = {"url": "urn:example:deep", "extension": [extension]}
    return extension


def _chart(*changed: Any) -> bytes:
    return bundled(PATIENT, SLE, *changed)


CASES: Sequence[Hostile] = [
    Hostile(
        "nothing-wrong", "Nothing: what the others are measured by.", _chart(platelets()),
        e11f="failed", result="ruled-out",
    ),
    Hostile("two-patients", "Two different Patients in one Bundle.", bundled(PATIENT, {**PATIENT, "id": "p2"}, SLE), 422, then="refused: whose chart is it?"),
    Hostile("no-patient", "No Patient.", bundled(SLE, platelets()), 422, then="refused: whose chart is it?"),
    Hostile("empty-bundle", "A Bundle without entries.", _json({"resourceType": "Bundle", "type": "collection"}), 422, then="refused"),
    Hostile("not-a-bundle", "JSON, but no FHIR.", _json({"patient": "Test Nobody", "platelets": 20}), 422, then="refused"),
    Hostile("not-json", "Cut off in the middle.", bundled(PATIENT, SLE)[:200], 400, then="refused"),
    Hostile("not-a-number", "NaN, which is no JSON.", _chart(platelets()).replace(b'"value": 20', b'"value": NaN'), 400, then="refused"),
    Hostile("deep-nesting", "Extensions 200 levels deep.", _chart(platelets(extension=[_deep(200)])), 413, then="refused"),
    Hostile(
        "null-entry", "A null among the entries.", bundled(PATIENT, None, SLE, platelets()),
        e11f="failed", result="ruled-out", issue="not an object", then="the rest counts",
    ),
    Hostile(
        "unknown-resource-type", "An entry of a type that FHIR does not have.",
        _chart(platelets(), {"resourceType": "Horoscope", "id": "h1"}),
        e11f="failed", result="ruled-out", then="skipped",
    ),
    Hostile(
        "wrong-types", "valueQuantity is a list of words, code is a number.",
        _chart(platelets(valueQuantity=["twenty", "platelets"]), {**platelets(id="other"), "code": 5}),
        e11f="unknown", result="possible-match", issue="could not be read", then="left out",
    ),
    Hostile(
        "future-date", "The count is dated a year after the evaluation date.",
        _chart(platelets(effectiveDateTime="2027-11-01")),
        e11f="unknown", result="possible-match", issue="after the evaluation date", then="left out: on that day nobody knew it",
    ),
    Hostile(
        "no-such-day", "The count is dated 30 February.",
        _chart(platelets(effectiveDateTime="2026-02-30")), e11f="unknown", result="possible-match", issue="no FHIR date", then="a result without a day cannot be used",
    ),
    Hostile("negative-value", "A count of -20.", _chart(platelets(valueQuantity=_of(-20))), e11f="unknown", result="possible-match", then="no count of cells"),
    Hostile("unit-missing", "A count of 20 without a unit.", _chart(platelets(valueQuantity=_of(20, None))), e11f="unknown", result="possible-match", then="20 of what?"),
    Hostile("unit-unknown", "A count in kelvin.", _chart(platelets(valueQuantity=_of(20, "K"))), e11f="unknown", result="possible-match", then="cannot be converted"),
    Hostile("huge-number", "A count of 1e999999.", _chart(platelets()).replace(b'"value": 20', b'"value": 1e999999'), e11f="unknown", result="possible-match", issue="could not be read", then="no number of reasonable size"),
    Hostile("number-as-text", 'The value is "20", a string.', _chart(platelets(valueQuantity=_of("20"))), e11f="failed", result="ruled-out", then="means the same"),
    Hostile(
        "comparator-straddles", "A count of “<100”.",
        _chart(platelets(valueQuantity={**_of(100), "comparator": "<"})), e11f="unknown", result="possible-match", then="below 25, or not",
    ),
    Hostile("value-in-words", "The value is the words “twenty thousand”.", _chart({**{k: v for k, v in platelets().items() if k != "valueQuantity"}, "valueString": "twenty thousand"}), e11f="unknown", result="possible-match", then="no number"),
    Hostile("preliminary", "The count is preliminary.", _chart(platelets(status="preliminary")), e11f="unknown", result="possible-match", then="to be awaited"),
    Hostile("entered-in-error", "The count was entered in error.", _chart(platelets(status="entered-in-error")), e11f="unknown", result="possible-match", then="as if it were not there"),
    Hostile("other-patients-lab", "The count is another patient's.", _chart(platelets(subject={"reference": "Patient/p2"})), e11f="unknown", result="possible-match", issue="another patient", then="left out"),
    Hostile("no-subject", "The count says of no one.", _chart({k: v for k, v in platelets().items() if k != "subject"}), e11f="failed", result="ruled-out", issue="names no patient", then="taken as the patient's of this call, and said"),
    Hostile("duplicate-id-same", "The same count twice.", _chart(platelets(), platelets()), e11f="failed", result="ruled-out", then="counts once"),
    Hostile(
        "duplicate-id-differs", "One id, one time, two counts: 20 and 200.",
        _chart(platelets(), platelets(valueQuantity=_of(200))), e11f="unknown", result="possible-match", issue="different content", then="a contradiction",
    ),
    Hostile("byte-order-mark", "A UTF-8 byte order mark before the JSON.", b"\xef\xbb\xbf" + _chart(platelets()), e11f="failed", result="ruled-out", then="read"),
    Hostile(
        "refuted-diagnosis", "The lupus was refuted.",
        bundled(PATIENT, {**condition("sle", "2020-01-01", clinical="inactive", verified="refuted"), "id": "sle", "subject": {"reference": "Patient/p1"}}, platelets()),
        result="not-relevant", then="no trial of lupus concerns her",
    ),
    Hostile(
        "script-in-texts", "HTML and markdown in the names of the diagnosis.",
        bundled(PATIENT, {**SLE, "code": {**SLE["code"], "text": "<script>alert(1)</script> [x](javascript:alert(1))"}}, platelets()),
        e11f="failed", result="ruled-out", then="text, and nothing but text",
    ),
]  # fmt: skip


def table() -> str:
    """The README of the directory."""
    lines = [
        "# Hostile charts",
        "",
        "Each file is posted to `/match?asOf=2026-11-01`. All but a few are a woman with lupus whose one platelet count is",
        f"wrong in some way. Read well, it rules her out of {SLP} (E11f, limit 25); what cannot be trusted must leave",
        "E11f unknown. Nothing here is ever answered with a status of the 500s.",
        "",
        "| file | what is wrong | status | E11f | result | then |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{case.name}.json` | {case.wrong} | {case.status} | {case.e11f or ''} | {case.result or ''} | {case.then} |"
        for case in CASES
    ]
    return "\n".join([*lines, ""])


def files() -> dict[str, bytes]:
    made = {f"hostile/{case.name}.json": case.body for case in CASES}
    expected = {case.name: case.expected() for case in CASES}
    return made | {"hostile/README.md": table().encode(), "hostile/expected.json": _json(expected)}
