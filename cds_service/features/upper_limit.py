"""The upper limit of normal printed with a result, in the unit of its test. A built-in one is never used."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

import msgspec

from cds_service.concepts.labs import LabConcept
from cds_service.concepts.units import Scale
from cds_service.features.bounds import Unusable, exactly, factor_of
from cds_service.features.recorded import quantity_said
from cds_service.fhir.record import Result
from cds_service.fhir.resources import Quantity

_TEXT_RANGE = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*(?:-|–|to)\s*(\d{1,9}(?:\.\d{1,9})?)\s*(\D.*)?")


def upper_limit(result: Result, concept: LabConcept, applies: Iterable[Applicable]) -> UpperLimit | Unusable:
    """The upper limit of normal printed with the result itself, of the ranges that concern this patient."""
    own = concept.scale
    if own is None:
        return Unusable("is not a number")
    limits: set[UpperLimit] = set()
    for each in applies:
        limit = _limit(each, result, concept, own)
        if isinstance(limit, Unusable):
            return limit
        limits.add(limit)
    if not limits:
        return Unusable("has no upper limit of normal with it")
    if len({limit.value for limit in limits}) > 1:
        return Unusable("has several upper limits of normal with it: which one applies is not clear")
    return min(limits, key=lambda limit: limit.said)


class Applicable(msgspec.Struct, frozen=True, gc=False):
    """One reference range that concerns the patient: its high end, or its text where it has none."""

    high: Quantity | None
    text: str | None = None


class UpperLimit(msgspec.Struct, frozen=True, gc=False):
    """The upper limit in the concept's own unit, and as printed."""

    value: Fraction
    said: str


def _limit(each: Applicable, result: Result, concept: LabConcept, own: Scale) -> UpperLimit | Unusable:
    high = each.high
    if high is None:
        found = _TEXT_RANGE.fullmatch(each.text or "")
        if found is None or Decimal(found[1]) > Decimal(found[2]):
            return Unusable("has no upper limit of normal with it that can be read")
        high = Quantity(value=Decimal(found[2]), unit=found[3].strip() if found[3] else None)
    if not high.unit and not high.code:  # a range without a unit is in the unit of its result
        sent = result.value.value_quantity
        high = Quantity(
            value=high.value,
            comparator=high.comparator,
            unit=sent.unit if sent else None,
            system=sent.system if sent else None,
            code=sent.code if sent else None,
        )
    number = exactly(high.value)
    if number is None or high.comparator in (">", ">="):
        return Unusable("has no upper limit of normal with it that can be read")
    by = factor_of(high, concept, own)
    if isinstance(by, Unusable):
        return Unusable(f"comes with an upper limit of normal that {by.why}")
    if number <= 0:
        return Unusable("comes with an upper limit of normal that is not above zero")
    return UpperLimit(number * by, quantity_said(high))
