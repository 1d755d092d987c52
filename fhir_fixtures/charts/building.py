"""Short words for FHIR R4 resources, and the Bundle that holds one patient's chart."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from charts.codes import (
    ANSWERS,
    CVX,
    DIAGNOSES,
    DRUGS,
    HL7,
    LOINC,
    PROCEDURES,
    RXNORM,
    SCORES,
    SNOMED,
    TESTS,
    UCUM,
    VACCINES,
)

Resource = dict[str, Any]
RECENT = "2026-10-28"
_NAMESPACE = UUID("c0ffee00-0000-4000-8000-000000000000")
_BASE = "https://ehr.example.org/fhir"


def number(text: str) -> int | float:
    """A JSON number as it is written."""
    return float(text) if "." in text else int(text)


def concept(system: str, code: str, words: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": words}], "text": words}


def quantity(value: str, unit: str | None) -> dict[str, Any]:
    if unit is None:
        return {"value": number(value)}
    return {"value": number(value), "unit": unit, "system": UCUM, "code": unit}


def _observation(category: str, code: dict[str, Any], on: str, status: str) -> Resource:
    return {
        "resourceType": "Observation",
        "status": status,
        "category": [concept(f"{HL7}/observation-category", category, category)],
        "code": code,
        "effectiveDateTime": f"{on}T08:15:00+08:00",
    }


def lab(
    test: str,
    value: str,
    unit: str | None = "its own",
    on: str = RECENT,
    *,
    uln: str | None = "its own",
    status: str = "final",
) -> Resource:
    """A measured value; ``uln=None`` is sent without a reference range, ``unit=None`` without a unit."""
    code, words, category, own_unit, low, high = TESTS[test]
    unit = own_unit if unit == "its own" else unit
    high = high if uln == "its own" else uln
    made = _observation(category, concept(LOINC, code, words), on, status)
    made["valueQuantity"] = quantity(value, unit)
    if high is not None:
        limits = {"low": quantity(low, unit)} if low is not None else {}
        span = f"{low}-{high}" if low is not None else f"<{high}"
        made["referenceRange"] = [
            {**limits, "high": quantity(high, unit), "text": f"{span} {unit or ''}".strip()}
        ]
    return made


def answer(test: str, result: str, on: str = RECENT, *, status: str = "final") -> Resource:
    """A test that is answered in words: negative, positive, detected, not detected."""
    code, words, category, *_ = TESTS[test]
    made = _observation(category, concept(LOINC, code, words), on, status)
    made["valueCodeableConcept"] = concept(SNOMED, *ANSWERS[result])
    return made


def score(name: str, value: str, on: str = RECENT) -> Resource:
    made = _observation("survey", concept(SCORES, name, name), on, "final")
    return {**made, "valueQuantity": {"value": number(value)}}


def condition(
    name: str,
    onset: str | None,
    *,
    clinical: str = "active",
    verified: str = "confirmed",
    ended: str | None = None,
) -> Resource:
    made: Resource = {
        "resourceType": "Condition",
        "clinicalStatus": concept(f"{HL7}/condition-clinical", clinical, clinical),
        "verificationStatus": concept(f"{HL7}/condition-ver-status", verified, verified),
        "category": [concept(f"{HL7}/condition-category", "problem-list-item", "Problem List Item")],
        "code": concept(*DIAGNOSES[name]),
    }
    if onset:
        made["onsetDateTime"] = onset
    if ended:
        made["abatementDateTime"] = ended
    return made


def _tablets(a_day: str, milligrams: str) -> dict[str, Any]:
    return {
        "text": f"{milligrams} mg by mouth, {a_day} time(s) a day",
        "timing": {"repeat": {"frequency": int(a_day), "period": 1, "periodUnit": "d"}},
        "route": concept(SNOMED, "26643006", "Oral route"),
        "doseAndRate": [{"doseQuantity": quantity(milligrams, "mg")}],
    }


def takes(drug: str, milligrams: str, a_day: str, since: str, until: str | None = None) -> Resource:
    """A MedicationStatement: reported as taken, from the start of the dose on."""
    period = {"start": since, "end": until} if until else {"start": since}
    return {
        "resourceType": "MedicationStatement",
        "status": "completed" if until else "active",
        "medicationCodeableConcept": concept(RXNORM, *DRUGS[drug]),
        "effectivePeriod": period,
        "dosage": [_tablets(a_day, milligrams)],
    }


def ordered(drug: str, milligrams: str, a_day: str, on: str) -> Resource:
    """The prescription of a drug that is taken."""
    return {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": concept(RXNORM, *DRUGS[drug]),
        "authoredOn": on,
        "dosageInstruction": [_tablets(a_day, milligrams)],
    }


def infused(drug: str, milligrams: str, *days: str) -> list[Resource]:
    """One MedicationAdministration for each day on which a dose was given into a vein."""
    return [
        {
            "resourceType": "MedicationAdministration",
            "status": "completed",
            "medicationCodeableConcept": concept(RXNORM, *DRUGS[drug]),
            "effectiveDateTime": f"{day}T10:00:00+08:00",
            "dosage": {
                "text": f"{milligrams} mg into a vein",
                "route": concept(SNOMED, "47625008", "Intravenous route"),
                "dose": quantity(milligrams, "mg"),
            },
        }
        for day in days
    ]


def vaccinated(vaccine: str, on: str) -> Resource:
    return {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": concept(CVX, *VACCINES[vaccine]),
        "occurrenceDateTime": on,
        "primarySource": True,
    }


def no_known_drug_allergy(on: str = "2026-03-02") -> Resource:
    return {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": concept(f"{HL7}/allergyintolerance-clinical", "active", "Active"),
        "verificationStatus": concept(f"{HL7}/allergyintolerance-verification", "confirmed", "Confirmed"),
        "code": concept(SNOMED, "409137002", "No known drug allergy"),
        "recordedDate": on,
    }


def performed(procedure: str, on: str) -> Resource:
    return {
        "resourceType": "Procedure",
        "status": "completed",
        "code": concept(SNOMED, *PROCEDURES[procedure]),
        "performedDateTime": on,
    }


def planned(procedure: str, on: str) -> Resource:
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": concept(SNOMED, *PROCEDURES[procedure]),
        "occurrenceDateTime": on,
        "authoredOn": "2026-10-05",
    }


def severe_allergy(substance: str, recorded: str) -> Resource:
    return {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": concept(f"{HL7}/allergyintolerance-clinical", "active", "Active"),
        "verificationStatus": concept(f"{HL7}/allergyintolerance-verification", "confirmed", "Confirmed"),
        "category": ["medication"],
        "criticality": "high",
        "code": {"text": substance},
        "recordedDate": recorded,
        "reaction": [{"manifestation": [{"text": "Anaphylaxis"}], "severity": "severe"}],
    }


def took_part(title: str, kind: str, status: str, start: str, end: str | None = None) -> list[Resource]:
    """In one other study: the subject and the study, whose category says what kind it is."""
    period = {"start": start, "end": end} if end else {"start": start}
    study = {
        "resourceType": "ResearchStudy",
        "status": "active",
        "title": title,
        "category": [{"text": kind}],
    }
    subject = {
        "resourceType": "ResearchSubject",
        "status": status,
        "period": period,
        "study": {"reference": "ResearchStudy/researchstudy-1"},
    }
    return [study, subject]


def report(code: str | None, words: str, conclusion: str, on: str) -> Resource:
    """A DiagnosticReport, whose words only a reader can judge."""
    return {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": concept(LOINC, code, words) if code else {"text": words},
        "effectiveDateTime": f"{on}T09:30:00+08:00",
        "issued": f"{on}T12:00:00+08:00",
        "conclusion": conclusion,
    }


def ecg(on: str = "2026-10-12") -> Resource:
    return report("11524-6", "EKG study", "Sinus rhythm, no ST change.", on)


def surroundings() -> list[Resource]:
    """What every real chart also holds and no criterion reads."""
    return [
        {
            "resourceType": "Encounter",
            "status": "finished",
            "class": {"system": f"{HL7}/v3-ActCode", "code": "AMB", "display": "ambulatory"},
            "period": {"start": f"{RECENT}T08:00:00+08:00", "end": f"{RECENT}T09:00:00+08:00"},
        },
        {"resourceType": "Organization", "active": True, "name": "Test Hospital-One"},
        {
            "resourceType": "Practitioner",
            "active": True,
            "name": [{"family": "Clinician-One", "given": ["Test"]}],
        },
        {
            "resourceType": "CarePlan",
            "status": "active",
            "intent": "plan",
            "title": "Follow-up every four weeks",
        },
    ]


_OWNER = {"Immunization": "patient", "AllergyIntolerance": "patient", "ResearchSubject": "individual"}
_NOBODY = frozenset({"Organization", "Practitioner", "ResearchStudy", "Patient"})


def bundle(
    *, slug: str, name: str, gender: str, born: str, chart: list[Resource], kind: str = "collection"
) -> Resource:
    """The Bundle of one patient. A transaction refers by ``urn:uuid``, a searchset absolutely, a collection
    relatively.
    """
    given, family = name.split()
    patient: Resource = {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:example:synthetic-patient", "value": slug}],
        "active": True,
        "name": [{"use": "official", "family": family, "given": [given]}],
        "gender": gender,
        "birthDate": born,
    }
    counts: dict[str, int] = {}
    entries = []
    owner = _reference(slug, kind, "Patient", "patient")
    for each in [patient, *chart, *surroundings()]:
        type_ = each["resourceType"]
        counts[type_] = counts.get(type_, 0) + 1
        id_ = "patient" if type_ == "Patient" else f"{type_.lower()}-{counts[type_]}"
        resource = {
            "resourceType": type_,
            "id": id_,
            **{k: v for k, v in each.items() if k != "resourceType"},
        }
        if type_ not in _NOBODY:
            resource[_OWNER.get(type_, "subject")] = {"reference": owner}
        entry: Resource = {"fullUrl": _full_url(slug, kind, type_, id_), "resource": resource}
        if kind == "transaction":
            entry["request"] = {"method": "POST", "url": type_}
        if kind == "searchset":
            entry["search"] = {"mode": "match"}
        entries.append(entry)
    made: Resource = {"resourceType": "Bundle", "id": slug, "type": kind}
    if kind == "searchset":
        made["total"] = len(entries)
        made["link"] = [{"relation": "self", "url": f"{_BASE}/Patient/patient/$everything"}]
    return {**made, "entry": entries}


def _full_url(slug: str, kind: str, type_: str, id_: str) -> str:
    if kind == "transaction":
        return f"urn:uuid:{uuid5(_NAMESPACE, f'{slug}/{type_}/{id_}')}"
    return f"{_BASE}/{type_}/{id_}"


def _reference(slug: str, kind: str, type_: str, id_: str) -> str:
    return f"{type_}/{id_}" if kind == "collection" else _full_url(slug, kind, type_, id_)
