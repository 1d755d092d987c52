"""Whether a diagnosis is, or ever was, on record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from cds_service.concepts.codes import Found, Role
from cds_service.features import event_window, traces
from cds_service.features.coded import ByConcept, any_of_names, status_code
from cds_service.features.condition_entry import Asked, entry_of
from cds_service.features.question import Question, Reading
from cds_service.features.standing import Entry, Standing, any_reading, settle
from cds_service.features.traces import Traces
from cds_service.fhir import partial_date
from cds_service.fhir.partial_date import Span
from cds_service.fhir.resources import Condition
from cds_service.kleene import Truth

if TYPE_CHECKING:
    from cds_service.features.chart import Chart


class Diagnosis(Question, frozen=True, kw_only=True):
    """``{diagnosis: sle}``, ``{diagnosis: acute_mi, within: "6 months"}``: a Condition of that concept.

    ``status: current``
        present now, not merely ever.
    ``within``
        its onset is in that time before the evaluation date; with ``by: presence``, any day of it is.
    ``except``
        what is (also) one of these does not count.
    ``only: confirmed``
        what is only suspected is passed over, instead of being a question for the clinician.
    ``suspected: counts``
        what is only suspected counts as present.
    """

    keyword: ClassVar[str] = "diagnosis"
    label: ClassVar[str] = "Diagnosis"

    diagnosis: tuple[str, ...]
    status: str = "ever"
    within: str | None = None
    by: str = "onset"
    except_: tuple[str, ...] = msgspec.field(default=(), name="except")
    only: str | None = None
    suspected: str | None = None

    def read(self, chart: Chart) -> Reading:
        codes = chart.concepts.codes
        nothing = partial(chart.nothing, any_of_names(map(codes.name, self.diagnosis)), "Condition")
        readings = [
            self._of(chart, key, partial(chart.nothing, codes.name(key), "Condition"))
            for asked in self.diagnosis
            for key in self._apart(chart, asked)
        ]
        return any_reading(readings, nothing)

    def _apart(self, chart: Chart, key: str) -> tuple[str, ...]:
        """A concept made of others is asked part by part: one part's past says nothing of another."""
        concept = chart.concepts.codes.concepts[key]
        return (key,) if concept.at_most is Role.REVIEW else chart.concepts.codes.parts(key)

    def _of(self, chart: Chart, key: str, nothing: Callable[[], Reading]) -> Reading:
        held = [
            (condition, entry)
            for condition, found in conditions(chart).of(key)
            if (entry := self._entry(chart, condition, found)) is not None
        ]
        one_disease = chart.concepts.codes.concepts[key].one_disease
        by_entry = {id(entry): condition for condition, entry in held}
        refuted = [(entry, condition) for condition, entry in held if entry.standing is Standing.REFUTED]

        def contradicts(entry: Entry) -> Sequence[Entry]:
            said = by_entry[id(entry)]
            return [
                denial
                for denial, denied in refuted
                if (one_disease or _same_code(said, denied)) and not _older(denied, said)
            ]

        entries = [entry for _, entry in held]
        reading = settle(
            entries,
            nothing,
            past_denies=one_disease or self.within is not None,
            refuted_denies=one_disease,
            contradicts=contradicts,
        )
        present = [condition for condition, entry in held if entry.standing is Standing.PRESENT]
        if reading.truth is Truth.TRUE and _coded_once(present):
            return reading.with_notes("Coded once, as an encounter diagnosis, which may have been a rule-out")
        return reading

    def _entry(self, chart: Chart, condition: Condition, found: Found) -> Entry | None:
        asked = Asked(
            current=self.status == "current",
            within=Span.parse(self.within) if self.within else None,
            by_presence=self.by == "presence",
            apart_from=self.except_,
            confirmed_only=self.only == "confirmed",
            suspected_counts=self.suspected == "counts",
        )
        return entry_of(condition, found, asked, chart)

    def traces(self, concepts: Any) -> Traces | None:
        return frozenset(map(traces.condition, traces.of_codes(concepts.codes, self.diagnosis)))

    def check(self, concepts: Any) -> Iterable[str]:
        yield from concepts.codes.unknown((*self.diagnosis, *self.except_))
        yield from event_window.faults("within", self.within)
        if not self.diagnosis:
            yield "diagnosis: name at least one concept."
        for field, value, allowed in (
            ("status", self.status, ("ever", "current")),
            ("by", self.by, ("onset", "presence")),
            ("only", self.only, (None, "confirmed")),
            ("suspected", self.suspected, (None, "counts")),
        ):
            if value not in allowed:
                words = " or ".join(word for word in allowed if word)
                yield f'{field}: "{value}" is not known here. Write {words}.'
        if self.by == "presence" and self.within is None:
            yield 'by: presence needs a time to look at. Add within: "6 months", or leave by out.'
        if self.only and self.suspected:
            yield "only: confirmed and suspected: counts contradict each other. Leave one out."


def conditions(chart: Chart) -> ByConcept[Condition]:
    """The chart's conditions by what they mean."""
    held: ByConcept[Condition] | None = chart.kept.get("conditions")
    if held is None:
        pairs = ((condition, (condition.code,)) for condition in chart.record.conditions)
        held = chart.kept["conditions"] = ByConcept(chart, pairs)
    return held


def _same_code(one: Condition, other: Condition) -> bool:
    codes = [
        {(coding.system, coding.code) for coding in (condition.code.coding if condition.code else ())}
        for condition in (one, other)
    ]
    return bool(codes[0] & codes[1])


def _older(denied: Condition, said: Condition) -> bool:
    """Whether the denial was recorded before what speaks for the disease."""
    first, second = partial_date.parse(denied.recorded_date), partial_date.parse(said.recorded_date)
    return first is not None and second is not None and first.last < second.first


def _coded_once(present: Sequence[Condition]) -> bool:
    categories = [
        {status_code(category) for category in condition.category} - {None} for condition in present
    ]
    if not all(held == {"encounter-diagnosis"} for held in categories):
        return False
    return len({condition.onset_date_time or condition.recorded_date for condition in present}) == 1
