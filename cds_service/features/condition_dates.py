"""When a condition began and ended, and whether it is there now, as far as the record says."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from cds_service.features.coded import status_code
from cds_service.fhir import partial_date
from cds_service.fhir.partial_date import PartialDate, Span
from cds_service.fhir.resources import Condition, Quantity
from cds_service.kleene import Truth

ACTIVE = ("active", "recurrence", "relapse")
PAST = ("inactive", "remission", "resolved")
_AGE_UNITS = {
    "a": "year", "yr": "year", "year": "year", "years": "year",
    "mo": "month", "month": "month", "months": "month",
    "wk": "week", "week": "week", "weeks": "week",
    "d": "day", "day": "day", "days": "day",
}  # fmt: skip


class Course(msgspec.Struct, frozen=True, gc=False):
    """``now`` is TRUE for present, FALSE for past, UNKNOWN where the record does not say."""

    onset: PartialDate | None
    ended: PartialDate | None
    now: Truth


def course_of(condition: Condition, born: PartialDate | None, as_of: date, *, history: bool) -> Course:
    """The course of a condition; ``history`` where its code itself says that it is past."""
    onset = (
        partial_date.parse(condition.onset_date_time)
        or (condition.onset_period and _period(condition.onset_period.start, condition.onset_period.end))
        or at_age(condition.onset_age, born)
    )
    ended = (
        partial_date.parse(condition.abatement_date_time)
        or (
            condition.abatement_period
            and _period(condition.abatement_period.start, condition.abatement_period.end)
        )
        or at_age(condition.abatement_age, born)
    )
    return Course(onset, ended, _now(condition, ended, as_of, history=history))


def _now(condition: Condition, ended: PartialDate | None, as_of: date, *, history: bool) -> Truth:
    status = status_code(condition.clinical_status)
    if history or status in PAST or condition.abatement_boolean is True:
        return Truth.FALSE
    if ended is not None and (over := ended.on_or_before(as_of)) is not Truth.FALSE:
        return ~over
    said_to_have_ended = (
        condition.abatement_date_time
        or condition.abatement_period
        or condition.abatement_age
        or condition.abatement_string
    )
    if ended is None and said_to_have_ended:
        return Truth.UNKNOWN
    return Truth.TRUE if status in ACTIVE else Truth.UNKNOWN


def _period(start: str | None, end: str | None) -> PartialDate | None:
    return partial_date.between(start, end)


def at_age(age: Quantity | None, born: PartialDate | None) -> PartialDate | None:
    """The days on which somebody born then was that old; None where either is not known well enough."""
    if age is None or born is None or age.value is None or age.comparator or not age.value.is_finite():
        return None
    unit = _AGE_UNITS.get((age.code or age.unit or "").strip().lower())
    if unit is None or not 0 <= age.value <= 50000:
        return None
    count = int(age.value)
    try:
        first = Span(count, unit).after(born.first)
        last = Span(count + 1, unit).after(born.last) - timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    return PartialDate(first, last, f"age {age.value} {unit}s")
