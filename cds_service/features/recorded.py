"""A result in words, as it was sent: its value with unit, its date, and how evidence cites it."""

from __future__ import annotations

from decimal import Decimal

from cds_service.concepts.labs import LabConcept
from cds_service.features.question import Evidence
from cds_service.features.result_order import date_of
from cds_service.fhir.record import Result
from cds_service.fhir.resources import CodeableConcept, Quantity
from cds_service.fhir.systems import normal_code


def evidence_of(result: Result, concept: LabConcept | None = None) -> Evidence:
    """The result as recorded, cited under the code that made it count."""
    wanted = (*concept.codes, *concept.review_codes) if concept else ()
    codings = [coding for coding in (result.code.coding if result.code else ()) if coding.code]
    codes = [coding.code for coding in codings if normal_code(coding.system, coding.code or "") in wanted]
    when = date_of(result)
    return Evidence(
        reference=result.observation.reference,
        code=next(iter([*codes, *(coding.code for coding in codings)]), None),
        value=value_said(result),
        date=when.text if when else None,
    )


def on_date(result: Result) -> str:
    """`` on 2026-11-02``, or nothing where the date is not known."""
    when = date_of(result)
    if when is None:
        return ""
    return f" on {when.text.partition('T')[0] if '/' not in when.text else when.text}"


def value_said(result: Result) -> str | None:
    """The value and unit as sent: ``118 10*3/uL``, ``<20 IU/mL``, ``Positive``, ``1:80``."""
    value = result.value
    if value.value_quantity is not None:
        return quantity_said(value.value_quantity)
    if value.value_codeable_concept is not None:
        return concept_said(value.value_codeable_concept)
    if value.value_string is not None:
        return value.value_string
    if value.value_integer is not None:
        return str(value.value_integer)
    if value.value_boolean is not None:
        return "true" if value.value_boolean else "false"
    if value.value_range is not None:
        low, high = value.value_range.low, value.value_range.high
        return f"{quantity_said(low) if low else '?'} to {quantity_said(high) if high else '?'}"
    if value.value_ratio is not None:
        top, bottom = value.value_ratio.numerator, value.value_ratio.denominator
        return f"{quantity_said(top) if top else '?'}:{quantity_said(bottom) if bottom else '?'}"
    return None


def quantity_said(quantity: Quantity) -> str:
    """A quantity as sent."""
    number = "" if quantity.value is None else decimal_said(quantity.value)
    return f"{quantity.comparator or ''}{number} {quantity.unit or quantity.code or ''}".strip()


def decimal_said(value: Decimal) -> str:
    """A number as written, without an exponent where it can be read without one."""
    return format(value, "f") if -20 < value.adjusted() < 20 else str(value)


def concept_said(concept: CodeableConcept) -> str | None:
    """The words of a coded value: its text, else its display, else its code."""
    for coding in concept.coding:
        if not concept.text and (coding.display or coding.code):
            return coding.display or coding.code
    return concept.text
