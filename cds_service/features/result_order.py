"""Which of several results is the latest, as far as their dates can say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

import msgspec

from cds_service.fhir.partial_date import PartialDate
from cds_service.fhir.record import Result
from cds_service.fhir.resources import Observation

_encoder = msgspec.json.Encoder(decimal_format="string")


def date_of(result: Result) -> PartialDate | None:
    """When it was measured."""
    return result.when


_OFFSETS = timedelta(days=2)
"""By the clocks of two places, the later of two moments may bear a date up to two days before the other's."""


def surely_after(results: Iterable[Result]) -> date | None:
    """A day such that what is dated before it is certainly earlier than one of the results."""
    latest = max((result.when.first for result in results if result.when is not None), default=None)
    return None if latest is None or latest - date.min < _OFFSETS else latest - _OFFSETS


def since(day: date | None, results: Iterable[Result]) -> list[Result]:
    """The results that may be of that day or later."""
    return [each for each in results if day is None or each.when is None or each.when.last >= day]


def newest_of(results: Iterable[Result]) -> tuple[Result, ...]:
    """The results that no other is known to be later than. One without a date may be the newest."""
    all_of_them = tuple(results)
    if len(all_of_them) < 2:
        return all_of_them
    near = since(surely_after(all_of_them), all_of_them)
    later = Frontier(near).is_later_than
    # Odd time zones beside bare dates can each come "before" the next in a ring: then none is the newest.
    return in_order([each for each in near if not later(each.when)] or near)


def newest_that(results: Iterable[Result], says: Callable[[Result], bool]) -> tuple[Result, ...]:
    """:func:`newest_of` the results that say so, without asking those that are surely older."""
    held = list(results)
    if len(held) > 1:
        held.sort(key=_last_day, reverse=True)
    saying: list[Result] = []
    oldest = date.min
    for result in held:
        when = result.when
        if when is not None and when.last < oldest:
            break
        if says(result):
            saying.append(result)
            if when is not None and when.first - date.min > _OFFSETS:
                oldest = max(oldest, when.first - _OFFSETS)
    return newest_of(saying)


def _last_day(result: Result) -> date:
    return result.when.last if result.when is not None else date.max


def day_of(result: Result) -> date | None:
    """The calendar day of a result; None where that is not known to the day."""
    when = result.when
    return when.first if when is not None and when.first == when.last else None


def in_order(results: Iterable[Result]) -> tuple[Result, ...]:
    """The newest first; of one date by what they say: however the server sent them, the order is the same."""
    by_date: dict[str, list[Result]] = {}
    for result in results:
        by_date.setdefault(result.when.text if result.when else "", []).append(result)
    for together in by_date.values():
        if len(together) > 1:
            together.sort(key=_content, reverse=True)
    return tuple([result for text in sorted(by_date, reverse=True) for result in by_date[text]])


def _content(result: Result) -> bytes:
    value = result.value
    bare = msgspec.structs.replace(value, id=None, reference="") if isinstance(value, Observation) else value
    return _encoder.encode(bare)


def earlier(one: PartialDate | None, other: PartialDate | None) -> bool:
    """Whether ``one`` is certainly before ``other``: by the moment where both have one, else by the day."""
    if one is None or other is None:
        return False
    zoned = _zoned(one)
    if one.moment is not None and other.moment is not None and zoned is _zoned(other):
        return one.moment < other.moment
    return one.last < other.first


class Frontier:
    """The latest dates of some results: in one step, whether a date is :func:`earlier` than any of them."""

    def __init__(self, results: Iterable[Result]) -> None:
        self._days: dict[bool | None, date] = {}  # by whether the time has a zone; None for no time
        self._moments: dict[bool, datetime] = {}
        days, moments = self._days, self._moments
        for result in results:
            when = result.when
            if when is None:
                continue
            moment = when.moment
            zoned = None if moment is None else moment.tzinfo is not None
            if zoned not in days or days[zoned] < when.first:
                days[zoned] = when.first
            if moment is not None and zoned is not None and (zoned not in moments or moments[zoned] < moment):
                moments[zoned] = moment

    def is_later_than(self, when: PartialDate | None) -> bool:
        """Whether one is certainly later: by the moment where both have one of a kind, else by the day."""
        if when is None:
            return False
        moment = when.moment
        zoned = None if moment is None else moment.tzinfo is not None
        if moment is not None and zoned in self._moments and moment < self._moments[zoned]:
            return True
        for other, day in self._days.items():
            if when.last < day and (zoned is None or other is not zoned):
                return True
        return False


def _zoned(when: PartialDate) -> bool | None:
    return None if when.moment is None else when.moment.tzinfo is not None
