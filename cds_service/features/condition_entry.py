"""What one Condition says of the question asked, by its code, its statuses and its dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from cds_service.concepts.codes import Found, Role
from cds_service.features import event_window
from cds_service.features.coded import doubt_in, evidence_of, status_code, words_for
from cds_service.features.condition_dates import Course, course_of
from cds_service.features.standing import Entry, Standing
from cds_service.fhir import partial_date
from cds_service.fhir.partial_date import PartialDate, Span
from cds_service.fhir.resources import Condition
from cds_service.kleene import Truth, all_of

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

SUSPECTED = ("unconfirmed", "provisional", "differential")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a criterion wants of a condition."""

    current: bool = False
    within: Span | None = None
    by_presence: bool = False
    apart_from: tuple[str, ...] = ()
    confirmed_only: bool = False
    suspected_counts: bool = False


def entry_of(condition: Condition, found: Found, asked: Asked, chart: Chart) -> Entry | None:
    """One condition's say, or None where it does not speak to the question at all."""
    born = partial_date.parse(chart.record.patient.birth_date)
    if born is not None and born.first > chart.as_of:
        born = None
    course = course_of(condition, born, chart.as_of, history=found.role is Role.HISTORY)
    said = _said(condition, found, course)
    evidence = evidence_of(condition, found, _recorded_day(condition))

    def entry(standing: Standing, why: str = "", *, unusable: bool = False) -> Entry:
        until = _until(course, asked) if standing is Standing.PRESENT else None
        return Entry(standing, said, evidence, why, until, unusable)

    if condition.damaged:
        return entry(Standing.REVIEW, "part of this record could not be read", unusable=True)
    verified = status_code(condition.verification_status)
    if verified == "entered-in-error" or _began_too_late(found, course, born, chart):
        return None
    if verified == "refuted":
        return entry(Standing.REFUTED, "recorded as refuted") if found.role > Role.REVIEW else None
    excepted = chart.find(asked.apart_from, condition.code)
    if excepted is not None and excepted.role is Role.MATCH:
        return entry(Standing.LEFT_OUT, "does not count for this criterion")

    doubts = [*doubt_in(found)]
    if excepted is not None and excepted.role > Role.NOT_MATCH:
        doubts.append(f"it may be {chart.concepts.codes.name(excepted.concept)}, which does not count")
    if verified in SUSPECTED and not asked.suspected_counts:
        if asked.confirmed_only:
            return entry(Standing.LEFT_OUT, f"recorded as {verified} only, which does not count here")
        doubts.append(f"recorded as {verified}")
    elif verified not in (None, "confirmed", *SUSPECTED):
        doubts.append("how sure the diagnosis is cannot be read")

    held, open_question = _in_time(course, asked, chart)
    if held is Truth.FALSE:
        return entry(Standing.LEFT_OUT if doubts else Standing.PAST, "; ".join(doubts))
    if held is Truth.UNKNOWN:
        doubts.append(open_question)
    return entry(Standing.REVIEW, "; ".join(doubts)) if doubts else entry(Standing.PRESENT)


def _in_time(course: Course, asked: Asked, chart: Chart) -> tuple[Truth, str]:
    """Whether the condition is there when the criterion asks for it, and what is not known of that."""
    current = course.now if asked.current else Truth.TRUE
    if asked.within is None:
        return current, "whether it is still active is not on record"
    day = course.ended if asked.by_presence and course.ended else course.onset
    dated = event_window.within(day, asked.within, chart.as_of) if day else Truth.UNKNOWN
    if asked.by_presence:
        dated = _present_within(course, dated)
    if dated is Truth.UNKNOWN:
        vague = f'the date "{day.text}" does not settle it' if day and not asked.by_presence else None
        return all_of((current, dated)), vague or "the date of the event is not on record"
    return all_of((current, dated)), "whether it is still active is not on record"


def _present_within(course: Course, dated: Truth) -> Truth:
    """Presence on any day of the window; ``dated`` says whether its end, or else its onset, lies within."""
    if course.now is Truth.TRUE:
        return Truth.TRUE
    if course.ended is None and dated is Truth.FALSE:
        return Truth.UNKNOWN  # it began before the window, and when it ended is not known
    return dated


def _until(course: Course, asked: Asked) -> date | None:
    if asked.within is None:
        return None
    if asked.by_presence and course.now is Truth.TRUE:
        return None
    day = course.ended if asked.by_presence and course.ended else course.onset
    return event_window.first_day_outside(day, asked.within) if day else None


def _began_too_late(found: Found, course: Course, born: PartialDate | None, chart: Chart) -> bool:
    """A code that only may mean a childhood disease does not where the disease began in adult life."""
    limit = chart.concepts.codes.concepts[found.concept].childhood_before
    if found.role is not Role.REVIEW or limit is None or born is None or course.onset is None:
        return False
    return course.onset.on_or_after(Span.parse(limit).after(born.last)) is Truth.TRUE


def _said(condition: Condition, found: Found, course: Course) -> str:
    status = status_code(condition.clinical_status)
    if found.role is Role.HISTORY:
        status = "history"
    when = ""
    if course.onset:
        when = f", onset {course.onset.text}"
    if course.ended:
        when += f", ended {course.ended.text}"
    if not when and condition.recorded_date:
        when = f", recorded {condition.recorded_date}"
    return f"{words_for(found)}{f' ({status})' if status else ''}{when}"


def _recorded_day(condition: Condition) -> str | None:
    period = condition.onset_period
    return (
        condition.onset_date_time
        or (period.start or period.end if period else None)
        or condition.abatement_date_time
        or condition.recorded_date
    )
