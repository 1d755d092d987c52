"""How much a serial measurement rose or fell, in percent of the earlier value.

A trial that says ">25% increase in mRSS" does not say since when, nor whether "10% decrease in FVC" means
percent of the earlier value or points of percent-predicted. So the newest value is set against every
earlier one of the same code (litres with litres), percent-predicted both ways, and the answer is the interval
that holds them all: it decides only where every way of reading the sentence agrees.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec.structs import replace

from cds_service.concepts.labs import LabConcept
from cds_service.features import traces
from cds_service.features.bounds import Bounds, Unusable, bounds_of, number_said
from cds_service.features.question import Amount, Evidence, Reading, Reason, unknown
from cds_service.features.results import earlier_ones, evidence_of, latest, need, on_date, value_said
from cds_service.features.traces import Traces
from cds_service.fhir.record import Result
from cds_service.fhir.systems import normal_code

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
        changes: list[Fraction] = []
        pairs: list[str] = []
        evidence: list[Evidence] = []
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
            for old, new, before, after in found:
                changes += [self.SIGN * change for change in _changes(concept, before, after)]
                pairs.append(
                    f"{concept.name} {value_said(new)}{on_date(new)} after {value_said(old)}{on_date(old)}"
                )
                evidence += [evidence_of(old, concept), evidence_of(new, concept)]
        unusable = next((reading for reading in refused if reading.reason is Reason.UNUSABLE), None)
        if unusable is not None or not changes:
            reading = unusable or next(iter(sorted(refused, key=_telling)))
            return reading.with_notes(*notes)
        return self._reading(changes, pairs, evidence, notes)

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

    def _reading(
        self, changes: list[Fraction], pairs: list[str], evidence: list[Evidence], notes: list[str]
    ) -> Reading:
        low, high = min(changes), max(changes)
        amount = number_said(low) if low == high else f"between {number_said(low)} and {number_said(high)}"
        word = "Rise" if self.SIGN > 0 else "Fall"
        several = (
            ("Since when, and percent of what, the source does not say: every earlier value is allowed for",)
            if low != high
            else ()
        )
        return Reading(
            low=low,
            high=high,
            reason=None if low == high else Reason.CONFLICTING,
            said=f"{word} of {amount} % ({'; '.join(pairs)})",
            evidence=tuple(dict.fromkeys(evidence)),
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


def _pairs(
    chart: Chart, concept: LabConcept, newest: tuple[Result, ...], notes: list[str]
) -> Iterator[tuple[Result, Result, Fraction, Fraction]]:
    """Every earlier result beside every newest one of the same code, both exact."""
    for old in earlier_ones(chart, concept, newest):
        for new in newest:
            if not _codes(old, concept) & _codes(new, concept):
                continue
            before, after = (_exact(bounds_of(result, concept)) for result in (old, new))
            if before is None or after is None or before <= 0:
                which = old if before is None or before <= 0 else new
                notes.append(f"{concept.name} {value_said(which)}{on_date(which)} gives no change in percent")
                continue
            yield old, new, before, after


def _changes(concept: LabConcept, before: Fraction, after: Fraction) -> tuple[Fraction, ...]:
    relative = (after - before) / before * 100
    # Percent of predicted may be meant in points; the concept's own unit is then percent already.
    return (relative, after - before) if concept.unit == "%" else (relative,)


def _exact(value: Bounds | Unusable) -> Fraction | None:
    return value.low if isinstance(value, Bounds) and value.exact else None


def _codes(result: Result, concept: LabConcept) -> set[str]:
    codings = result.code.coding if result.code else ()
    return {normal_code(coding.system, coding.code) for coding in codings if coding.code} & set(concept.codes)


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
