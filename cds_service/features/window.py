"""A test no older than the trial allows: an older one is to be repeated, not failed."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from cds_service.features.event_window import first_day_outside
from cds_service.features.question import Reading, Reason
from cds_service.fhir import partial_date
from cds_service.fhir.partial_date import Span
from cds_service.kleene import Truth


def still_fresh(reading: Reading, within: str | None, as_of: date) -> Reading:
    """The reading where its newest record is within the time before ``as_of``, else the same as *stale*."""
    if within is None or reading.truth is Truth.UNKNOWN:
        return reading
    span = Span.parse(within)
    dates = [when for each in reading.evidence if (when := partial_date.parse(each.date)) is not None]
    newest = max(dates, key=lambda when: when.last, default=None)
    if newest is not None and newest.on_or_after(span.before(as_of)) is Truth.TRUE:
        return replace(reading, until=first_day_outside(newest, span))
    old = "not dated exactly" if newest is None or newest.last >= span.before(as_of) else f"older than {span}"
    return replace(
        reading, truth=Truth.UNKNOWN, reason=Reason.STALE, said=f"{reading.said}: {old}, to be repeated"
    )
