# ruff: noqa: E501  # tables
"""Charts of three sizes for the measurements, made anew from a seed: the same bytes each time.

``S`` is about 28 KB in 30 resources, ``M`` 286 KB in 300, ``L`` 3 MB in 3,000. Each is the body of a
``patient-view`` call with the whole chart in its prefetch, one searchset for each key of the discovery
answer, and every Observation under the key that asks for its code. The patient has systemic lupus, and
nothing on record fails a criterion of NCT06513429, so a card is built.

    python benchmarks/charts.py M >call.json
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import orjson

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

AS_OF = date(2026, 11, 20)
SIZES = {"S": 30, "M": 300, "L": 3000}
EXPECTED = "NCT06513429"
"""The trial that is a possible match for every one of these patients."""

LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
RXNORM, CVX = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://hl7.org/fhir/sid/cvx"
UCUM, HL7 = "http://unitsofmeasure.org", "http://terminology.hl7.org/CodeSystem"
BASE = "https://ehr.example.org/fhir"

Resource = dict[str, Any]

# LOINC, words, unit, lowest and highest usual value, limits of the reference range
LABS = (
    ("6690-2", "Leukocytes [#/volume] in Blood by Automated count", "10*3/uL", 4.1, 8.8, 3.5, 9.5),
    ("751-8", "Neutrophils [#/volume] in Blood by Automated count", "10*3/uL", 2.1, 5.9, 1.8, 6.3),
    ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", 10.4, 14.1, 11.5, 15.0),
    ("777-3", "Platelets [#/volume] in Blood by Automated count", "10*3/uL", 140, 320, 125, 350),
    ("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "U/L", 9, 52, 7, 40),
    ("1920-8", "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "U/L", 13, 48, 13, 40),
    ("6768-6", "Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma", "U/L", 38, 110, 35, 120),
    ("1975-2", "Bilirubin.total [Mass/volume] in Serum or Plasma", "mg/dL", 0.3, 1.1, 0.2, 1.2),
    ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", 0.5, 0.9, 0.5, 1.0),
    ("6301-6", "INR in Platelet poor plasma by Coagulation assay", "{INR}", 0.9, 1.1, 0.8, 1.2),
    ("5902-2", "Prothrombin time (PT)", "s", 10.2, 12.4, 10, 13),
    ("4485-9", "Complement C3 [Mass/volume] in Serum or Plasma", "mg/dL", 62, 110, 90, 180),
    ("4498-2", "Complement C4 [Mass/volume] in Serum or Plasma", "mg/dL", 7, 19, 10, 40),
    ("5130-0", "DNA double strand Ab [Units/volume] in Serum", "[IU]/mL", 20, 210, 0, 30),
    ("2889-4", "Protein [Mass/time] in 24 hour Urine", "g/(24.h)", 0.1, 0.4, 0, 0.15),
    ("2157-6", "Creatine kinase [Enzymatic activity/volume] in Serum or Plasma", "U/L", 45, 180, 40, 200),
    ("2532-0", "Lactate dehydrogenase [Enzymatic activity/volume] in Serum or Plasma", "U/L", 130, 240, 120, 250),
    ("2465-3", "IgG [Mass/volume] in Serum or Plasma", "g/L", 9.2, 15.8, 7, 16),
    ("8116-6", "CD19 cells [#/volume] in Blood", "/uL", 110, 420, 90, 560),
    ("24467-3", "CD3+CD4+ (T4 helper) cells [#/volume] in Blood", "/uL", 430, 980, 410, 1590),
)  # fmt: skip
VITALS = (
    ("29463-7", "Body weight", "kg", 56.0, 61.5),
    ("8302-2", "Body height", "cm", 165, 165),
    ("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry", "%", 96, 99),
    ("8867-4", "Heart rate", "/min", 58, 92),
    ("8310-5", "Body temperature", "Cel", 36.2, 37.1),
    ("8480-6", "Systolic Blood Pressure", "mm[Hg]", 104, 138),
)
ANSWERED = (
    ("5196-1", "Hepatitis B virus surface Ag [Presence] in Serum or Plasma by Immunoassay"),
    ("13952-7", "Hepatitis B virus core Ab [Presence] in Serum or Plasma by Immunoassay"),
    ("13955-0", "Hepatitis C virus Ab [Presence] in Serum or Plasma by Immunoassay"),
    ("56888-1", "HIV 1+2 Ab+HIV1 p24 Ag [Presence] in Serum or Plasma by Immunoassay"),
    ("24110-9", "Treponema pallidum Ab [Presence] in Serum by Immunoassay"),
    ("2106-3", "Choriogonadotropin (pregnancy test) [Presence] in Urine"),
)
# What most charts hold most of: conditions, drugs, procedures and vaccines that no criterion asks for.
CONDITIONS = (
    ("66383009", "Gingivitis (disorder)"),
    ("195662009", "Acute viral pharyngitis (disorder)"),
    ("65363002", "Otitis media (disorder)"),
    ("314529007", "Medication review due (situation)"),
    ("10509002", "Acute bronchitis (disorder)"),
    ("444814009", "Viral sinusitis (disorder)"),
    ("109570002", "Primary dental caries (disorder)"),
    ("73595000", "Stress (finding)"),
    ("44465007", "Sprain of ankle (disorder)"),
    ("15777000", "Prediabetes"),
    ("160903007", "Full-time employment (finding)"),
)
DRUGS = (
    ("313782", "Acetaminophen 325 MG Oral Tablet"),
    ("849574", "Naproxen sodium 220 MG Oral Tablet"),
    ("308192", "Amoxicillin 500 MG Oral Tablet"),
    ("310965", "Ibuprofen 200 MG Oral Tablet"),
    ("243670", "Aspirin 81 MG Oral Tablet"),
    ("904419", "Alendronic acid 10 MG Oral Tablet"),
    ("757594", "Jolivette 28 Day Pack"),
    ("2001499", "Vitamin B12 5 MG/ML Injectable Solution"),
)
PROCEDURES = (
    ("430193006", "Medication reconciliation (procedure)"),
    ("171207006", "Depression screening (procedure)"),
    ("103697008", "Patient referral for dental care (procedure)"),
    ("91251008", "Physical therapy procedure (regime/therapy)"),
    ("23426006", "Measurement of respiratory function (procedure)"),
    ("5880005", "Physical examination procedure (procedure)"),
)
VACCINES = (
    ("140", "Influenza, seasonal, injectable, preservative free"),
    ("113", "Td (adult) preservative free"),
    ("133", "Pneumococcal conjugate PCV 13"),
)
REPORTS = (
    ("51990-0", "Basic Metabolic Panel"),
    ("58410-2", "CBC panel - Blood by Automated count"),
    ("57698-3", "Lipid Panel"),
)
# Of every thousand resources; what is left over is laboratory results.
SHARES = {
    "Condition": 80,
    "MedicationRequest": 80,
    "MedicationStatement": 27,
    "MedicationAdministration": 20,
    "Procedure": 40,
    "Immunization": 20,
    "DiagnosticReport": 20,
    "vital signs": 100,
    "answered": 20,
}


def call(size: str, *, as_of: date = AS_OF, seed: int = 1, patient: str | None = None) -> bytes:
    """The body of one ``patient-view`` call."""
    return orjson.dumps(hook_call(SIZES[size], as_of=as_of, seed=seed, patient=patient))


def bundle(size: str, *, as_of: date = AS_OF, seed: int = 1) -> bytes:
    """The same chart as one Bundle, as ``POST /match`` takes it."""
    entries = [_entry(each) for each in resources(SIZES[size], as_of, random.Random(seed), f"test-{seed}")]
    return orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


def hook_call(
    count: int, *, as_of: date = AS_OF, seed: int = 1, patient: str | None = None
) -> dict[str, Any]:
    patient = patient or f"test-{seed}"
    made = list(resources(count, as_of, random.Random(seed), patient))
    return {
        "hook": "patient-view",
        "hookInstance": "00000000-0000-4000-8000-000000000001",
        "context": {"userId": "Practitioner/test-clinician", "patientId": patient},
        "prefetch": _prefetch(made, _templates()),
    }


def resources(count: int, as_of: date, rng: random.Random, patient: str) -> Iterator[Resource]:
    """That many resources of one patient, newest results first as a search returns them."""
    making = _Making(as_of, rng, patient)
    plan = [making.patient(), *making.what_matters()]
    for name, share in SHARES.items():
        plan += islice(making.kinds[name](), count * share // 1000)
    plan = plan[:count]
    plan += islice(making.labs(), count - len(plan))
    yield from plan


class _Making:
    """One patient's resources, in the shape in which EHRs send them."""

    def __init__(self, as_of: date, rng: random.Random, patient: str) -> None:
        self.as_of, self.rng, self.name = as_of, rng, patient
        self._numbers: dict[str, int] = {}
        self.kinds = {
            "Condition": self.conditions,
            "MedicationRequest": self.orders,
            "MedicationStatement": self.statements,
            "MedicationAdministration": self.given,
            "Procedure": self.procedures,
            "Immunization": self.vaccines,
            "DiagnosticReport": self.reports,
            "vital signs": self.vitals,
            "answered": self.answers,
        }

    def patient(self) -> Resource:
        return {
            "resourceType": "Patient",
            "id": self.name,
            "meta": {"versionId": "1", "lastUpdated": "2026-10-30T06:12:44Z"},
            "identifier": [{"use": "usual", "system": "urn:example:synthetic-patient", "value": self.name}],
            "active": True,
            "name": [{"use": "official", "family": "Synthetic", "given": ["Test"]}],
            "gender": "female",
            "birthDate": str(self.as_of - timedelta(days=34 * 365 + 120)),
        }

    def what_matters(self) -> Iterator[Resource]:
        """The disease, its activity and its treatment: what makes the patient a possible match."""
        yield self._condition("55464009", "Systemic lupus erythematosus", 2600)
        score = "urn:cart-cds:clinical-scores"
        yield self._observation(score, "sledai-2k", "SLEDAI-2K", "survey", 9) | {
            "valueQuantity": {"value": 12}
        }
        yield self._statement("979092", "hydroxychloroquine sulfate 200 MG Oral Tablet", 1500, 200, 2)
        yield self._order("979092", "hydroxychloroquine sulfate 200 MG Oral Tablet", 60, 200, 2, "active")
        yield self._statement("312617", "predniSONE 5 MG Oral Tablet", 220, 5, 2)
        yield self._common("AllergyIntolerance", "patient") | {
            "clinicalStatus": _concept(f"{HL7}/allergyintolerance-clinical", "active", "Active"),
            "verificationStatus": _concept(
                f"{HL7}/allergyintolerance-verification", "confirmed", "Confirmed"
            ),
            "code": _concept(SNOMED, "409137002", "No known drug allergy"),
            "recordedDate": self._day(400),
        }

    def labs(self) -> Iterator[Resource]:
        for number, (code, words, unit, least, most, low, high) in enumerate(cycle(LABS)):
            made = self._observation(LOINC, code, words, "laboratory", 12 + number // len(LABS) * 28)
            made["valueQuantity"] = _quantity(self._value(least, most), unit)
            made["interpretation"] = [
                {"coding": [{"system": f"{HL7}/v3-ObservationInterpretation", "code": "N"}]}
            ]
            made["referenceRange"] = [{"low": _quantity(low, unit), "high": _quantity(high, unit)}]
            yield made

    def vitals(self) -> Iterator[Resource]:
        for number, (code, words, unit, least, most) in enumerate(cycle(VITALS)):
            made = self._observation(LOINC, code, words, "vital-signs", 20 + number // len(VITALS) * 35)
            yield made | {"valueQuantity": _quantity(self._value(least, most), unit)}

    def answers(self) -> Iterator[Resource]:
        for number, (code, words) in enumerate(cycle(ANSWERED)):
            made = self._observation(LOINC, code, words, "laboratory", 3 + number // len(ANSWERED) * 90)
            yield made | {"valueCodeableConcept": _concept(SNOMED, "260385009", "Negative")}

    def conditions(self) -> Iterator[Resource]:
        for number, (code, words) in enumerate(cycle(CONDITIONS)):
            yield self._condition(code, words, 90 + number * 11, "resolved")

    def orders(self) -> Iterator[Resource]:
        for number, (code, words) in enumerate(cycle(DRUGS)):
            yield self._order(code, words, 120 + number * 9, 500, 1, "completed")

    def statements(self) -> Iterator[Resource]:
        for number, (code, words) in enumerate(cycle(DRUGS)):
            yield self._statement(code, words, 800 + number * 9, 500, 1, ended=600 + number * 9)

    def given(self) -> Iterator[Resource]:
        for number, (code, words) in enumerate(cycle(DRUGS)):
            yield self._common("MedicationAdministration") | {
                "status": "completed",
                "medicationCodeableConcept": _concept(RXNORM, code, words),
                "effectiveDateTime": self._moment(300 + number * 13),
                "dosage": {
                    "text": "500 mg by mouth",
                    "route": _concept(SNOMED, "26643006", "Oral route"),
                    "dose": _quantity(500, "mg"),
                },
            }

    def procedures(self) -> Iterator[Resource]:
        for number, (code, words) in enumerate(cycle(PROCEDURES)):
            yield self._common("Procedure") | {
                "status": "completed",
                "code": _concept(SNOMED, code, words),
                "performedPeriod": {
                    "start": self._moment(40 + number * 17),
                    "end": self._moment(40 + number * 17),
                },
            }

    def vaccines(self) -> Iterator[Resource]:
        for number, (code, words) in enumerate(cycle(VACCINES)):
            yield self._common("Immunization", "patient") | {
                "status": "completed",
                "vaccineCode": _concept(CVX, code, words),
                "occurrenceDateTime": self._moment(200 + number * 122),
                "primarySource": True,
            }

    def reports(self) -> Iterator[Resource]:
        for number, (code, words) in enumerate(cycle(REPORTS)):
            yield self._common("DiagnosticReport") | {
                "status": "final",
                "category": [_concept(f"{HL7}/v2-0074", "LAB", "Laboratory")],
                "code": _concept(LOINC, code, words),
                "effectiveDateTime": self._moment(12 + number * 28),
                "issued": self._moment(11 + number * 28),
                "result": [{"reference": f"Observation/{n + number}"} for n in range(4)],
            }

    def _condition(self, code: str, words: str, days: int, status: str = "active") -> Resource:
        made = self._common("Condition") | {
            "clinicalStatus": _concept(f"{HL7}/condition-clinical", status, status.title()),
            "verificationStatus": _concept(f"{HL7}/condition-ver-status", "confirmed", "Confirmed"),
            "category": [_concept(f"{HL7}/condition-category", "problem-list-item", "Problem List Item")],
            "code": _concept(SNOMED, code, words),
            "onsetDateTime": self._moment(days),
            "recordedDate": self._day(days - 2),
        }
        return made if status == "active" else made | {"abatementDateTime": self._moment(days - 20)}

    def _order(self, code: str, words: str, days: int, dose: float, a_day: int, status: str) -> Resource:
        return self._common("MedicationRequest") | {
            "status": status,
            "intent": "order",
            "category": [_concept(f"{HL7}/medicationrequest-category", "outpatient", "Outpatient")],
            "medicationCodeableConcept": _concept(RXNORM, code, words),
            "authoredOn": self._moment(days),
            "requester": {"reference": "Practitioner/test-prescriber", "display": "Test Prescriber"},
            "dosageInstruction": [_dosage(dose, a_day)],
        }

    def _statement(
        self, code: str, words: str, days: int, dose: float, a_day: int, ended: int | None = None
    ) -> Resource:
        period = {"start": self._day(days)} | ({"end": self._day(ended)} if ended is not None else {})
        return self._common("MedicationStatement") | {
            "status": "active" if ended is None else "completed",
            "medicationCodeableConcept": _concept(RXNORM, code, words),
            "effectivePeriod": period,
            "dateAsserted": self._day(ended or 30),
            "dosage": [_dosage(dose, a_day)],
        }

    def _observation(self, system: str, code: str, words: str, category: str, days: int) -> Resource:
        return self._common("Observation") | {
            "status": "final",
            "category": [{"coding": [{"system": f"{HL7}/observation-category", "code": category}]}],
            "code": _concept(system, code, words),
            "effectiveDateTime": self._moment(days),
        }

    def _common(self, kind: str, subject: str = "subject") -> Resource:
        number = self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return {
            "resourceType": kind,
            "id": f"{kind.lower()}-{number}",
            "meta": {"versionId": "1", "lastUpdated": "2026-10-30T06:12:44Z"},
            subject: {"reference": f"Patient/{self.name}"},
        }

    def _value(self, least: float, most: float) -> float:
        if most >= 100:
            return self.rng.randint(int(least), int(most))
        return self.rng.randint(round(least * 10), round(most * 10)) / 10

    def _day(self, days: int) -> str:
        return str(self.as_of - timedelta(days=days))

    def _moment(self, days: int) -> str:
        """That many days ago; the results of one sample share their time."""
        return f"{self._day(days)}T{7 + days % 9:02}:{days * 7 % 60:02}:00+01:00"


def _concept(system: str, code: str, words: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": words}], "text": words}


def _quantity(value: float, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def _dosage(dose: float, a_day: int) -> dict[str, Any]:
    return {
        "text": f"{dose} mg by mouth, {a_day} time(s) a day",
        "timing": {"repeat": {"frequency": a_day, "period": 1, "periodUnit": "d"}},
        "route": _concept(SNOMED, "26643006", "Oral route"),
        "doseAndRate": [{"doseQuantity": _quantity(dose, "mg")}],
    }


def _entry(resource: Resource) -> dict[str, Any]:
    return {
        "fullUrl": f"{BASE}/{resource['resourceType']}/{resource['id']}",
        "resource": resource,
        "search": {"mode": "match"},
    }


def _templates() -> Mapping[str, str]:
    from cds_service.hooks.matcher import Matcher  # noqa: PLC0415  # only where the service is installed
    from cds_service.hooks.prefetch import templates  # noqa: PLC0415

    matcher = Matcher.load()
    return templates(matcher.trials, matcher.labs)


def _prefetch(made: list[Resource], templates: Mapping[str, str]) -> dict[str, Any]:
    """Each resource under the key whose query finds it; an empty searchset where none is found."""
    filled: dict[str, list[Resource]] = {key: [] for key in templates}
    for resource in made:
        filled[_key(resource, templates)].append(resource)
    (patient,) = filled.pop("patient")
    return {"patient": patient} | {key: _searchset(held) for key, held in filled.items()}


def _key(resource: Resource, templates: Mapping[str, str]) -> str:
    kind = resource["resourceType"]
    keys = [key for key, query in templates.items() if query.split("?")[0].split("/")[0] == kind]
    if len(keys) == 1:
        return keys[0]
    coding = resource["code"]["coding"][0]
    code = f"{coding['system']}|{coding['code']}"
    return next(
        key for key in keys if code in templates[key].replace("&", ",").replace("code=", ",").split(",")
    )


def _searchset(held: list[Resource]) -> dict[str, Any]:
    made: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": len(held)}
    return made | {"entry": [_entry(each) for each in held]} if held else made


if __name__ == "__main__":
    sys.stdout.buffer.write(call(sys.argv[1] if len(sys.argv) > 1 else "M"))
