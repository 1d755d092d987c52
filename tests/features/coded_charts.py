"""Small charts for the tests of diagnoses, procedures, plans, vaccines and allergies."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from cds_service.concepts.codes import CodeConcepts
from cds_service.features.chart import Chart
from cds_service.fhir import resources
from cds_service.fhir.record import Asked, Record
from cds_service.fhir.resources import CodeableConcept, Coding, Patient

AS_OF = date(2026, 11, 1)
CM, WHO, SCT = "http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-10", "http://snomed.info/sct"
SLE, SSC, MI, GILBERT, MYOCARDITIS = "55464009", "89155008", "22298006", "27503000", "50920009"
KINDS = {
    "conditions": "Condition",
    "procedures": "Procedure",
    "immunizations": "Immunization",
    "allergies": "AllergyIntolerance",
    "service_requests": "ServiceRequest",
    "appointments": "Appointment",
}


@cache
def codes() -> CodeConcepts:
    return CodeConcepts.load(Path(__file__).parents[2] / "rules" / "concepts")


def chart(*, asked=None, born="1980-05-05", as_of=AS_OF, **held) -> Chart:
    answered = dict.fromkeys(KINDS.values(), Asked.ANSWERED) if asked is None else asked
    record = Record(
        Patient(reference="Patient/p", birth_date=born),
        asked=answered,
        **{kind: tuple(records) for kind, records in held.items()},
    )
    return Chart(record, as_of, SimpleNamespace(codes=codes()))


def concept(code: str | None, system: str = SCT, text: str | None = None) -> CodeableConcept:
    return CodeableConcept((Coding(system, code),) if code else (), text)


def plain(code: str | None) -> CodeableConcept | None:
    return CodeableConcept((Coding(None, code),)) if code else None


def condition(code=SLE, system=SCT, *, status="active", verified="confirmed", text=None, name="c1", **more):
    return resources.Condition(
        reference=f"Condition/{name}",
        code=concept(code, system, text),
        clinical_status=plain(status),
        verification_status=plain(verified),
        **more,
    )
