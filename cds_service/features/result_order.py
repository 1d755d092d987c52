"""Which of several results is the latest, as far as their dates can say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from cds_service.fhir import partial_date
from cds_service.fhir.partial_date import PartialDate
from cds_service.fhir.record import Result
from cds_service.fhir.resources import Observation

_encoder = msgspec.json.Encoder(decimal_format="string")


def date_of(result: Result) -> PartialDate | None:
    """When it was measured; the time of issue where nothing else is recorded."""
    observation = result.observation
    period = observation.effective_period
    if observation.effective_date_time or observation.effective_instant:
        return partial_date.parse(observation.effective_date_time or observation.effective_instant)
    if period is not None:
        return partial_date.between(period.start, period.end)
    return partial_date.parse(observation.issued)


def newest_of(results: Iterable[Result]) -> tuple[Result, ...]:
    """The results that no other is known to be later than. One without a date may be the newest."""
    all_of_them = tuple(results)
    frontier = Frontier(all_of_them)
    # Odd time zones beside bare dates can each come "before" the next in a ring: then none is the newest.
    newest = tuple(each for each in all_of_them if not frontier.is_later_than(date_of(each))) or all_of_them
    return in_order(newest)


def in_order(results: Iterable[Result]) -> tuple[Result, ...]:
    """The newest first; of one date by what they say: however the server sent them, the order is the same."""
    found = tuple(results)
    return tuple(sorted(found, key=_place, reverse=True)) if len(found) > 1 else found


def _place(result: Result) -> tuple[str, bytes]:
    when = date_of(result)
    value = result.value
    bare = msgspec.structs.replace(value, id=None, reference="") if isinstance(value, Observation) else value
    return (when.text if when else "", _encoder.encode(bare))


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
        for result in results:
            when = date_of(result)
            if when is None:
                continue
            zoned = _zoned(when)
            self._days[zoned] = max(when.first, self._days.get(zoned, when.first))
            if when.moment is not None and zoned is not None:
                self._moments[zoned] = max(when.moment, self._moments.get(zoned, when.moment))

    def is_later_than(self, when: PartialDate | None) -> bool:
        """Whether one is certainly later: by the moment where both have one of a kind, else by the day."""
        if when is None:
            return False
        zoned = _zoned(when)
        if when.moment is not None and zoned in self._moments and when.moment < self._moments[zoned]:
            return True
        return any(
            when.last < day for other, day in self._days.items() if zoned is None or other is not zoned
        )


def _zoned(when: PartialDate) -> bool | None:
    return None if when.moment is None else when.moment.tzinfo is not None
