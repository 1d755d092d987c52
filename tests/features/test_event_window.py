"""Windows in time: the boundary day is within, months are calendar months."""

from __future__ import annotations

from datetime import date

import pytest

from cds_service.features import event_window
from cds_service.fhir.partial_date import Span, parse
from cds_service.kleene import Truth

AS_OF = date(2026, 11, 1)
TRUE, FALSE, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


@pytest.mark.parametrize(
    ("event", "span", "expected"),
    [
        ("2026-10-04", "4 weeks", TRUE),
        ("2026-10-03", "4 weeks", FALSE),
        ("2026-11-01", "4 weeks", TRUE),
        ("2026-11-02", "4 weeks", UNKNOWN),  # after the evaluation date: settles nothing
        ("2026-05-01", "6 months", TRUE),
        ("2026-04", "6 months", FALSE),
        ("2026", "6 months", UNKNOWN),
    ],
)
def test_within(event, span, expected):
    assert event_window.within(parse(event), Span.parse(span), AS_OF) is expected


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("2026-10-31", FALSE),
        ("2026-11-01", TRUE),
        ("2026-11-15", TRUE),
        ("2026-11-16", FALSE),
        ("2026", UNKNOWN),
    ],
)
def test_within_the_next_two_weeks(event, expected):
    assert event_window.within_next(parse(event), Span.parse("2 weeks"), AS_OF) is expected


@pytest.mark.parametrize(
    "day", ["2025-02-28", "2024-02-29", "2025-08-31", "2025-08-28", "2025-12-31", "2025-05-05"]
)
@pytest.mark.parametrize("span", ["1 day", "24 weeks", "1 month", "6 months", "5 years"])
def test_the_first_day_outside_is_outside_and_the_day_before_is_within(day, span):
    event, length = parse(day), Span.parse(span)
    first = event_window.first_day_outside(event, length)
    assert event_window.within(event, length, first) is FALSE
    assert event_window.within(event, length, date.fromordinal(first.toordinal() - 1)) is TRUE


def test_what_an_author_gets_wrong():
    assert event_window.faults("within", None) == ()
    assert event_window.faults("within", "6 months") == ()
    (fault,) = event_window.faults("within", "6 mo")
    assert fault.startswith('within: "6 mo"')
