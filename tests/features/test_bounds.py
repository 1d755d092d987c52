"""Numbers compared as integers come out as Fractions themselves compare."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from cds_service.concepts.labs import LabConcepts
from cds_service.features.bounds import Bounds, Unusable, bounds_of, exactly, factor_of, number_said, span
from cds_service.features.question import compare
from cds_service.fhir.record import Result
from cds_service.fhir.resources import CodeableConcept, Observation, Quantity, Range, Ratio
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


PLATELETS, SPO2, INR = (LABS.concept(key) for key in ("platelets", "spo2", "inr"))
VALUES = {
    "value_quantity": Quantity(value=Decimal(90), unit="%"),
    "value_string": "90",
    "value_integer": 90,
    "value_range": Range(low=Quantity(value=Decimal(90), unit="%")),
    "value_codeable_concept": CodeableConcept(text="90"),
    "value_boolean": True,
    "value_ratio": Ratio(),
}


def sent(concept, **values) -> Bounds | Unusable:
    observation = Observation(resource_type="Observation", reference="Observation/1", **values)
    return bounds_of(Result.of(observation), concept)


@pytest.mark.parametrize("two", list(itertools.combinations(VALUES, 2)), ids=" and ".join)
def test_two_values_at_once_are_none(two) -> None:
    assert sent(SPO2, **{name: VALUES[name] for name in two}) == Unusable("has several values at once")


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("1.2", Bounds(Fraction(6, 5), Fraction(6, 5))),
        ("<1.2", Bounds(None, Fraction(6, 5), high_open=True)),
        ("<= 1.2", Bounds(None, Fraction(6, 5))),
        ("≤1.2", Bounds(None, Fraction(6, 5))),
        (">1.2", Bounds(Fraction(6, 5), None, low_open=True)),
        ("≥ 1.2", Bounds(Fraction(6, 5), None)),
    ],
)
def test_a_number_sent_as_text_keeps_its_comparator(text, bounds) -> None:
    assert sent(INR, value_string=text) == bounds


@pytest.mark.parametrize(
    ("low", "high", "why"),
    [
        ("90", "95", None),
        ("90", "101", "is not a possible value"),
        ("9", "95", "is not a possible value"),
    ],
)
def test_both_ends_of_a_range_are_believed_or_it_is_not(low, high, why) -> None:
    ends = Range(*(Quantity(value=Decimal(end), unit="%") for end in (low, high)))
    found = sent(SPO2, value_range=ends)
    assert found == (Unusable(why) if why else Bounds(Fraction(low), Fraction(high)))


@pytest.mark.parametrize(
    ("value", "comparator", "why"),
    [
        ("0", "<", "is not a possible value"),  # below the least that can be
        ("0", "<=", None),
        ("10000", ">", "is not a possible value"),
        ("10000", ">=", None),
        ("0.001", None, None),  # one cell per microlitre
        ("0.0009995", None, "is not a possible value"),
        ("0.0000005", None, "is not a possible value"),
    ],
)
def test_a_comparator_at_the_end_of_what_can_be(value, comparator, why) -> None:
    quantity = Quantity(value=Decimal(value), comparator=comparator, unit="10*9/L")
    found = sent(PLATELETS, value_quantity=quantity)
    assert (found.why if isinstance(found, Unusable) else None) == why


def test_a_test_without_a_unit_has_no_number_and_a_strange_unit_is_told() -> None:
    assert sent(LABS.concept("ana"), value_integer=1) == Unusable("is not a number")
    strange = Quantity(value=Decimal(90), unit="mg")
    assert sent(PLATELETS, value_quantity=strange) == Unusable("has the unit mg, which is not known here")


def test_one_part_spans_itself_and_an_open_part_leaves_its_end_open() -> None:
    for part in (Bounds(Fraction(1), Fraction(2)), Bounds(None, Fraction(2)), Bounds(Fraction(1), None)):
        assert span([part]) == part
        assert span([part, part]) == part


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("12", "12"),
        ("1200", "1200"),
        ("100000000000", "100000000000"),
        ("12.50", "12.5"),
        ("-0.1", "-0.1"),
        ("2/3", "0.6666…"),
        ("-2/3", "-0.6666…"),
        ("1/30000000", "0.00000003333…"),
    ],
)
def test_a_number_is_said_whole_or_cut_and_marked(value, said) -> None:
    assert number_said(Fraction(value)) == said
