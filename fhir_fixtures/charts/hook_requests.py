"""Ready CDS Hooks calls for the demonstration patient."""

from __future__ import annotations

from typing import Any

from charts.sle import DEMO

KEYS = {
    "conditions": "Condition",
    "observations": "Observation",
    "medicationRequests": "MedicationRequest",
    "medicationStatements": "MedicationStatement",
    "medicationAdministrations": "MedicationAdministration",
    "procedures": "Procedure",
    "immunizations": "Immunization",
    "allergies": "AllergyIntolerance",
    "diagnosticReports": "DiagnosticReport",
    "serviceRequests": "ServiceRequest",
    "researchSubjects": "ResearchSubject",
}
"""The keys of the discovery answer; its several Observation keys may be sent as one of any name."""

REFUSED = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "forbidden", "diagnostics": "Not permitted"}],
}


def full() -> dict[str, Any]:
    """Everything that discovery asks for; what the chart does not hold is an empty searchset."""
    entries = DEMO.bundle()["entry"]
    answers = {
        key: _searchset([each for each in entries if each["resource"]["resourceType"] == kind])
        for key, kind in KEYS.items()
    }
    return _call({"patient": entries[0]["resource"], **answers})


def without_answers() -> dict[str, Any]:
    """The diagnosis came; the other keys are null, empty, refused or missing."""
    prefetch = full()["prefetch"]
    return _call(
        {
            "patient": prefetch["patient"],
            "conditions": prefetch["conditions"],
            "observations": REFUSED,
            "medicationRequests": None,
            "medicationStatements": {},
            "medicationAdministrations": _searchset([]),
            "procedures": None,
            "allergies": REFUSED,
        }
    )


def without_prefetch() -> dict[str, Any]:
    """No prefetch at all, as from an EHR that sends none."""
    call = _call({})
    del call["prefetch"]
    return call


def encounter_start() -> dict[str, Any]:
    """The full call, at the start of an encounter."""
    call = full()
    context = {**call["context"], "encounterId": "test-encounter-one"}
    return {**call, "hook": "encounter-start", "context": context}


def _call(prefetch: dict[str, Any]) -> dict[str, Any]:
    return {
        "hook": "patient-view",
        "hookInstance": "00000000-0000-4000-8000-000000000001",
        "context": {"userId": "Practitioner/test-clinician-one", "patientId": "patient"},
        "prefetch": prefetch,
    }


def _searchset(entries: list[dict[str, Any]]) -> dict[str, Any]:
    found = [{**each, "search": {"mode": "match"}} for each in entries]
    made: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": len(found)}
    return {**made, "entry": found} if found else made


README = """# Ready hook calls

Bodies about the demonstration patient (`../patients/sle-woman-possible-match`): for
`POST /cds-services/cart-trial-match` those of `patient-view`, and for
`POST /cds-services/cart-trial-match-encounter-start` that of `encounter-start`.

| file | what it is | what comes out |
|---|---|---|
| `patient-view-full-prefetch.json` | every key of the discovery answer; its Observation keys sent as one | two cards: NCT06513429 and zhejiang-ultrafast-sle, possible matches. NCT07193667 is ruled out by mycophenolate |
| `patient-view-keys-without-answers.json` | the diagnosis came; other keys are null, empty, an OperationOutcome or missing | three cards, possible matches with data missing: what was refused is never taken for an empty chart |
| `patient-view-no-prefetch.json` | no prefetch | 412: the chart was not sent |
| `encounter-start-full-prefetch.json` | the same chart as the full call, at the start of an encounter | the same two cards |
"""


def files() -> dict[str, Any]:
    return {
        "requests/patient-view-full-prefetch.json": full(),
        "requests/patient-view-keys-without-answers.json": without_answers(),
        "requests/patient-view-no-prefetch.json": without_prefetch(),
        "requests/encounter-start-full-prefetch.json": encounter_start(),
    }
