"""Short words for medication records: what a test says of a drug, and the chart around it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from itertools import count
from pathlib import Path

from cds_service.concepts import Concepts
from cds_service.features.chart import Chart
from cds_service.features.medication_use import MEDICATION_TYPES
from cds_service.fhir.record import Asked, Record
from cds_service.fhir.resources import (
    AdministeredDosage,
    CodeableConcept,
    Coding,
    Dosage,
    DoseAndRate,
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
    Observation,
    Patient,
    Period,
    Quantity,
    Reference,
    Repeat,
    Timing,
)

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
AS_OF = date(2026, 11, 1)
PREDNISONE, METHYLPREDNISOLONE, DEFLAZACORT, BETAMETHASONE = "8640", "6902", "22396", "1514"
HYDROXYCHLOROQUINE, MYCOPHENOLATE, MYCOPHENOLIC_ACID, CYCLOPHOSPHAMIDE = "5521", "68149", "7145", "3002"
RITUXIMAB, BELIMUMAB, METHOTREXATE, ANTIHYPERTENSIVE = "121191", "1092437", "6851", "29046"

_ids = count(1)


@cache
def concepts() -> Concepts:
    return Concepts.load(Path(__file__).parents[2] / "rules" / "concepts")


def rx(code=None, text=None, system=RXNORM):
    return CodeableConcept(text=text, coding=(Coding(system=system, code=code),) if code else ())


def dosage(amount=None, unit="mg", times=1, period="1", period_unit="d", route=None, **more):
    rates = (DoseAndRate(dose_quantity=Quantity(value=Decimal(str(amount)), unit=unit)),) if amount else ()
    repeat = Repeat(
        frequency=times,
        period=Decimal(period) if period else None,
        period_unit=period_unit,
        bounds_period=more.pop("bounds", None),
    )
    return Dosage(
        dose_and_rate=rates,
        timing=Timing(repeat=repeat) if amount and times else None,
        route=CodeableConcept(text=route) if route else None,
        **more,
    )


def statement(code, start=None, end=None, status="active", dose=None, on=None, **more):
    number = next(_ids)
    named = more.pop("named", None) or (rx(code) if code else None)
    return MedicationStatement(
        reference=f"MedicationStatement/{number}",
        status=status,
        medication_codeable_concept=named,
        effective_period=Period(start=start, end=end) if start or end else None,
        effective_date_time=on,
        dosage=_doses(dose),
        **more,
    )


def order(code, authored=None, status="active", dose=None, **more):
    named = more.pop("named", None) or (rx(code) if code else None)
    return MedicationRequest(
        reference=f"MedicationRequest/{next(_ids)}",
        status=status,
        intent=more.pop("intent", "order"),
        medication_codeable_concept=named,
        authored_on=authored,
        dosage_instruction=_doses(dose),
        **more,
    )


def given(code, on=None, status="completed", amount=None, unit="mg", route=None, **more):
    dose = AdministeredDosage(
        dose=Quantity(value=Decimal(str(amount)), unit=unit) if amount else None,
        route=CodeableConcept(text=route) if route else None,
    )
    return MedicationAdministration(
        reference=f"MedicationAdministration/{next(_ids)}",
        status=status,
        medication_codeable_concept=more.pop("named", None) or rx(code),
        effective_date_time=on,
        dosage=dose,
        **more,
    )


def dispensed(code, on, days=None, status="completed", dose=None):
    return MedicationDispense(
        reference=f"MedicationDispense/{next(_ids)}",
        status=status,
        medication_codeable_concept=rx(code),
        when_handed_over=on,
        days_supply=Quantity(value=Decimal(days), unit="d") if days else None,
        dosage_instruction=_doses(dose),
    )


def weight(kg, on="2026-10-20", unit="kg"):
    return Observation(
        reference=f"Observation/{next(_ids)}",
        status="final",
        code=rx("29463-7", system="http://loinc.org"),
        effective_date_time=on,
        value_quantity=Quantity(value=Decimal(str(kg)), unit=unit, code=unit),
    )


def chart_of(*entries, allergies=(), medications=None, asked=None):
    def kind(of):
        return tuple(entry for entry in entries if isinstance(entry, of))

    answered = dict.fromkeys((*MEDICATION_TYPES, "AllergyIntolerance"), Asked.ANSWERED)
    record = Record(
        patient=Patient(reference="Patient/1"),
        observations=kind(Observation),
        medication_requests=kind(MedicationRequest),
        medication_statements=kind(MedicationStatement),
        medication_administrations=kind(MedicationAdministration),
        medication_dispenses=kind(MedicationDispense),
        medications=medications or {},
        allergies=tuple(allergies),
        asked=answered | (asked or {}),
    )
    return Chart(record=record, as_of=AS_OF, concepts=concepts())


def refers_to(reference, display=None):
    return Reference(reference=reference, display=display)


def _doses(dose):
    if dose is None:
        return ()
    return dose if isinstance(dose, tuple) else (dose if isinstance(dose, Dosage) else dosage(dose),)
