"""What both kidney formulas start from: the newest creatinine, and what the patient was on that day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cds_service.features.age import age_on
from cds_service.features.bounds import Bounds, number_said
from cds_service.features.measurements import reading_of
from cds_service.features.question import Evidence, Need, Reading, Reason, unknown
from cds_service.features.results import Frontier, Latest, date_of, latest, need
from cds_service.fhir.partial_date import PartialDate, Span
from cds_service.fhir.record import Result
from cds_service.kleene import Truth, all_of

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

ADULT = 18
NEAR = Span(12, "month")
"""How near to the creatinine a height or weight must be. An assumption: no trial or formula states one."""


@dataclass(frozen=True, slots=True)
class Creatinine:
    """The newest serum creatinine in mg/dL, and the least and greatest age on that day."""

    bounds: Bounds
    reading: Reading
    dates: tuple[PartialDate, ...]
    youngest: int
    oldest: int


@dataclass(frozen=True, slots=True)
class BodySize:
    """A height or weight near the creatinine."""

    bounds: Bounds
    reading: Reading


def bounds_in(reading: Reading) -> Bounds | None:
    """The interval of a reading; None where it is unknown."""
    if reading.low is None and reading.high is None:
        return None
    return Bounds(reading.low, reading.high, reading.low_open, reading.high_open)


def creatinine(chart: Chart, newest: Latest) -> Creatinine | Reading:
    """The newest creatinine, ready for a formula, or the reading that says why not; read once a chart."""
    found: Creatinine | Reading | None = chart.kept.get("newest creatinine")
    if found is None:
        found = chart.kept["newest creatinine"] = _creatinine(chart, newest)
    return found


def _creatinine(chart: Chart, newest: Latest) -> Creatinine | Reading:
    reading = reading_of(chart, "creatinine_serum", newest)
    bounds = bounds_in(reading)
    if bounds is None:
        return reading
    dates = tuple(when for result in newest.group if (when := date_of(result)) is not None)
    first = age_on(chart, min(when.first for when in dates))
    last = age_on(chart, max(when.last for when in dates))
    if first is None or last is None:
        return unknown(
            Reason.MISSING_DATA,
            f"{reading.said}; the date of birth is missing or not readable",
            evidence=reading.evidence,
            needs=(Need("Date of birth"),),
            notes=reading.notes,
        )
    return Creatinine(bounds, reading, dates, first[0], last[1])


def size_near(chart: Chart, key: str, scr: Creatinine) -> BodySize | Reading:
    """The newest height or weight, where it is near the creatinine."""
    concept = chart.concepts.labs.concept(key)
    newest = latest(chart, concept)
    reading = reading_of(chart, key, newest)
    bounds = bounds_in(reading)
    evidence = (*scr.reading.evidence, *reading.evidence)
    if bounds is None:
        return replace(reading, said=f"{scr.reading.said}; {_lowered(reading.said)}", evidence=evidence)
    if not all(_near(date_of(result), scr.dates) for result in newest.group):
        return unknown(
            Reason.STALE,
            f"{reading.said} is not within {NEAR} of {_lowered(scr.reading.said)}",
            evidence=evidence,
            needs=(need(concept),),
            notes=(*reading.notes, f"That it must be is our assumption: within {NEAR}"),
        )
    return BodySize(bounds, reading)


def newer(one: Sequence[Result], other: Sequence[Result]) -> bool:
    """Whether the results ``one`` are certainly later than all of ``other``; also where there is no other."""
    frontier = Frontier(one)
    return bool(one) and all(frontier.is_later_than(date_of(old)) for old in other)


def computed(opening: str, bounds: Bounds, scr: Creatinine, sources: Sequence[Reading]) -> Reading:
    """The reading of a computed value: how much (in the braces of ``opening``), from what, how certain."""
    parts = (scr.reading, *sources)
    unsure = next((part.reason for part in parts if part.reason is not None), None)
    needs = tuple(dict.fromkeys(each for part in parts for each in part.needs))
    if scr.youngest != scr.oldest:
        unsure, needs = unsure or Reason.MISSING_DATA, (*needs, Need("Date of birth"))
    inputs = "; ".join(_lowered(part.said) for part in parts)
    evidence: tuple[Evidence, ...] = tuple(dict.fromkeys(each for part in parts for each in part.evidence))
    return Reading(
        low=bounds.low,
        high=bounds.high,
        low_open=bounds.low_open,
        high_open=bounds.high_open,
        reason=unsure,
        said=f"{opening.format(_interval_said(bounds))}; {inputs})",
        evidence=evidence,
        needs=needs,
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


def _near(when: PartialDate | None, dates: tuple[PartialDate, ...]) -> bool:
    if when is None:
        return False
    return all(
        all_of((when.on_or_after(NEAR.before(each.last)), when.on_or_before(NEAR.after(each.first))))
        is Truth.TRUE
        for each in dates
    )


def _interval_said(bounds: Bounds) -> str:
    low = number_said(bounds.low) if bounds.low is not None else None
    high = number_said(bounds.high) if bounds.high is not None else None
    if low is None:
        return f"at most {high}" if high is not None else "?"
    if high is None:
        return f"at least {low}"
    return low if low == high else f"{low} to {high}"


def _lowered(said: str) -> str:
    return said[:1].lower() + said[1:]
