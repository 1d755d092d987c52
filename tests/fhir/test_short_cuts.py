"""The quick look at a number or a date agrees with the whole rule."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cds_service.fhir import partial_date
from cds_service.fhir.admit import Calendar, When
from cds_service.fhir.resources import Observation, Quantity, _countable
from cds_service.kleene import Truth

AS_OF = date(2026, 11, 1)
DIGITS = (1, 2, 19, 20, 21, 22, 39, 40, 41, 47, 48, 49)
NUMBERS = [
    Decimal((sign, (digit,) * length, exponent))
    for sign in (0, 1)
    for digit in (0, 1, 9)
    for length in DIGITS
    for exponent in (*range(-90, 91, 7), *range(-42, -17), *range(17, 43), -1, 0, 1)
] + [Decimal(text) for text in ("NaN", "-NaN", "sNaN", "Infinity", "-Infinity", "4.10", "-0", "0.000")]


def test_a_quantity_takes_the_numbers_that_are_countable():
    taken = [number for number in NUMBERS if not refused(_countable, number)]
    assert [number for number in NUMBERS if not refused(lambda it: Quantity(value=it), number)] == taken
    assert 0 < len(taken) < len(NUMBERS)


def refused(rule, number):
    try:
        rule(number)
    except ValueError:
        return True
    return False


DATES = (
    *("2026-10-31", "2026-11-01", "2026-11-02", "2026-11", "2026-12", "2026", "2027", "", " ", "soon"),
    *(
        "2026-W01-1",
        "2026-W50-1",
        "20261101",
        "20261102",
        "2026-11-1",
        "2026-02-30",
        "0000-01-01",
        "2026-13-01",
    ),
    *(
        "2026-11-01T23:59:00Z",
        "2026-11-02T00:00:00+14:00",
        "2026-11-01Tsoon",
        "2026T",
        "T",
        "2026-W01-1T10:00",
    ),
    *(" 2026-11-01", "2026-11-01 ", "2026-11-0\u0661", "\u0662026-11-02", "2026-11-01 10:00"),
)


@pytest.mark.parametrize("text", DATES)
def test_a_date_is_compared_as_it_is_read(text):
    calendar = Calendar(AS_OF)
    read = partial_date.parse(text[:10] if "T" in text else text)
    late = read is not None and read.on_or_before(AS_OF) is Truth.FALSE
    expected = (
        When.UNDATED if not text else When.UNREADABLE if not read else When.AFTER if late else When.KNOWN
    )
    assert calendar.when(Observation(effective_date_time=text)) is expected
    assert calendar.counts(text) is (expected is When.KNOWN)
    assert (text in calendar.dates) is (expected is When.KNOWN)
