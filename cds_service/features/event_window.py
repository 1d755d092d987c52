"""Windows in time: "within 6 months", "within the next 24 weeks". The boundary day counts as within."""

from __future__ import annotations

from datetime import date, timedelta

from cds_service.fhir.partial_date import PartialDate, Span
from cds_service.kleene import Truth, all_of


def within(event: PartialDate, span: Span, as_of: date) -> Truth:
    """Whether an event was at most ``span`` before ``as_of``; an event after ``as_of`` settles nothing."""
    if event.first > as_of:
        return Truth.UNKNOWN
    return event.on_or_after(span.before(as_of))


def within_next(event: PartialDate, span: Span, as_of: date) -> Truth:
    """Whether a planned event falls from ``as_of`` to ``span`` after it."""
    return all_of((event.on_or_after(as_of), event.on_or_before(span.after(as_of))))


def first_day_outside(event: PartialDate, span: Span) -> date:
    """The first evaluation date on which the event is no longer within ``span``."""
    day = span.after(event.last) + timedelta(days=1)
    while span.before(day) <= event.last:  # calendar months of unequal length: 31 March less a month
        day += timedelta(days=1)
    return day


def faults(field: str, text: str | None) -> tuple[str, ...]:
    """What is wrong with a length of time that a rule's author wrote."""
    if text is None:
        return ()
    try:
        Span.parse(text)
    except ValueError as error:
        return (f"{field}: {error}",)
    return ()
