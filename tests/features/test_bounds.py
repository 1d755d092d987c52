"""Numbers compared as integers come out as Fractions themselves compare."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from cds_service.concepts.labs import LabConcepts
from cds_service.features.bounds import Bounds, Unusable, bounds_of, exactly, factor_of
from cds_service.features.question import compare
from cds_service.fhir.record import Result
from cds_service.fhir.resources import Observation, Quantity
from cds_service.kleene import Truth

LABS = LabConcepts.load(Path(__file__).parents[2] / "rules" / "concepts")
NUMERIC = [concept for concept in LABS.by_key.values() if concept.scale is not None]
NUMBERS = [None, *map(Fraction, ("-1", "0", "1/3", "0.3333", "1", "1.0000001", "3", "10000000000"))]


def plainly(word: str, at: Fraction, bounds: Bounds) -> Truth:
    """The same in the words of the rule: whether every value, or none, within the bounds meets the limit."""
    low, high = bounds.low, bounds.high
    if word in ("below", "at_most"):
        opposite = plainly({"below": "at_least", "at_most": "above"}[word], at, bounds)
        return {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE}.get(opposite, opposite)
    if word == "at_least":
        all_meet = low is not None and low >= at
        none_meets = high is not None and (high < at or (high == at and bounds.high_open))
    else:
        all_meet = low is not None and (low > at or (low == at and bounds.low_open))
        none_meets = high is not None and high <= at
    return Truth.TRUE if all_meet else Truth.FALSE if none_meets else Truth.UNKNOWN


@pytest.mark.parametrize("word", ["at_least", "above", "at_most", "below"])
def test_a_limit_is_met_as_fractions_compare(word: str) -> None:
    for low, high, low_open, high_open in itertools.product(NUMBERS, NUMBERS, (False, True), (False, True)):
        bounds = Bounds(low, high, low_open, high_open)
        for at in NUMBERS[1:]:
            assert compare(word, at, bounds) is plainly(word, at, bounds), (word, at, bounds)


def read(concept, value: Decimal, unit: str | None) -> Bounds | Unusable:
    sent = Quantity(value=value, unit=unit)
    sent_as = Observation(resource_type="Observation", reference="Observation/1", value_quantity=sent)
    return bounds_of(Result.of(sent_as), concept)


@pytest.mark.parametrize("concept", NUMERIC, ids=lambda concept: concept.key)
def test_the_ends_of_what_is_believed_are_believed_and_nothing_beyond(concept) -> None:
    step = Decimal(1) if concept.whole else Decimal("0.000001")
    for end, outward in ((concept.least, -1), (concept.most, 1)):
        if end is None:
            continue
        at = Decimal(end.numerator) / Decimal(end.denominator)
        if Fraction(at) != end:
            continue
        assert read(concept, at, concept.unit) == Bounds(end, end)
        assert read(concept, at + outward * step, concept.unit) == Unusable("is not a possible value")


def test_a_number_is_the_same_however_its_decimals_are_written() -> None:
    for text in ("0", "-3", "12", "12.0", "1200", "1.2E+3", "0.125", "-0.10", "1E-9"):
        assert exactly(Decimal(text)) == Fraction(text)
    assert exactly(None) is None


@pytest.mark.parametrize("concept", NUMERIC, ids=lambda concept: concept.key)
def test_a_value_in_its_own_unit_is_multiplied_by_one(concept) -> None:
    for _ in range(2):  # read, and read again from what was kept
        assert factor_of(Quantity(unit=concept.unit), concept, concept.scale) == 1


def test_a_multiple_of_a_value_keeps_its_ends() -> None:
    for low, high in itertools.product(NUMBERS, NUMBERS):
        twice = Bounds(low, high, low_open=True).times(Fraction(2))
        assert twice == Bounds(low and low * 2, high and high * 2, low_open=True)
        assert twice.exact is (low is not None and low == high)
