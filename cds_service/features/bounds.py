"""The number in a result, as the interval it lies in.

An exact value is an interval of one number; "<20" has no lower end; a comparator leaves its own end out.
Everything is an exact Fraction. What cannot be read for certain is :class:`Unusable`, with words for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from fractions import Fraction

import msgspec

from cds_service.concepts.labs import LabConcept
from cds_service.concepts.units import Scale, factor, scale_of
from cds_service.fhir.record import Result
from cds_service.fhir.resources import Quantity, Range


class Unusable(msgspec.Struct, frozen=True, gc=False):
    """Why a number cannot be used, as the end of a sentence: ``has no unit``."""

    why: str


class Bounds(msgspec.Struct, frozen=True, gc=False):
    """Where a value lies; an end is None where it is not bounded, open where the bound itself is excluded."""

    low: Fraction | None
    high: Fraction | None
    low_open: bool = False
    high_open: bool = False

    @property
    def exact(self) -> bool:
        return self.low is not None and (self.low is self.high or self.low == self.high)

    def times(self, by: Fraction) -> Bounds:
        """The same value in another unit; ``by`` is positive."""
        low = None if self.low is None else self.low * by
        high = low
        if self.high is not self.low:
            high = None if self.high is None else self.high * by
        return Bounds(low, high, self.low_open, self.high_open)

    def falling(self, low: Fraction | None, high: Fraction | None) -> Bounds:
        """The interval of a quantity that falls as this one rises, whose ends were computed from ours."""
        return Bounds(low, high, self.high_open, self.low_open)


def span(parts: Iterable[Bounds]) -> Bounds:
    """The least interval that holds every part."""
    whole = list(parts)
    if len(whole) == 1 and whole[0].low is not None and whole[0].high is not None:
        return whole[0]
    lows = [part.low for part in whole if part.low is not None]
    highs = [part.high for part in whole if part.high is not None]
    low = min(lows) if len(lows) == len(whole) else None
    high = max(highs) if len(highs) == len(whole) else None
    return Bounds(
        low,
        high,
        low is not None and all(part.low_open for part in whole if part.low == low),
        high is not None and all(part.high_open for part in whole if part.high == high),
    )


# A unit may begin with a digit only as a power of ten: "20 10*9/L" is one number, "20 30" is not.
_NUMBER = re.compile(
    r"\s*(<=|>=|<|>|≤|≥)?\s*(-?\d{1,15}(?:\.\d{1,15})?)(?:\s+(?=10[*^(eExX⁰¹²³⁴⁵⁶⁷⁸⁹])|\s*(?![\d<>=,.]))(.*)"
)
_LARGEST = 10**15
_SIGNS = {"≤": "<=", "≥": ">="}


def bounds_of(result: Result, concept: LabConcept) -> Bounds | Unusable:
    """The value of a result in the concept's own unit."""
    own = concept.scale
    if own is None:
        return Unusable("is not a number")
    found = _in_own_unit(result, concept, own)
    return found if isinstance(found, Unusable) else _believed(found, concept)


def _in_own_unit(result: Result, concept: LabConcept, own: Scale) -> Bounds | Unusable:
    value = result.value
    sent = (
        (value.value_quantity is not None)
        + (value.value_string is not None)
        + (value.value_integer is not None)
        + (value.value_range is not None)
        + (value.value_codeable_concept is not None)
        + (value.value_boolean is not None)
        + (value.value_ratio is not None)
    )
    if sent > 1:
        return Unusable("has several values at once")
    if value.value_quantity is not None:
        return _of_quantity(value.value_quantity, concept, own)
    if value.value_integer is not None:
        if abs(value.value_integer) > _LARGEST:
            return Unusable("is not a possible value")
        return _of_quantity(Quantity(value=Decimal(value.value_integer)), concept, own)
    if value.value_range is not None:
        return _of_range(value.value_range, concept, own)
    if value.value_string is not None and (text := _NUMBER.fullmatch(value.value_string)) is not None:
        sign, number, unit = text.groups()
        quantity = Quantity(
            value=Decimal(number), comparator=_SIGNS.get(sign, sign), unit=unit.strip() or None
        )
        return _of_quantity(quantity, concept, own)
    return Unusable("is not a number")


def _of_quantity(quantity: Quantity, concept: LabConcept, own: Scale) -> Bounds | Unusable:
    number = exactly(quantity.value)
    if number is None:
        return Unusable("has no readable number")
    by = factor_of(quantity, concept, own)
    if isinstance(by, Unusable):
        return by
    if by is not _ITSELF:
        number *= by
    match quantity.comparator:
        case None | "":
            return Bounds(number, number)
        case "<":
            return Bounds(None, number, high_open=True)
        case "<=":
            return Bounds(None, number)
        case ">":
            return Bounds(number, None, low_open=True)
        case ">=":
            return Bounds(number, None)
        case _:
            return Unusable("has a comparator that is not known")


def _of_range(sent: Range, concept: LabConcept, own: Scale) -> Bounds | Unusable:
    ends: list[Fraction | None] = []
    for quantity in (sent.low, sent.high):
        if quantity is None or quantity.value is None:
            ends.append(None)
            continue
        end = _of_quantity(quantity, concept, own)
        if isinstance(end, Unusable):
            return end
        if not end.exact:
            return Unusable("is a range with a comparator")
        ends.append(end.low)
    low, high = ends
    if (low is None and high is None) or (low is not None and high is not None and low > high):
        return Unusable("is not a readable range")
    return Bounds(low, high)


MOST_SPELLINGS = 200
_ITSELF = Fraction(1)  # the factor of the concept's own unit, always this one object


def factor_of(quantity: Quantity, concept: LabConcept, own: Scale) -> Fraction | Unusable:
    """What turns a number in the quantity's unit into one in the concept's own; a spelling is read once."""
    spelling = (quantity.unit, quantity.code, quantity.system)
    by: Fraction | Unusable | None = concept.factors.get(spelling)
    if by is None:
        by = _factor_of(quantity, concept, own)
        if isinstance(by, Fraction) and len(concept.factors) < MOST_SPELLINGS:
            concept.factors[spelling] = by
    return by


def _factor_of(quantity: Quantity, concept: LabConcept, own: Scale) -> Fraction | Unusable:
    scale = scale_of(quantity, own, concept.conversion, bare=concept.bare)
    if isinstance(scale, str):
        return Unusable(scale)
    by = factor(scale, own, concept.conversion)
    if by is None:
        return Unusable("has a unit that is no unit of this test")
    return _ITSELF if by == 1 else by


def exactly(value: Decimal | None) -> Fraction | None:
    """A number as a Fraction; :mod:`cds_service.fhir.resources` takes in none that is too large for that."""
    return None if value is None else Fraction(*value.as_integer_ratio())


def _believed(found: Bounds, concept: LabConcept) -> Bounds | Unusable:
    """Outside the believable range lies a wrong unit or a slip, not a patient."""
    for end in (found.low,) if found.low is found.high else (found.low, found.high):
        why = None if end is None else _unbelievable(end, concept)
        if why is not None:
            return Unusable(why)
    if found.low is None and found.high_open and found.high == concept.least:
        return Unusable(_IMPOSSIBLE)
    if found.high is None and found.low_open and found.low == concept.most:
        return Unusable(_IMPOSSIBLE)
    return found


_IMPOSSIBLE = "is not a possible value"


def _unbelievable(end: Fraction, concept: LabConcept) -> str | None:
    """Why a number is none of this test; compared in integers, which takes a fifth of Fraction's own time."""
    numerator, denominator = end.as_integer_ratio()
    if concept.least is not None:
        least, parts = concept.least.as_integer_ratio()
        if numerator * parts < least * denominator:
            return _IMPOSSIBLE
    if concept.most is not None:
        most, parts = concept.most.as_integer_ratio()
        if numerator * parts > most * denominator:
            return _IMPOSSIBLE
    # A count below one cell per microlitre, yet not 0, has a wrong unit.
    if concept.unit == "10*9/L" and 0 < numerator * 1000 < denominator:
        return _IMPOSSIBLE
    return "is not a whole number" if concept.whole and denominator != 1 else None


def number_said(value: Fraction) -> str:
    """A number for a reader: exact where four decimals hold it, else cut there and marked "…".

    It is never rounded: 119.99 of 40 is 2.9997…, and "3 × ULN" would say that a limit of 3.0 is reached.
    """
    numerator, denominator = value.as_integer_ratio()
    scaled, rest = divmod(numerator * 10_000, denominator)
    if not rest:
        return f"{Decimal(scaled) / 10_000:f}"
    try:
        exact = Decimal(numerator) / Decimal(denominator)
        places = max(4, 3 - exact.adjusted())  # a very small number keeps four digits that say something
        return f"{exact.quantize(Decimal(1).scaleb(-places), ROUND_DOWN):f}…"
    except InvalidOperation:
        return "?"
