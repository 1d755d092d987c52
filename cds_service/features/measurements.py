"""The newest laboratory value or measurement, in the author's unit or as a multiple of its own upper limit.

``{lab: alt, at_most: "3.0", times: uln}`` and ``{measurement: spo2, at_least: "92", unit: "%"}``. The two
keywords differ only in the word a reader expects.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from cds_service.concepts.labs import LabConcept
from cds_service.concepts.units import Scale, factor, scales_of
from cds_service.features import traces
from cds_service.features.bounds import Bounds, Unusable, bounds_of, number_said, span
from cds_service.features.drug_question import key_faults
from cds_service.features.question import Amount, Reading, Reason, unknown
from cds_service.features.recent_doses import dose_before, drug_records_lost
from cds_service.features.reference_ranges import applicable
from cds_service.features.results import (
    Latest,
    evidence_of,
    latest,
    need,
    on_date,
    usable_ones,
    value_said,
)
from cds_service.features.traces import Traces
from cds_service.features.upper_limit import UpperLimit, upper_limit
from cds_service.fhir.partial_date import Span
from cds_service.fhir.record import Result

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

ULN = "uln"
HIGHEST = "highest"


class Said(msgspec.Struct, frozen=True, gc=False):
    """One result read: where its value lies, and the phrase that says it."""

    bounds: Bounds
    said: str


class Measured(Amount, frozen=True, kw_only=True):
    """What ``lab`` and ``measurement`` share.

    ``not_within`` with ``after``: a result dated within that time after a dose of those drugs says nothing of
    the patient ("no colony-stimulating factor within 2 weeks prior to the examination").

    ``take: highest``: the highest of all usable results instead of the newest, for a criterion that asks
    whether a value was ever that high. A chart never holds them all, so it is a lower bound.
    """

    unit: str | None = None
    times: str | None = None
    take: str | None = None
    not_within: str | None = None
    after: tuple[str, ...] = ()

    @property
    def of(self) -> str:
        """The key of the concept that is measured."""
        return str(getattr(self, self.keyword))

    def read(self, chart: Chart) -> Reading:
        concept = chart.concepts.labs.concept(self.of)
        if self.take is not None and (highest := self._highest(chart, concept)) is not None:
            return highest
        newest = latest(chart, concept)
        if newest.why_not is not None:
            return newest.why_not
        said = [self._say(chart, concept, result) for result in newest.group]
        reading = together(concept, newest.group, said)
        if reading.reason is Reason.UNUSABLE and isinstance(said[0], Unusable):
            return reading.with_notes(*newest.notes)
        return self._apart_from_drug(chart, concept, newest.group, reading.with_notes(*newest.notes))

    def unit_said(self) -> str:
        return "× ULN" if self.times else (self.unit or "")

    def traces(self, concepts: Any) -> Traces | None:  # noqa: ARG002
        return frozenset({traces.lab(self.of)})

    def check(self, concepts: Any) -> Iterable[str]:
        wrong = concepts.labs.unknown(self.of)
        if wrong is not None:
            yield wrong
            return
        yield from self._check_unit(concepts.labs.concept(self.of))
        if self.take not in (None, HIGHEST):
            yield f'take: "{self.take}" is not known here. Write take: {HIGHEST}, or leave it out.'
        if self.take is not None and (self.at_most or self.below or self.not_within):
            yield f"take: {HIGHEST} is a lower bound: it goes with at_least or above alone."
        if (self.not_within is None) is not (not self.after):
            yield '"not_within" and "after" belong together. Write both, or neither.'
        if self.not_within is not None:
            try:
                Span.parse(self.not_within)
            except ValueError as error:
                yield str(error)
            yield from key_faults(self.after, concepts)

    def _check_unit(self, concept: LabConcept) -> Iterable[str]:
        if concept.scale is None:
            yield f'"{concept.key}" is not a number. Ask {{result: {concept.key}, …}} instead.'
        elif self.times is not None:
            if self.times != ULN or self.unit is not None:
                yield f'Write "times: {ULN}" without a unit, or a unit alone.'
        elif self.unit is None:
            if not concept.bare:
                yield f'The unit of the limits is missing. Write for example "unit: {concept.unit}".'
        elif _wanted(self.unit, concept) is None:
            yield f'"{self.unit}" is no unit of {concept.key}. Write for example "unit: {concept.unit}".'

    def _highest(self, chart: Chart, concept: LabConcept) -> Reading | None:
        """The highest usable result, unbounded above; None where none is usable."""
        usable = [
            (value.low, value.low_open, result)
            for result in usable_ones(chart, concept)
            if isinstance(value := self._value(chart, concept, result), Bounds) and value.low is not None
        ]
        if not usable:
            return None
        low, low_open, result = max(usable, key=lambda each: each[:2])
        best = self._say(chart, concept, result)
        if isinstance(best, Unusable):
            return None
        return Reading(
            low=low,
            low_open=low_open,
            reason=Reason.NEEDS_CLINICIAN,
            said=f"Highest on record: {best.said}" if len(usable) > 1 else best.said,
            evidence=(evidence_of(result, concept),),
        )

    def _value(self, chart: Chart, concept: LabConcept, result: Result) -> Bounds | Unusable:
        """Where the value lies, as a multiple of its own upper limit or in the author's unit."""
        value = bounds_of(result, concept)
        if isinstance(value, Unusable):
            return value
        if self.times is None:
            return converted(concept, value, self.unit)
        limit = self._limit(chart, concept, result)
        return limit if isinstance(limit, Unusable) else value.times(1 / limit.value)

    def _limit(self, chart: Chart, concept: LabConcept, result: Result) -> UpperLimit | Unusable:
        """The upper limit printed with it; results of one laboratory carry the same, which is read once."""
        ranges = applicable(chart, result)
        if isinstance(ranges, Unusable):
            return ranges
        sent = result.value.value_quantity
        place = ("limit", concept.name, ranges, sent and (sent.unit, sent.system, sent.code))
        limit: UpperLimit | Unusable | None = chart.kept.get(place)
        if limit is None:
            limit = chart.kept[place] = upper_limit(result, concept, ranges)
        return limit

    def _say(self, chart: Chart, concept: LabConcept, result: Result) -> Said | Unusable:
        value = bounds_of(result, concept)
        if isinstance(value, Unusable):
            return value
        if self.times is None:
            return in_unit(concept, result, value, self.unit)
        limit = self._limit(chart, concept, result)
        if isinstance(limit, Unusable):
            return limit
        multiple = value.times(1 / limit.value)
        exact = f"{number_said(multiple.low)} × " if multiple.exact and multiple.low is not None else ""
        recorded = f"{concept.name} {value_said(result)}"
        return Said(multiple, f"{recorded} ({exact}ULN {limit.said}){on_date(result)}")

    def _apart_from_drug(
        self, chart: Chart, concept: LabConcept, group: tuple[Result, ...], reading: Reading
    ) -> Reading:
        if self.not_within is None:
            return reading
        for result in group:
            dose = dose_before(chart, self.after, self.not_within, result)
            if dose is not None:
                return unknown(
                    Reason.UNUSABLE,
                    f"{reading.said}: {dose.said}",
                    evidence=(*reading.evidence, *dose.evidence),
                    needs=(need(concept),),
                    notes=reading.notes,
                )
        drugs = chart.concepts.drugs.members(self.after).label
        if drug_records_lost(chart):
            said = f"{reading.said}; drug records are missing: whether {drugs} was given is not known"
            return unknown(
                Reason.MISSING_DATA, said, evidence=reading.evidence, notes=reading.notes, lost=True
            )
        return reading.with_notes(f"No dose of {drugs} on record in the {self.not_within} before the sample")


class Lab(Measured, frozen=True, kw_only=True):
    """``{lab: hemoglobin, below: "7.0", unit: g/dL}``"""

    keyword: ClassVar[str] = "lab"
    label: ClassVar[str] = "Laboratory value"

    lab: str


class Measurement(Measured, frozen=True, kw_only=True):
    """``{measurement: body_weight, at_least: "40", unit: kg}``"""

    keyword: ClassVar[str] = "measurement"
    label: ClassVar[str] = "Measurement"

    measurement: str


def in_unit(concept: LabConcept, result: Result, value: Bounds, unit: str | None) -> Said:
    """The value in ``unit`` (the concept's own where None), said as recorded and, if another, converted."""
    value = converted(concept, value, unit)
    return Said(
        value, f"{concept.name} {value_said(result)}{_brackets(result, value, unit)}{on_date(result)}"
    )


def converted(concept: LabConcept, value: Bounds, unit: str | None) -> Bounds:
    """The value in ``unit``; in the concept's own where None."""
    own = concept.scale
    to = _wanted(unit, concept) or own
    by = factor(own, to, concept.conversion) if own and to else None
    return value.times(by) if by is not None and by != 1 else value


def together(concept: LabConcept, group: tuple[Result, ...], said: list[Said | Unusable]) -> Reading:
    """One reading of all the newest results: unusable where one is, else the interval that holds them all."""
    evidence = tuple(evidence_of(result, concept) for result in group)
    for result, each in zip(group, said, strict=True):
        if isinstance(each, Unusable):
            words = f"{concept.name} {value_said(result)}{on_date(result)} {each.why}"
            return unknown(Reason.UNUSABLE, words, evidence=evidence, needs=(need(concept),))
    read = [each for each in said if isinstance(each, Said)]
    whole = span(each.bounds for each in read)
    conflict = len(read) > 1 and len({each.bounds for each in read}) > 1
    reason = None if whole.exact else Reason.CONFLICTING if conflict else Reason.UNUSABLE
    return Reading(
        low=whole.low,
        high=whole.high,
        low_open=whole.low_open,
        high_open=whole.high_open,
        reason=reason,
        said=" and ".join(dict.fromkeys(each.said for each in read)),
        evidence=evidence,
        needs=() if whole.exact else (need(concept),),
    )


def reading_of(chart: Chart, key: str, newest: Latest) -> Reading:
    """The newest results of a concept in its own unit."""
    if newest.why_not is not None:
        return newest.why_not
    concept = chart.concepts.labs.concept(key)
    said = []
    for result in newest.group:
        value = bounds_of(result, concept)
        said.append(value if isinstance(value, Unusable) else in_unit(concept, result, value, concept.unit))
    return together(concept, newest.group, said).with_notes(*newest.notes)


def _wanted(unit: str | None, concept: LabConcept) -> Scale | None:
    own = concept.scale
    if unit is None or own is None:
        return own
    usable = [scale for scale in scales_of(unit) if factor(own, scale, concept.conversion) is not None]
    return usable[0] if len(usable) == 1 else None


def _brackets(result: Result, converted: Bounds, unit: str | None) -> str:
    """`` (2.5 mg/dL)`` where the number recorded is another one than the number compared."""
    sent = result.value.value_quantity
    if unit is None or not converted.exact or converted.low is None or sent is None or sent.value is None:
        return ""
    return "" if Fraction(sent.value) == converted.low else f" ({number_said(converted.low)} {unit})"
