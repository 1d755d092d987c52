"""Small charts for the tests of qualitative results, pregnancy, research and reports."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from cds_service.concepts import Concepts
from cds_service.features.chart import Chart
from cds_service.fhir.record import Asked, Record
from cds_service.fhir.resources import (
    CodeableConcept,
    Coding,
    Condition,
    Observation,
    Patient,
    Procedure,
    Quantity,
    ReferenceRange,
)
from cds_service.fhir.systems import LOINC, SNOMED

AS_OF = date(2026, 11, 25)
FLAGS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
ALL_ASKED = dict.fromkeys(
    ("Observation", "Condition", "Procedure", "DiagnosticReport", "ResearchSubject"), Asked.ANSWERED
)


@cache
def concepts() -> Concepts:
    return Concepts.load(Path(__file__).parents[2] / "rules" / "concepts")


def chart_with(*resources, gender="female", born="1990-01-01", asked=ALL_ASKED, as_of=AS_OF, **more) -> Chart:
    patient = Patient(gender=gender, birth_date=born, reference="Patient/p")
    record = Record(
        patient=patient,
        observations=tuple(each for each in resources if isinstance(each, Observation)),
        conditions=tuple(each for each in resources if isinstance(each, Condition)),
        procedures=tuple(each for each in resources if isinstance(each, Procedure)),
        asked=asked,
        **more,
    )
    return Chart(record, as_of, concepts())


def coded(
    code: str, system: str = SNOMED, display: str | None = None, text: str | None = None
) -> CodeableConcept:
    return CodeableConcept(coding=(Coding(system=system, code=code, display=display),), text=text)


def obs(
    loinc: str,
    value: str | CodeableConcept | Quantity | None = None,
    on: str = "2026-11-20",
    *,
    flag: str | None = None,
    high: str | None = None,
    unit: str | None = None,
    status: str = "final",
    **more,
) -> Observation:
    """A result: text, a coded value or a quantity, with the laboratory's flag and upper limit."""
    if isinstance(value, str):
        more["value_string"] = value
    elif isinstance(value, CodeableConcept):
        more["value_codeable_concept"] = value
    elif isinstance(value, Quantity):
        more["value_quantity"] = value
    if flag:
        more["interpretation"] = (coded(flag, FLAGS),)
    if high:
        more["reference_range"] = (ReferenceRange(high=Quantity(value=Decimal(high), unit=unit)),)
    return Observation(
        status=status,
        code=coded(loinc, LOINC),
        effective_date_time=on,
        reference=f"Observation/{loinc}-{on}-{more.get('value_string', '')}",
        **more,
    )


def number(value: str, unit: str | None = None, comparator: str | None = None) -> Quantity:
    return Quantity(value=Decimal(value), unit=unit, comparator=comparator)


def condition(
    code: str,
    system: str = SNOMED,
    clinical: str | None = "active",
    onset: str | None = None,
    verification: str = "confirmed",
    **more,
) -> Condition:
    return Condition(
        code=coded(code, system),
        clinical_status=coded(clinical, "http://terminology.hl7.org/CodeSystem/condition-clinical")
        if clinical
        else None,
        verification_status=coded(verification, "http://terminology.hl7.org/CodeSystem/condition-ver-status"),
        onset_date_time=onset,
        reference=f"Condition/{code}",
        **more,
    )
