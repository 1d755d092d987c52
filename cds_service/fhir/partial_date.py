"""FHIR dates as what they are: an interval of calendar days.

``2025`` is any day of that year, ``2025-06`` any day of June, a ``dateTime`` the calendar day as written at
its own place. Weeks count days, months are calendar months (2025-08-31 minus six months is 2025-02-28), and
the boundary day counts as within (criteria inventory, section 0, "Reference dates").
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import msgspec

from cds_service.kleene import Truth

_FHIR = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?)?)?")


class PartialDate(msgspec.Struct, frozen=True, gc=False):
    """One FHIR ``date``, ``dateTime`` or ``instant``: the days it may be, and the text as recorded.

    ``moment`` is the point in time where the text gives one (UTC when the text has an offset), for ordering
    two events of the same day; it is None for a bare date.
    """

    first: date
    last: date
    text: str
    moment: datetime | None = None

    def on_or_before(self, day: date) -> Truth:
        """Whether the event was on ``day`` or earlier; UNKNOWN where the interval straddles it."""
        if self.last <= day:
            return Truth.TRUE
        return Truth.UNKNOWN if self.first <= day else Truth.FALSE

    def on_or_after(self, day: date) -> Truth:
        """Whether the event was on ``day`` or later; UNKNOWN where the interval straddles it."""
        if self.first >= day:
            return Truth.TRUE
        return Truth.UNKNOWN if self.last >= day else Truth.FALSE


def parse(text: str | None) -> PartialDate | None:
    """Read a FHIR date; None for no text, and for text that is no FHIR date (``2025-13-01``, ``soon``)."""
    if not text:
        return None
    bare = text.strip()
    found = _FHIR.fullmatch(bare)
    if found is None:
        return None
    try:
        if "T" in bare:
            moment = datetime.fromisoformat(bare)
            whole = moment.date()
            return PartialDate(whole, whole, text, moment)
        year, month, day = found.groups()
        if month is None:
            return PartialDate(date(int(year), 1, 1), date(int(year), 12, 31), text)
        if day is None:
            last = calendar.monthrange(int(year), int(month))[1]
            return PartialDate(date(int(year), int(month), 1), date(int(year), int(month), last), text)
        whole = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return PartialDate(whole, whole, text)


def between(start: str | None, end: str | None) -> PartialDate | None:
    """A FHIR Period as the interval it spans; an open end leaves the known side alone."""
    low, high = parse(start), parse(end)
    if low is None or high is None:
        return low or high
    if high.last < low.first:
        return None
    return PartialDate(low.first, high.last, f"{low.text}/{high.text}")


_SPAN = re.compile(r"(\d+) (day|week|month|year)s?")


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time as a trial states it: ``24 weeks``, ``6 months``, ``7 days``."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Span:
        found = _SPAN.fullmatch(text)
        if found is None:
            raise ValueError(
                f'"{text}" is not a length of time. '
                'Write a whole number and days, weeks, months or years, such as "24 weeks".'
            )
        return cls(int(found[1]), found[2])

    def before(self, day: date) -> date:
        """The day this long before ``day``: weeks are seven days, months and years are calendar ones."""
        return self._shift(day, -1)

    def after(self, day: date) -> date:
        """The day this long after ``day``."""
        return self._shift(day, 1)

    def _shift(self, day: date, sign: int) -> date:
        try:
            return self._moved(day, sign)
        except (OverflowError, ValueError):  # a chart may say the year 1, which has no year before it
            return date.min if sign < 0 else date.max

    def _moved(self, day: date, sign: int) -> date:
        if self.unit in ("day", "week"):
            return day + timedelta(days=sign * self.count * (7 if self.unit == "week" else 1))
        months = day.year * 12 + day.month - 1 + sign * self.count * (12 if self.unit == "year" else 1)
        year, month = divmod(months, 12)
        return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"
