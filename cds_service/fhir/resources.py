"""The FHIR R4 elements that the features read, and nothing else of each resource.

msgspec skips every other element while it scans, which is what keeps a chart of several megabytes cheap.
Numbers stay ``Decimal`` as written ("3.0" stays "3.0"); dates stay text until :mod:`.partial_date` reads
them, because a partial or bad date must not lose the rest of its resource.

Names are FHIR's own (https://hl7.org/fhir/R4/), in snake_case; ``rename="camel"`` maps them.
"""

from __future__ import annotations

from decimal import Clamped, Context, Decimal, Inexact, InvalidOperation, Overflow, Rounded, Subnormal
from typing import Any

import msgspec


class Element(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """An element of a FHIR resource; what it does not name is skipped.

    ``gc=False``: no element can refer back to its parent, so the collector need not look for cycles.
    """


MOST_DIGITS = 40

_plain = Context(
    prec=MOST_DIGITS // 2,
    Emax=MOST_DIGITS // 2,
    Emin=-MOST_DIGITS // 2,
    traps=[Clamped, Inexact, InvalidOperation, Overflow, Rounded, Subnormal],
).plus
"""Objects to any finite number that is not well within what :func:`_countable` lets through."""


def _countable(value: Decimal | None) -> None:
    """Refuse what is no measurement and would stall exact arithmetic: NaN, 1e999999, a million digits.

    msgspec reports the ``ValueError`` with the path of the element, which is then treated as damaged.
    """
    if value is None:
        return
    text = str(value)
    if (
        not value.is_finite()
        or not -MOST_DIGITS <= value.adjusted() <= MOST_DIGITS
        or len(text) > MOST_DIGITS + 8  # sign, point and exponent
    ):
        raise ValueError("Not a number of reasonable size")


class Coding(Element, frozen=True, rename="camel"):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Element, frozen=True, rename="camel"):
    coding: tuple[Coding, ...] = ()
    text: str | None = None


class Quantity(Element, frozen=True, rename="camel"):
    value: Decimal | None = None
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None

    def __post_init__(self) -> None:
        value = self.value
        if value is not None:
            try:  # spares nearly every number the closer look, and a call for it
                if value.is_finite():
                    _plain(value)
                    return
            except ArithmeticError:
                pass
            _countable(value)


class Range(Element, frozen=True, rename="camel"):
    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(Element, frozen=True, rename="camel"):
    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Period(Element, frozen=True, rename="camel"):
    start: str | None = None
    end: str | None = None


class Reference(Element, frozen=True, rename="camel"):
    reference: str | None = None
    type: str | None = None
    display: str | None = None
    identifier: dict[str, Any] | None = None


class Identifier(Element, frozen=True, rename="camel"):
    system: str | None = None
    value: str | None = None


class Annotation(Element, frozen=True, rename="camel"):
    text: str | None = None


class Extension(Element, frozen=True, rename="camel"):
    url: str | None = None
    value_code: str | None = None
    value_codeable_concept: CodeableConcept | None = None


class Resource(Element, frozen=True, rename="camel"):
    """What every resource that is read has.

    ``damaged`` names elements that were there but could not be read (a modifier among them may not be
    guessed): a damaged resource never decides a criterion, it makes it *unusable* or a clinician's question.
    Both it and ``reference`` (how evidence cites the resource) are set by :mod:`.decode` on every resource,
    never by the sender.
    """

    resource_type: str = ""
    id: str | None = None
    modifier_extension: tuple[Extension, ...] = ()
    damaged: tuple[str, ...] = msgspec.field(default=(), name="$damaged")
    reference: str = msgspec.field(default="", name="$reference")


class Patient(Resource, frozen=True, rename="camel"):
    gender: str | None = None
    birth_date: str | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None
    identifier: tuple[Identifier, ...] = ()
    extension: tuple[Extension, ...] = ()


class ReferenceRange(Element, frozen=True, rename="camel"):
    low: Quantity | None = None
    high: Quantity | None = None
    type: CodeableConcept | None = None
    applies_to: tuple[CodeableConcept, ...] = ()
    age: Range | None = None
    text: str | None = None


class Component(Element, frozen=True, rename="camel"):
    code: CodeableConcept | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_string: str | None = None
    value_integer: int | None = None
    value_boolean: bool | None = None
    value_range: Range | None = None
    value_ratio: Ratio | None = None
    data_absent_reason: CodeableConcept | None = None
    interpretation: tuple[CodeableConcept, ...] = ()
    reference_range: tuple[ReferenceRange, ...] = ()


class Observation(Resource, frozen=True, rename="camel"):
    status: str | None = None
    category: tuple[CodeableConcept, ...] = ()
    code: CodeableConcept | None = None
    subject: Reference | None = None
    focus: tuple[Reference, ...] = ()
    effective_date_time: str | None = None
    effective_period: Period | None = None
    effective_instant: str | None = None
    issued: str | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_string: str | None = None
    value_integer: int | None = None
    value_boolean: bool | None = None
    value_range: Range | None = None
    value_ratio: Ratio | None = None
    data_absent_reason: CodeableConcept | None = None
    interpretation: tuple[CodeableConcept, ...] = ()
    note: tuple[Annotation, ...] = ()
    method: CodeableConcept | None = None
    specimen: Reference | None = None
    reference_range: tuple[ReferenceRange, ...] = ()
    component: tuple[Component, ...] = ()


class Condition(Resource, frozen=True, rename="camel"):
    clinical_status: CodeableConcept | None = None
    verification_status: CodeableConcept | None = None
    category: tuple[CodeableConcept, ...] = ()
    severity: CodeableConcept | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    onset_date_time: str | None = None
    onset_period: Period | None = None
    onset_age: Quantity | None = None
    onset_string: str | None = None
    abatement_date_time: str | None = None
    abatement_period: Period | None = None
    abatement_age: Quantity | None = None
    abatement_string: str | None = None
    abatement_boolean: bool | None = None
    recorded_date: str | None = None
    stage: tuple[dict[str, Any], ...] = ()


class Repeat(Element, frozen=True, rename="camel"):
    bounds_period: Period | None = None
    bounds_duration: Quantity | None = None
    frequency: int | None = None
    frequency_max: int | None = None
    period: Decimal | None = None
    period_max: Decimal | None = None
    period_unit: str | None = None
    day_of_week: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    time_of_day: tuple[str, ...] = ()
    count: int | None = None

    def __post_init__(self) -> None:
        _countable(self.period)
        _countable(self.period_max)


class Timing(Element, frozen=True, rename="camel"):
    event: tuple[str, ...] = ()
    repeat: Repeat | None = None
    code: CodeableConcept | None = None


class DoseAndRate(Element, frozen=True, rename="camel"):
    type: CodeableConcept | None = None
    dose_quantity: Quantity | None = None
    dose_range: Range | None = None
    rate_quantity: Quantity | None = None


class Dosage(Element, frozen=True, rename="camel"):
    sequence: int | None = None
    text: str | None = None
    timing: Timing | None = None
    as_needed_boolean: bool | None = None
    as_needed_codeable_concept: CodeableConcept | None = None
    route: CodeableConcept | None = None
    method: CodeableConcept | None = None
    dose_and_rate: tuple[DoseAndRate, ...] = ()


class Ingredient(Element, frozen=True, rename="camel"):
    item_codeable_concept: CodeableConcept | None = None
    item_reference: Reference | None = None
    strength: Ratio | None = None


class Medication(Resource, frozen=True, rename="camel"):
    status: str | None = None
    code: CodeableConcept | None = None
    form: CodeableConcept | None = None
    ingredient: tuple[Ingredient, ...] = ()


class DispenseRequest(Element, frozen=True, rename="camel"):
    validity_period: Period | None = None
    expected_supply_duration: Quantity | None = None
    number_of_repeats_allowed: int | None = None


class MedicationRequest(Resource, frozen=True, rename="camel"):
    status: str | None = None
    status_reason: CodeableConcept | None = None
    intent: str | None = None
    do_not_perform: bool | None = None
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    subject: Reference | None = None
    authored_on: str | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    dosage_instruction: tuple[Dosage, ...] = ()
    dispense_request: DispenseRequest | None = None
    prior_prescription: Reference | None = None
    contained: tuple[Medication, ...] = ()


class MedicationStatement(Resource, frozen=True, rename="camel"):
    status: str | None = None
    status_reason: tuple[CodeableConcept, ...] = ()
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    subject: Reference | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    date_asserted: str | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    dosage: tuple[Dosage, ...] = ()
    contained: tuple[Medication, ...] = ()


class AdministeredDosage(Element, frozen=True, rename="camel"):
    text: str | None = None
    route: CodeableConcept | None = None
    dose: Quantity | None = None


class MedicationAdministration(Resource, frozen=True, rename="camel"):
    status: str | None = None
    status_reason: tuple[CodeableConcept, ...] = ()
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    subject: Reference | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    dosage: AdministeredDosage | None = None
    contained: tuple[Medication, ...] = ()


class MedicationDispense(Resource, frozen=True, rename="camel"):
    status: str | None = None
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    subject: Reference | None = None
    when_prepared: str | None = None
    when_handed_over: str | None = None
    days_supply: Quantity | None = None
    dosage_instruction: tuple[Dosage, ...] = ()
    contained: tuple[Medication, ...] = ()


class Procedure(Resource, frozen=True, rename="camel"):
    status: str | None = None
    category: CodeableConcept | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    performed_date_time: str | None = None
    performed_period: Period | None = None
    performed_string: str | None = None


class Immunization(Resource, frozen=True, rename="camel"):
    status: str | None = None
    vaccine_code: CodeableConcept | None = None
    patient: Reference | None = None
    occurrence_date_time: str | None = None
    occurrence_string: str | None = None


class Reaction(Element, frozen=True, rename="camel"):
    substance: CodeableConcept | None = None
    manifestation: tuple[CodeableConcept, ...] = ()
    severity: str | None = None


class AllergyIntolerance(Resource, frozen=True, rename="camel"):
    clinical_status: CodeableConcept | None = None
    verification_status: CodeableConcept | None = None
    type: str | None = None
    category: tuple[str, ...] = ()
    criticality: str | None = None
    code: CodeableConcept | None = None
    patient: Reference | None = None
    onset_date_time: str | None = None
    recorded_date: str | None = None
    reaction: tuple[Reaction, ...] = ()


class DiagnosticReport(Resource, frozen=True, rename="camel"):
    status: str | None = None
    category: tuple[CodeableConcept, ...] = ()
    code: CodeableConcept | None = None
    subject: Reference | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    issued: str | None = None
    result: tuple[Reference, ...] = ()
    conclusion: str | None = None
    conclusion_code: tuple[CodeableConcept, ...] = ()


class ServiceRequest(Resource, frozen=True, rename="camel"):
    status: str | None = None
    intent: str | None = None
    do_not_perform: bool | None = None
    category: tuple[CodeableConcept, ...] = ()
    code: CodeableConcept | None = None
    subject: Reference | None = None
    occurrence_date_time: str | None = None
    occurrence_period: Period | None = None
    authored_on: str | None = None


class Participant(Element, frozen=True, rename="camel"):
    actor: Reference | None = None


class Appointment(Resource, frozen=True, rename="camel"):
    status: str | None = None
    service_category: tuple[CodeableConcept, ...] = ()
    service_type: tuple[CodeableConcept, ...] = ()
    reason_code: tuple[CodeableConcept, ...] = ()
    start: str | None = None
    end: str | None = None
    participant: tuple[Participant, ...] = ()


class ResearchSubject(Resource, frozen=True, rename="camel"):
    status: str | None = None
    period: Period | None = None
    study: Reference | None = None
    individual: Reference | None = None


class ResearchStudy(Resource, frozen=True, rename="camel"):
    status: str | None = None
    title: str | None = None
    category: tuple[CodeableConcept, ...] = ()


READ: dict[str, type[Resource]] = {
    kind.__name__: kind
    for kind in (
        Patient,
        Observation,
        Condition,
        MedicationRequest,
        MedicationStatement,
        MedicationAdministration,
        MedicationDispense,
        Medication,
        Procedure,
        Immunization,
        AllergyIntolerance,
        DiagnosticReport,
        ServiceRequest,
        Appointment,
        ResearchSubject,
        ResearchStudy,
    )
}
"""The resource types that are read, by name; every other type in a Bundle is skipped."""
