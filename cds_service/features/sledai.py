"""A lower bound of SLEDAI-2K from the laboratory and temperature, for a chart that reports no total.

The index counts what was present in the 10 days before the visit (Gladman 2002); 30 days are validated too
(Touma 2010, Lupus 19:49-51) and are used here, up to the evaluation date: laboratory results seldom come
closer together. Each descriptor counts only where it is due to lupus, which no result says. So the bound
never meets a limit: where it reaches one, a clinician is asked.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cds_service.concepts.points import SLEDAI
from cds_service.features.descriptors import Met, highest, points_of
from cds_service.features.question import Reading, Reason
from cds_service.fhir import partial_date
from cds_service.fhir.partial_date import Span

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

WINDOW = Span.parse("30 days")


def descriptors(chart: Chart, until: date) -> tuple[Met, ...]:
    """The descriptors that the results of the window up to that day show."""
    return highest(chart, chart.concepts.points.get(SLEDAI, ()), (WINDOW.before(until), until))


def with_descriptors(chart: Chart, reading: Reading) -> Reading:
    """The reading of the total, with what the descriptors say beside it."""
    if reading.low is None and reading.high is None:
        return _without_total(reading, descriptors(chart, chart.as_of))
    reported = {when.last for each in reading.evidence if (when := partial_date.parse(each.date))}
    for until in sorted(reported | {chart.as_of}):
        found = descriptors(chart, until)
        if reading.high is not None and points_of(found) > reading.high:
            more = f"{_said(found)}: in the {WINDOW} to {until} more than the total that was reported"
            reading = reading.with_notes(more[0].upper() + more[1:])
    return reading


def _without_total(reading: Reading, found: tuple[Met, ...]) -> Reading:
    if not found:
        return reading
    if reading.reason is not Reason.MISSING_DATA:  # a total is there and cannot be used: that comes first
        said = _said(found)
        return reading.with_notes(said[0].upper() + said[1:])
    return replace(
        reading,
        said=f"{reading.said}; {_said(found)}",
        evidence=(*reading.evidence, *(each for met in found for each in met.evidence)),
        unjudged=Fraction(points_of(found)),
    )


def _said(found: tuple[Met, ...]) -> str:
    points, items = points_of(found), "; ".join(map(str, found))
    some = "1 point" if points == 1 else f"{points} points"
    return f"at least {some} from laboratory descriptors, attribution to lupus not judged ({items})"
