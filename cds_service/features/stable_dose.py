"""``{stable_dose: glucocorticoid, for: "7 days"}``: whether the dose of each current drug stayed the same.

A change on the first day of the time is early enough: what starts 7 days ago has been stable for 7 days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, ClassVar

import msgspec
from msgspec.structs import replace

from cds_service.concepts.drug_match import Members
from cds_service.features import traces
from cds_service.features.chart import Chart
from cds_service.features.courses import Course, course_of, current_courses
from cds_service.features.daily_dose import NO_DOSE, on_day
from cds_service.features.drug_question import incomplete, key_faults, to_confirm, why_unsure
from cds_service.features.event_window import faults
from cds_service.features.medication_use import Kind, MedicationUse, of_class, said_of, shown
from cds_service.features.question import Question, Reading, Reason, known, unknown
from cds_service.features.started import doubtful_now, none_now, notes_of
from cds_service.features.traces import Traces
from cds_service.fhir.partial_date import Span
from cds_service.kleene import Truth


class StableDose(Question, frozen=True, kw_only=True):
    """TRUE where no current drug of the class was begun or changed in dose within the time."""

    keyword: ClassVar[str] = "stable_dose"
    label: ClassVar[str] = "Stable dose"
    stable_dose: tuple[str, ...]
    length: str = msgspec.field(name="for")

    def traces(self, concepts: Any) -> Traces | None:  # noqa: ARG002
        return frozenset({traces.MEDICATION})

    def check(self, concepts: Any) -> Iterable[str]:
        yield from key_faults(self.stable_dose, concepts)
        yield from faults("for", self.length)

    def read(self, chart: Chart) -> Reading:
        members = chart.concepts.drugs.members(self.stable_dose)
        courses = current_courses(chart, members)
        if not courses:
            return none_now(chart, self.stable_dose)
        limit = Span.parse(self.length).before(chart.as_of)
        readings = [_steady(chart, course, members, limit) for course in courses]
        changed = [each for each in readings if each.truth is Truth.FALSE]
        open_ = [each for each in readings if each.truth is Truth.UNKNOWN]
        doubtful = doubtful_now(chart, self.stable_dose, courses)
        if not changed and not open_ and doubtful:
            return to_confirm(doubtful, why_unsure(doubtful[0], members))
        joined = _joined(changed or open_ or readings)
        if joined.truth is Truth.TRUE and (lost := incomplete(chart, members.label)) is not None:
            return replace(lost, evidence=joined.evidence)
        return joined


def _joined(readings: list[Reading]) -> Reading:
    first = readings[0]
    evidence = tuple(dict.fromkeys(each for reading in readings for each in reading.evidence))
    notes = tuple(dict.fromkeys(each for reading in readings for each in reading.notes))
    said = "; ".join(reading.said for reading in readings)
    if first.truth is Truth.UNKNOWN:
        return unknown(first.reason or Reason.NEEDS_CLINICIAN, said, evidence=evidence, notes=notes)
    return known(first.truth, said, evidence=evidence, notes=notes)


@dataclass(frozen=True, slots=True)
class _Amount:
    known: Fraction | None
    problem: str | None = None


def _amount(use: MedicationUse, day: date) -> _Amount:
    daily = on_day(use, day)
    if daily.low is None:
        return _Amount(None, daily.problem)
    if len(use.doses) > 1:
        return _Amount(None, "the dosage has several steps")
    if daily.low != daily.high:
        return _Amount(None, "the dose lies between two amounts")
    return _Amount(daily.low)


def _steady(chart: Chart, course: Course, members: Members, limit: date) -> Reading:
    now = [use for use in course.current if use.kind is not Kind.GIVEN]
    amounts = {_amount(use, chart.as_of) for use in now}
    known_now = {each.known for each in amounts if each.known is not None}
    problem = next((each.problem for each in amounts if each.problem not in (None, NO_DOSE)), None)
    if problem is not None or not known_now:
        reason = Reason.MISSING_DATA if problem is None else Reason.UNUSABLE
        shown_now = now or list(course.current)
        return unknown(reason, f"{said_of(shown_now)}: {problem or NO_DOSE}", evidence=shown(shown_now))
    if len(known_now) > 1:
        return unknown(
            Reason.CONFLICTING, f"{said_of(now)}: the records give different doses", evidence=shown(now)
        )
    dose = next(iter(known_now))
    every = [use for use in of_class(chart, members) if use.doubt is None and use.kind is not Kind.GIVEN]
    same = [use for use in every if use in now or _amount(use, limit).known == dose]
    steady = course_of(course.concept, now, same, members)
    rest = [use for use in every if use not in same and _of(use, course.concept, members)]
    others = [use for use in rest if _amount(use, limit).known is not None]
    between = [use for use in others if _within(use, limit, chart.as_of)]
    if between:
        return _changed(between, now)
    truth = steady.began_by(limit, chart.as_of)
    if truth is Truth.TRUE:
        return known(Truth.TRUE, said_of(now), evidence=shown(now), notes=notes_of([steady], truth))
    before = [use for use in others if use.start is not None and use.start.first <= chart.as_of]
    # A statement that is only dated says that the dose was such on that day, not since when.
    dated_change = steady.real_start or all(use.kind is not Kind.REPORTED for use in steady.uses)
    late = steady.start is not None and steady.start.on_or_before(limit) is Truth.FALSE
    if before and late and dated_change:
        return _changed(before, now)
    if truth is Truth.FALSE and rest == others:
        return known(Truth.FALSE, said_of(now), evidence=shown(now), notes=notes_of([steady], truth))
    return unknown(
        Reason.NEEDS_CLINICIAN,
        f"{said_of(now)}: the dose before is not on record",
        evidence=shown(now),
    )


def _changed(before: list[MedicationUse], now: list[MedicationUse]) -> Reading:
    return known(
        Truth.FALSE,
        f"The dose was changed: {said_of([*now, *before])}",
        evidence=shown([*now, *before]),
    )


def _of(use: MedicationUse, concept: str, members: Members) -> bool:
    return any(match.concept == concept and certain for match, certain in use.matches(members))


def _within(use: MedicationUse, limit: date, as_of: date) -> bool:
    """Whether another dose was certainly taken after the first day of the time."""
    end = use.end if use.end is not None else use.last if use.kind is Kind.REPORTED else None
    began = use.start is None or use.start.first <= as_of
    return use.taken and began and end is not None and end.first > limit
