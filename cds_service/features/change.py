"""How much a serial measurement rose or fell, in percent of the earlier value.

A trial that says ">25% increase in mRSS" does not say since when, nor whether "10% decrease in FVC" means
percent of the earlier value or points of percent-predicted. So the newest value is set against every
earlier one of the same code (litres with litres), percent-predicted both ways, and the answer is the interval
that holds them all: it decides only where every way of reading the sentence agrees. Of many earlier values
the two that make the ends of the interval are told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from msgspec.structs import replace

from cds_service.concepts.labs import LabConcept
from cds_service.features import traces
from cds_service.features.bounds import Bounds, Unusable, bounds_of, number_said
from cds_service.features.question import Amount, Reading, Reason, unknown
from cds_service.features.results import earlier_ones, evidence_of, latest, need, on_date, value_said
from cds_service.features.traces import Traces
from cds_service.fhir.record import Result

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

_SERIES = {"fvc": ("fvc_abs", "fvc_pct_pred"), "dlco": ("dlco_abs", "dlco_pct_pred")}
"""What one word of a trial is measured as."""


class _Change(Amount, frozen=True, kw_only=True):
    """What ``rise`` and ``fall`` share; a fall is a rise below zero."""

    unit: str = "%"

    SIGN: ClassVar[int]

    @property
    def of(self) -> str:
        return str(getattr(self, self.keyword))

    def read(self, chart: Chart) -> Reading:
        pairs: list[_Pair] = []
        count = 0
        notes: list[str] = []
        refused: list[Reading] = []
        for key in _SERIES.get(self.of, (self.of,)):
            concept = chart.concepts.labs.concept(key)
            newest = latest(chart, concept)
            if newest.why_not is not None:
                refused.append(newest.why_not)
                continue
            found = list(_pairs(chart, concept, newest.group, notes))
            if not found:
                refused.append(_only_one(concept, newest.group))
            count += len(found)
            pairs += found if len(found) <= MOST_TOLD else _outermost(found)
        unusable = next((reading for reading in refused if reading.reason is Reason.UNUSABLE), None)
        if unusable is not None or not pairs:
            reading = unusable or next(iter(sorted(refused, key=_telling)))
            return reading.with_notes(*notes)
        return self._reading(pairs, count, notes)

    def unit_said(self) -> str:
        return "%"

    def traces(self, concepts: Any) -> Traces | None:  # noqa: ARG002
        return frozenset(map(traces.lab, _SERIES.get(self.of, (self.of,))))

    def check(self, concepts: Any) -> Iterable[str]:
        for key in _SERIES.get(self.of, (self.of,)):
            wrong = concepts.labs.unknown(key)
            if wrong is not None:
                yield wrong
            elif concepts.labs.concept(key).unit is None:
                yield f'"{key}" is not a number: it cannot rise or fall.'
        if self.unit != "%":
            yield f'"{self.unit}" is no unit of a change. Write unit: "%".'

    def _reading(self, pairs: list[_Pair], count: int, notes: list[str]) -> Reading:
        changes = [self.SIGN * change for pair in pairs for change in pair.changes]
        low, high = min(changes), max(changes)
        amount = number_said(low) if low == high else f"between {number_said(low)} and {number_said(high)}"
        word = "Rise" if self.SIGN > 0 else "Fall"
        several = (
            ("Since when, and percent of what, the source does not say: every earlier value is allowed for",)
            if low != high
            else ()
        )
        told = pairs if count <= MOST_TOLD else _telling_most(pairs)
        rest = count - len(told)
        more = f"; and {rest} more earlier {'value' if rest == 1 else 'values'}" if rest else ""
        return Reading(
            low=low,
            high=high,
            reason=None if low == high else Reason.CONFLICTING,
            said=f"{word} of {amount} % ({'; '.join(map(str, told))}{more})",
            evidence=tuple(
                dict.fromkeys(
                    evidence_of(each, pair.concept) for pair in told for each in (pair.old, pair.new)
                )
            ),
            notes=(*notes, *several),
        )


class Rise(_Change, frozen=True, kw_only=True):
    """``{rise: mrss, above: "25", unit: "%"}``"""

    keyword: ClassVar[str] = "rise"
    label: ClassVar[str] = "Rise"
    SIGN: ClassVar[int] = 1

    rise: str


class Fall(_Change, frozen=True, kw_only=True):
    """``{fall: fvc, at_least: "10", unit: "%"}``"""

    keyword: ClassVar[str] = "fall"
    label: ClassVar[str] = "Fall"
    SIGN: ClassVar[int] = -1

    fall: str


class _Pair(msgspec.Struct, frozen=True):
    """An earlier value beside the newest one, both exact."""

    concept: LabConcept
    old: Result
    new: Result
    before: Fraction
    after: Fraction

    @property
    def changes(self) -> tuple[Fraction, ...]:
        """The change in percent, in every way that may be meant."""
        return _changes(self.concept, self.before, self.after)

    def __str__(self) -> str:
        old, new = (f"{value_said(each)}{on_date(each)}" for each in (self.old, self.new))
        return f"{self.concept.name} {new} after {old}"


MOST_TOLD = 3


def _telling_most(pairs: list[_Pair]) -> list[_Pair]:
    """The two between whose changes all the others lie."""
    lowest = min(pairs, key=lambda pair: min(pair.changes))
    highest = max(pairs, key=lambda pair: max(pair.changes))
    return [pair for pair in pairs if pair is lowest or pair is highest]


def _pairs(
    chart: Chart, concept: LabConcept, newest: tuple[Result, ...], notes: list[str]
) -> Iterator[_Pair]:
    """Every earlier result beside every newest one of the same code, both exact."""
    ends = [(new, _codes(new, concept), _exact(bounds_of(new, concept))) for new in newest]
    for old in earlier_ones(chart, concept, newest):
        codes, before = _codes(old, concept), _exact(bounds_of(old, concept))
        for new, same, after in ends:
            if not codes & same:
                continue
            if before is None or after is None or before <= 0:
                which = old if before is None or before <= 0 else new
                notes.append(f"{concept.name} {value_said(which)}{on_date(which)} gives no change in percent")
                continue
            yield _Pair(concept, old, new, before, after)


def _outermost(pairs: list[_Pair]) -> list[_Pair]:
    """Of each newest value the pairs with its least and its greatest earlier value, and the first of all:
    every change lies between theirs, for it only grows, or only falls, as the earlier value grows.
    """
    least: dict[int, _Pair] = {}
    most: dict[int, _Pair] = {}
    for pair in pairs:
        new = id(pair.new)
        if new not in least or pair.before < least[new].before:
            least[new] = pair
        if new not in most or pair.before > most[new].before:
            most[new] = pair
    kept = {id(pair) for pair in (pairs[0], *least.values(), *most.values())}
    return [pair for pair in pairs if id(pair) in kept]


def _changes(concept: LabConcept, before: Fraction, after: Fraction) -> tuple[Fraction, ...]:
    relative = (after - before) / before * 100
    # Percent of predicted may be meant in points; the concept's own unit is then percent already.
    return (relative, after - before) if concept.unit == "%" else (relative,)


def _exact(value: Bounds | Unusable) -> Fraction | None:
    return value.low if isinstance(value, Bounds) and value.exact else None


def _codes(result: Result, concept: LabConcept) -> set[str]:
    return set(concept.codes).intersection(result.codes)


def _only_one(concept: LabConcept, newest: tuple[Result, ...]) -> Reading:
    only = newest[0]
    return unknown(
        Reason.MISSING_DATA,
        f"{concept.name} {value_said(only)}{on_date(only)}: no earlier value of its kind to compare with",
        evidence=tuple(evidence_of(result, concept) for result in newest),
        needs=(replace(need(concept), name=f"Earlier {concept.name}"),),
    )


def _telling(reading: Reading) -> tuple[bool, bool]:
    """A value without an earlier one tells more than no value at all; a lost record must not be hidden."""
    return (not reading.lost, not reading.evidence)
