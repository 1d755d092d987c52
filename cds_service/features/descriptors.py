"""Items of a point score that a chart shows, each with the record that shows it.

An item counts where one result certainly says so: final, of a known date where a window is asked for, and
without another of the same moment that says otherwise. What is missing or unclear never counts, and never
counts against: the sum is a lower bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from cds_service.concepts.labs import LabConcept
from cds_service.concepts.points import How, Item
from cds_service.features.bounds import Unusable, bounds_of
from cds_service.features.diagnoses import Diagnosis
from cds_service.features.qualitative import call_of, told_of
from cds_service.features.question import Evidence, compare
from cds_service.features.reference_ranges import applicable
from cds_service.features.result_call import is_positive, said_by
from cds_service.features.result_words import Titre
from cds_service.features.results import (
    date_of,
    day_of,
    evidence_of,
    fault_of,
    newest_of,
    newest_that,
    on_date,
    two_tests,
    without_superseded,
)
from cds_service.features.upper_limit import upper_limit
from cds_service.fhir.record import Asked, Result
from cds_service.fhir.resources import ReferenceRange
from cds_service.kleene import Truth

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

Days = tuple[date, date]
"""The first and the last day of a window."""

Judge = Callable[[Result], Truth]


@dataclass(frozen=True, slots=True)
class Met:
    """One item that the chart shows."""

    item: Item
    said: str
    evidence: tuple[Evidence, ...]

    def __str__(self) -> str:
        return f"{self.item.name} {self.item.points} ({self.said})"


def highest(chart: Chart, items: Iterable[Item], days: Days | None = None) -> tuple[Met, ...]:
    """Of each domain the item with most points that the chart shows, ever or in those days.

    ``items`` come with the most points first, as the tables are read.
    """
    best: dict[str, Met] = {}
    for item in items:
        if item.domain not in best and (found := met(chart, item, days)) is not None:
            best[item.domain] = found
    return tuple(best.values())


def points_of(found: Iterable[Met]) -> int:
    return sum(each.item.points for each in found)


def met(chart: Chart, item: Item, days: Days | None = None) -> Met | None:
    """The item where the chart shows it."""
    if item.how is How.DIAGNOSIS:
        reading = chart.answer(Diagnosis(diagnosis=item.concepts))
        return Met(item, reading.said, reading.evidence) if reading.truth is Truth.TRUE else None
    shown = []
    for key in item.concepts:
        concept = chart.concepts.labs.concept(key)
        if chart.record.result_codes.isdisjoint(concept.codes):
            continue
        result = _showing(chart, _results(chart, concept.codes, days), _judge(chart, item, concept))
        if result is not None:
            shown.append((concept, result))
    if not shown or (item.all_of_them and len(shown) < len(item.concepts)):
        return None
    said = ", ".join(f"{concept.name} {told_of(result)}{on_date(result)}" for concept, result in shown)
    return Met(item, said, tuple(evidence_of(result, concept) for concept, result in shown))


def denied(chart: Chart, item: Item) -> Met | None:
    """The newest result against the item, where every result is against it and none was lost."""
    if chart.record.was_asked("Observation") in (Asked.FAILED, Asked.PARTIAL):
        return None
    for key in item.concepts:
        concept = chart.concepts.labs.concept(key)
        judge = _judge(chart, item, concept)
        sent = _results(chart, (*concept.codes, *concept.review_codes))
        results = [result for result in sent if _counts(chart, result)]
        if results and all(judge(result) is Truth.FALSE for result in results):
            newest = newest_of(results)[0]
            said = f"{concept.name} {told_of(newest)}{on_date(newest)}"
            return Met(item, said, (evidence_of(newest, concept),))
    return None


def _results(chart: Chart, codes: tuple[str, ...], days: Days | None = None) -> tuple[Result, ...]:
    """The results of a test, of those days where a window is asked for; several items ask for the same."""
    place = ("results", codes, days)
    held: tuple[Result, ...] | None = chart.kept.get(place)
    if held is None:
        found = [result for result in chart.record.results(codes) if days is None or _within(result, days)]
        held = chart.kept[place] = without_superseded(tuple(found))
    return held


def _counts(chart: Chart, result: Result) -> bool:
    return (
        fault_of(result) is None
        and two_tests(chart, result) is None
        and result.value.data_absent_reason is None
    )


def _within(result: Result, days: Days) -> bool:
    when = date_of(result)
    return when is not None and days[0] <= when.first and when.last <= days[1]


def _showing(chart: Chart, held: tuple[Result, ...], judge: Judge) -> Result | None:
    """The newest result that says so and that no other of the same moment contradicts."""
    days = [day_of(result) for result in held]
    if any(day is None for day in days):
        held = tuple(result for result in held if _counts(chart, result))
        judged = [(result, judge(result)) for result in held]
        against = _Against(result for result, truth in judged if truth is Truth.FALSE)
        showing = [result for result, truth in judged if truth is Truth.TRUE and result not in against]
        return next(iter(newest_of(showing)), None)
    of_day: dict[date | None, list[Result]] = {}
    for day, result in zip(days, held, strict=True):
        of_day.setdefault(day, []).append(result)

    def shows(result: Result) -> bool:
        if not _counts(chart, result) or judge(result) is not Truth.TRUE:
            return False
        beside = of_day[day_of(result)]
        return len(beside) == 1 or result not in _Against(
            other for other in beside if _counts(chart, other) and judge(other) is Truth.FALSE
        )

    return next(iter(newest_that(held, shows)), None)


class _Against:
    """When results said otherwise: a result of the same time beside them does not count."""

    def __init__(self, results: Iterable[Result]) -> None:
        self._days: set[date] = set()
        self._bare_days: set[date] = set()
        self._moments: set[datetime] = set()
        self._any = False
        for result in results:
            self._any = True
            day = day_of(result)
            if day is None or result.when is None:
                continue
            self._days.add(day)
            if result.when.moment is None:
                self._bare_days.add(day)
            else:
                self._moments.add(result.when.moment)

    def __contains__(self, result: object) -> bool:
        day = day_of(result) if isinstance(result, Result) else None
        if day is None or not isinstance(result, Result) or result.when is None:
            return self._any
        if result.when.moment is None:
            return day in self._days
        return result.when.moment in self._moments or day in self._bare_days


def _judge(chart: Chart, item: Item, concept: LabConcept) -> Judge:
    meanings = chart.concepts.qualitative

    def number(result: Result) -> Truth:
        return _compared(result, concept, item.how, item.limit)

    def low(result: Result) -> Truth:
        return _compared(result, concept, How.BELOW, _lower_limit(chart, result, concept))

    def positive(result: Result) -> Truth:
        return call_of(chart, result, is_positive).truth

    def titre(result: Result) -> Truth:
        told, by_words = said_by(result, meanings).titre, positive(result)
        if told is None or item.limit is None:
            return by_words
        reached = _reaches(told, item.limit)
        return reached if by_words in (Truth.UNKNOWN, reached) else Truth.UNKNOWN

    if item.how in (How.ABOVE, How.BELOW):
        return number
    return {How.LOW: low, How.POSITIVE: positive, How.TITRE: titre}[item.how]


def _reaches(titre: Titre, limit: Decimal) -> Truth:
    """Whether a titre is one in ``limit`` or more; ">" and "<" are the ends of the laboratory's dilutions."""
    if titre.comparator in (None, ">", ">=") and titre.dilution >= limit:
        return Truth.TRUE
    if titre.comparator in (None, "<", "<=") and titre.dilution < limit:
        return Truth.FALSE
    return Truth.FALSE if titre.comparator == "<" and titre.dilution == limit else Truth.UNKNOWN


def _compared(result: Result, concept: LabConcept, how: How, limit: Decimal | Fraction | None) -> Truth:
    value = bounds_of(result, concept)
    if isinstance(value, Unusable) or limit is None:
        return Truth.UNKNOWN
    return compare(how, limit, value)


def _lower_limit(chart: Chart, result: Result, concept: LabConcept) -> Fraction | None:
    """The lower limit printed with the result; one laboratory's results carry the same: it is read once."""
    ranges = result.value.reference_range
    if any(each.applies_to or each.age is not None for each in ranges):
        return _low_of(chart, result, concept)
    sent = result.value.value_quantity
    place = ("lower limit", concept.name, ranges, sent and (sent.unit, sent.system, sent.code))
    if place not in chart.kept:
        chart.kept[place] = _low_of(chart, result, concept)
    limit: Fraction | None = chart.kept[place]
    return limit


def _low_of(chart: Chart, result: Result, concept: LabConcept) -> Fraction | None:
    """It is found as the upper limit is: with low in the place of high."""
    lows = tuple(
        ReferenceRange(high=each.low, type=each.type, applies_to=each.applies_to, age=each.age)
        for each in result.value.reference_range
    )
    turned = replace(result, value=msgspec.structs.replace(result.value, reference_range=lows))
    ranges = applicable(chart, turned)
    limit = ranges if isinstance(ranges, Unusable) else upper_limit(turned, concept, ranges)
    return None if isinstance(limit, Unusable) else limit.value
