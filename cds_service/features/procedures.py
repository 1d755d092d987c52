"""Whether a procedure was done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from cds_service.concepts.codes import Found
from cds_service.features import condition_entry, event_window, traces
from cds_service.features.coded import ByConcept, any_of_names, doubt_in, evidence_of, words_for
from cds_service.features.diagnoses import conditions
from cds_service.features.question import Question, Reading, Reason
from cds_service.features.standing import Entry, Standing, any_reading, settle
from cds_service.features.traces import Traces
from cds_service.fhir import partial_date
from cds_service.fhir.partial_date import PartialDate, Span
from cds_service.fhir.resources import Procedure as Performed
from cds_service.kleene import Truth

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

NOT_DONE = ("not-done", "preparation", "entered-in-error")


class Procedure(Question, frozen=True, kw_only=True):
    """``{procedure: pci, within: "6 months"}``: done, and within that time before the evaluation date.

    A Condition whose code says that it was done (Z92.850, Z95.5) counts too; it usually has no date.
    """

    keyword: ClassVar[str] = "procedure"
    label: ClassVar[str] = "Procedure"

    procedure: tuple[str, ...]
    within: str | None = None

    def read(self, chart: Chart) -> Reading:
        codes = chart.concepts.codes
        span = Span.parse(self.within) if self.within else None
        readings = []
        for key in dict.fromkeys(part for asked in self.procedure for part in codes.parts(asked)):
            entries = [
                entry
                for performed, found in procedures(chart).of(key)
                if (entry := _entry(performed, found, span, chart)) is not None
            ]
            asked = condition_entry.Asked(within=span)
            entries += [
                entry
                for condition, found in conditions(chart).of(key)
                if (entry := condition_entry.entry_of(condition, found, asked, chart)) is not None
            ]
            readings.append(settle(entries, partial(chart.nothing, codes.name(key), "Procedure")))
        nothing = partial(chart.nothing, any_of_names(map(codes.name, self.procedure)), "Procedure")
        reading = any_reading(readings, nothing)
        if reading.reason is Reason.NOTHING_ON_RECORD and any(
            codes.concepts[asked].open_list for asked in self.procedure
        ):
            return reading.with_notes(*_of_unknown_kind(span, chart))
        return reading

    def traces(self, concepts: Any) -> Traces | None:
        keys = tuple(traces.of_codes(concepts.codes, self.procedure))
        found = frozenset((*map(traces.procedure, keys), *map(traces.condition, keys)))
        open_list = any(concepts.codes.concepts[key].open_list for key in self.procedure)
        return found | {traces.PROCEDURE} if open_list else found

    def check(self, concepts: Any) -> Iterable[str]:
        yield from concepts.codes.unknown(self.procedure)
        yield from event_window.faults("within", self.within)
        if not self.procedure:
            yield "procedure: name at least one concept."


def procedures(chart: Chart) -> ByConcept[Performed]:
    """The chart's procedures by what they mean, by code or by category."""
    held: ByConcept[Performed] | None = chart.kept.get("procedures")
    if held is None:
        pairs = ((done, (done.code, done.category)) for done in chart.record.procedures)
        held = chart.kept["procedures"] = ByConcept(chart, pairs)
    return held


def _of_unknown_kind(span: Span | None, chart: Chart) -> Iterator[str]:
    """Completed procedures of the time asked for whose code or name no concept knows."""
    names = []
    for done in chart.record.procedures:
        day = _day(done)
        inside = span is None or day is None or event_window.within(day, span, chart.as_of)
        if done.status == "completed" and inside and not chart.meaning(done.code):
            coded = done.code.coding if done.code else ()
            display = next((coding.display for coding in coded if coding.display), None)
            name = (done.code.text if done.code else None) or display or "a procedure without a name"
            names.append(f"{name[:80]}{f' on {day.text}' if day else ''}")
    if names:
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        yield f"Procedures whose kind is not known from their codes: {'; '.join(names[:5])}{more}"


def _day(performed: Performed) -> PartialDate | None:
    return partial_date.parse(_day_text(performed))


def _day_text(performed: Performed) -> str | None:
    period = performed.performed_period
    return performed.performed_date_time or (period.end or period.start if period else None)


def _entry(performed: Performed, found: Found, span: Span | None, chart: Chart) -> Entry | None:
    text, day = _day_text(performed), _day(performed)
    words = performed.code.text if performed.code and performed.code.text else words_for(found)
    said = f"{words} on {text}" if text else words
    evidence = evidence_of(performed, found, text)

    def entry(standing: Standing, why: str = "", *, unusable: bool = False) -> Entry:
        dated = standing is Standing.PRESENT and day and span
        until = event_window.first_day_outside(day, span) if dated and day and span else None
        return Entry(standing, said, evidence, why, until, unusable)

    if performed.damaged:
        return entry(Standing.REVIEW, "part of this record could not be read", unusable=True)
    if performed.status in NOT_DONE:
        return entry(Standing.LEFT_OUT, f"recorded as {performed.status}, which does not count")
    doubts = []
    if performed.status != "completed":
        doubts.append(f"its status is {performed.status or 'not given'}")
    doubts += doubt_in(found)
    held = Truth.TRUE
    if span is not None:
        held = event_window.within(day, span, chart.as_of) if day else Truth.UNKNOWN
    if held is Truth.FALSE:
        return entry(Standing.LEFT_OUT if doubts else Standing.PAST, "; ".join(doubts))
    if held is Truth.UNKNOWN:
        vague = f'the date "{text}" does not settle it' if day else "its date is not on record"
        doubts.append(vague)
    return entry(Standing.REVIEW, "; ".join(doubts)) if doubts else entry(Standing.PRESENT)
