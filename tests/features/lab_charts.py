"""Small charts of laboratory results for the tests of the numeric features."""

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from cds_service.concepts import Concepts
from cds_service.features.chart import Chart
from cds_service.features.question import meets
from cds_service.fhir.record import Asked, Record
from cds_service.fhir.resources import (
    CodeableConcept,
    Coding,
    Observation,
    Patient,
    Quantity,
    ReferenceRange,
)

RULES = Path(__file__).parents[2] / "rules" / "concepts"
AS_OF = date(2026, 11, 1)
SCORES = "urn:cart-cds:clinical-scores"


@cache
def concepts():
    return Concepts.load(RULES)


def code(value, system="http://loinc.org"):
    return CodeableConcept(coding=(Coding(system=system, code=value),))


def quantity(text, unit=None, **more):
    return Quantity(value=Decimal(text), unit=unit, **more)


def lab(
    loinc, value=None, unit=None, when="2026-10-20", *, uln=None, status="final", comparator=None, **more
):
    """One Observation; ``value`` is the number of its valueQuantity."""
    if value is not None:
        more["value_quantity"] = quantity(value, unit, comparator=comparator)
    if uln is not None:
        more["reference_range"] = (ReferenceRange(high=quantity(uln, unit)),)
    more.setdefault("code", code(loinc))
    return Observation(
        resource_type="Observation",
        reference=f"Observation/{loinc}-{when}-{value}-{status}",
        status=status,
        effective_date_time=when,
        **more,
    )


def chart(
    *observations,
    born="1980-01-01",
    gender="female",
    as_of=AS_OF,
    asked=Asked.ANSWERED,
    drugs=(),
    drugs_asked=None,
):
    record = Record(
        patient=Patient(reference="Patient/1", birth_date=born, gender=gender),
        observations=observations,
        medication_administrations=drugs,
        asked={"Observation": asked} | ({"MedicationAdministration": drugs_asked} if drugs_asked else {}),
    )
    return Chart(record, as_of, concepts())


def verdict(question, *observations, **patient):
    """The truth of a leaf with its limits."""
    return meets(question, chart(*observations, **patient).answer(question))


def read(question, *observations, **patient):
    return chart(*observations, **patient).answer(question)
