"""``{started: [antimalarial, immunosuppressant], at_least_before: "12 weeks"}``: since when each is taken."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from msgspec.structs import replace

from cds_service.features import traces
from cds_service.features.chart import Chart
from cds_service.features.courses import Course, current_courses
from cds_service.features.drug_question import (
    ORDER_IS_NOT_INTAKE,
    incomplete,
    key_faults,
    to_confirm,
    why_unsure,
)
from cds_service.features.event_window import faults
from cds_service.features.medication_use import Kind, MedicationUse, of_class, said_of, shown
from cds_service.features.question import Question, Reading, Reason, known, unknown
from cds_service.features.taking import Taking
from cds_service.features.traces import Traces
from cds_service.fhir.partial_date import Span
from cds_service.kleene import Truth, all_of

FIRST_ORDER = "The start is the first order on record; an earlier one elsewhere would change this"
LONG_SUPPLY = "A finished order or a supply of unknown length is taken to have lasted 90 days"


class Started(Question, frozen=True, kw_only=True):
    """TRUE where every current drug of the class was begun at least that long ago."""

    keyword: ClassVar[str] = "started"
    label: ClassVar[str] = "Start of current medicines"
    started: tuple[str, ...]
    at_least_before: str

    def traces(self, concepts: Any) -> Traces | None:  # noqa: ARG002
        return frozenset({traces.MEDICATION})

    def check(self, concepts: Any) -> Iterable[str]:
        yield from key_faults(self.started, concepts)
        yield from faults("at_least_before", self.at_least_before)

    def read(self, chart: Chart) -> Reading:
        members = chart.concepts.drugs.members(self.started)
        courses = current_courses(chart, members)
        if not courses:
            return none_now(chart, self.started)
        limit = Span.parse(self.at_least_before).before(chart.as_of)
        truths = {course: course.began_by(limit, chart.as_of) for course in courses}
        doubtful = doubtful_now(chart, self.started, courses)
        truth = all_of([*truths.values(), *(Truth.UNKNOWN for _ in doubtful)])
        decisive = [course for course in courses if truths[course] is truth] or list(courses)
        first = [use for course in decisive for use in first_records(course)]
        if truth is Truth.TRUE and (lost := incomplete(chart, members.label)) is not None:
            return replace(lost, evidence=shown(first))
        if truth is Truth.UNKNOWN:
            if doubtful and all(each is Truth.TRUE for each in truths.values()):
                return to_confirm(doubtful, why_unsure(doubtful[0], members))
            return unknown(
                Reason.NEEDS_CLINICIAN,
                f"{said_of(first)}: whether that is the start is not on record",
                evidence=shown(first),
            )
        return known(
            truth,
            said_of(first),
            evidence=shown(first),
            notes=notes_of(decisive, truth),
            until=_until(decisive, truth, Span.parse(self.at_least_before)),
        )


def _until(courses: list[Course], truth: Truth, span: Span) -> Any:
    starts = [course.start.last for course in courses if course.start is not None]
    return max(span.after(day) for day in starts) if truth is Truth.FALSE and starts else None


def none_now(chart: Chart, keys: tuple[str, ...]) -> Reading:
    """No current drug of the class: nothing that could be stable or have been started."""
    reading = chart.answer(Taking(taking=keys))
    if reading.truth is Truth.FALSE:
        return unknown(Reason.NOTHING_ON_RECORD, reading.said, evidence=reading.evidence, notes=reading.notes)
    return reading


def doubtful_now(chart: Chart, keys: tuple[str, ...], courses: Iterable[Course]) -> list[MedicationUse]:
    """Records of other drugs of the class that may be current too."""
    members = chart.concepts.drugs.members(keys)
    sure = {course.concept for course in courses}
    return [
        use
        for use in of_class(chart, members)
        if use.current is not Truth.FALSE and not {match.concept for match, _ in use.matches(members)} <= sure
    ]


def first_records(course: Course) -> list[MedicationUse]:
    """The record that begins a course, and the one that is current where that is another."""
    begins = [use for use in course.uses if use.start == course.start]
    return [*begins[:1], *(use for use in course.current[:1] if use not in begins)]


def notes_of(courses: Iterable[Course], truth: Truth) -> tuple[str, ...]:
    """What the answer assumes."""
    notes = []
    for course in courses:
        if all(use.kind is Kind.ORDERED for use in course.uses):
            notes.append(ORDER_IS_NOT_INTAKE)
        if truth is Truth.FALSE and not course.real_start:
            notes.append(FIRST_ORDER)
        if course.assumed:
            notes.append(LONG_SUPPLY)
    return tuple(dict.fromkeys(notes))
