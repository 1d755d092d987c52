from datetime import date

import pytest

from cds_service.fhir.partial_date import Span, between, parse
from cds_service.kleene import Truth


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2025-06-07", date(2025, 6, 7), date(2025, 6, 7)),
        ("2025-06-07T23:59:00-05:00", date(2025, 6, 7), date(2025, 6, 7)),
        (" 2025-06-07 ", date(2025, 6, 7), date(2025, 6, 7)),
    ],
)
def test_a_date_is_the_days_it_may_be(text, first, last):
    read = parse(text)
    assert (read.first, read.last) == (first, last)


@pytest.mark.parametrize(
    "text", [None, "", "soon", "2025-13", "2025-02-30", "0000", "25", "2025-6-7", "2025-06-07T25:00"]
)
def test_what_is_no_date_is_none(text):
    assert parse(text) is None


def test_an_interval_that_straddles_the_day_is_unknown():
    june = parse("2025-06")
    assert june.on_or_before(date(2025, 6, 30)) is Truth.TRUE
    assert june.on_or_before(date(2025, 6, 29)) is Truth.UNKNOWN
    assert june.on_or_before(date(2025, 5, 31)) is Truth.FALSE
    assert june.on_or_after(date(2025, 6, 1)) is Truth.TRUE
    assert june.on_or_after(date(2025, 6, 2)) is Truth.UNKNOWN
    assert june.on_or_after(date(2025, 7, 1)) is Truth.FALSE


def test_a_period_spans_its_ends():
    assert between("2025-01", "2025-03-05").last == date(2025, 3, 5)
    assert between(None, "2025").first == date(2025, 1, 1)
    assert between("2025-02-01", "2025-01-01") is None


@pytest.mark.parametrize(
    ("span", "day", "before"),
    [
        ("6 months", date(2025, 8, 31), date(2025, 2, 28)),
        ("24 weeks", date(2025, 8, 31), date(2025, 3, 16)),
        ("1 year", date(2024, 2, 29), date(2023, 2, 28)),
    ],
)
def test_months_are_calendar_months_and_weeks_seven_days(span, day, before):
    assert Span.parse(span).before(day) == before


def test_a_span_needs_a_number_and_a_unit():
    with pytest.raises(ValueError, match="24 weeks"):
        Span.parse("half a year")
