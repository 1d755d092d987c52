"""One unbroken course of one drug, from records that follow one another.

A renewed prescription is not a new start: the earliest record of the unbroken chain is. Two records belong
to one course where no more than 14 days lie between them; a finished order or a supply of unknown length is
taken to last 90 days. Both lengths are the product's assumptions and are named where they decide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from cds_service.concepts.drug_match import Members
from cds_service.features.chart import Chart
from cds_service.features.medication_record import LEFT_OVER, UNCOUNTED_SUPPLY
from cds_service.features.medication_use import Kind, MedicationUse, of_class
from cds_service.features.taking import against, current
from cds_service.fhir.partial_date import PartialDate
from cds_service.kleene import Truth

ORDER_HOLDS = timedelta(days=365)
"""For as long as this an order that does not say how long may have been refilled: that it ended after the 90
days above is not known."""
RENEWAL = timedelta(days=31)
"""An order not older than this, with nothing before it, may renew one that was not sent."""


@dataclass(frozen=True, slots=True)
class Course:
    """The current course of one drug: its records and its first day as far as the chart shows."""

    concept: str
    current: tuple[MedicationUse, ...]
    uses: tuple[MedicationUse, ...]
    start: PartialDate | None
    real_start: bool
    assumed: bool = False  # whether a supply of unknown length joins two records
    refilled: bool = False  # whether an older order, of unknown length, may reach to its first record

    def began_by(self, day: date, as_of: date) -> Truth:
        """Whether it began on ``day`` or earlier; UNKNOWN where its first record may not be its start."""
        if self.start is None:
            return Truth.UNKNOWN
        began = self.start.on_or_before(day)
        if began is Truth.FALSE and not self.real_start:
            renewal = any(use.renewal for use in self.uses)
            observed = any(use.kind is Kind.REPORTED for use in self.uses)
            recent = self.start.last > as_of - RENEWAL
            return Truth.UNKNOWN if renewal or observed or recent or self.refilled else Truth.FALSE
        return began


def current_courses(chart: Chart, members: Members) -> tuple[Course, ...]:
    """One course for each drug of the class that is certainly taken, or ordered, today."""
    now = [use for use in current(chart, members) if not against(chart, use, members)]
    concepts = sorted({match.concept for use in now for match, certain in use.matches(members) if certain})
    found = of_class(chart, members)
    return tuple(course_of(concept, now, found, members) for concept in concepts)


def course_of(
    concept: str, now: Iterable[MedicationUse], found: Iterable[MedicationUse], members: Members
) -> Course:
    """The course of one drug that the current records end."""

    def of(uses: Iterable[MedicationUse]) -> list[MedicationUse]:
        return [
            use
            for use in uses
            if use.doubt is None
            and any(match.concept == concept and sure for match, sure in use.matches(members))
        ]

    today, every = of(now), of(found)
    dated = [use for use in today if use.start is not None]
    chain = set(map(id, today))
    first = min(dated, key=_start, default=None)
    assumed = False
    while first is not None and first.start is not None:
        reach = first.start.first - LEFT_OVER
        earlier = [use for use in every if use.start is not None and use.start.first < first.start.first]
        joined = [
            use for use in earlier if _known_end(use) is not None and (_known_end(use) or date.min) >= reach
        ]
        if not joined:
            joined = [
                use for use in earlier if _known_end(use) is None and _start(use) + UNCOUNTED_SUPPLY >= reach
            ]
            assumed = assumed or bool(joined)
        if not joined:
            break
        chain |= set(map(id, joined))
        first = min(joined, key=_start)
    uses = tuple(use for use in every if id(use) in chain)
    start = first.start if first is not None else None
    refilled = start is not None and any(
        use.kind is Kind.ORDERED
        and id(use) not in chain
        and _known_end(use) is None
        and use.start is not None
        and timedelta(0) < start.first - use.start.first <= ORDER_HOLDS
        for use in every
    )
    return Course(
        concept, tuple(today), uses, start, first is not None and first.real_start, assumed, refilled
    )


def _start(use: MedicationUse) -> date:
    return use.start.first if use.start is not None else date.max


def _known_end(use: MedicationUse) -> date | None:
    """The last day that a record is known to cover; None where an order or a supply does not say how long."""
    if use.end is not None:
        return use.end.last
    if use.current is Truth.TRUE:
        return date.max
    if use.kind in (Kind.ORDERED, Kind.DISPENSED):
        return None
    return use.last.last if use.last is not None else None
