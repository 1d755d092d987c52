"""``{exposure: cyclophosphamide, longer_than: "3 months"}``: how long a drug was taken without a break.

Statements and supplies count from start to end; doses given one by one (a monthly pulse) count from the
first to the last where no more than 45 days lie between two. ``longer_than`` is strict, ``at_least`` is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

from cds_service.concepts.drug_match import Members
from cds_service.features import traces
from cds_service.features.chart import Chart
from cds_service.features.drug_question import incomplete, key_faults, nothing, to_confirm, why_unsure
from cds_service.features.event_window import faults
from cds_service.features.medication_record import LEFT_OVER
from cds_service.features.medication_use import Kind, MedicationUse, of_class, said_of, shown
from cds_service.features.question import Question, Reading, known
from cds_service.features.traces import Traces
from cds_service.fhir.partial_date import Span
from cds_service.kleene import Truth

PULSES_APART = timedelta(days=45)
GAPS = "Up to 14 days between two records, and up to 45 days between two given doses, are read as no break"


class Exposure(Question, frozen=True, kw_only=True):
    """TRUE where one was taken that long without a break; FALSE where whole courses were shorter."""

    keyword: ClassVar[str] = "exposure"
    label: ClassVar[str] = "Length of treatment"
    exposure: tuple[str, ...]
    longer_than: str | None = None
    at_least: str | None = None

    def traces(self, concepts: Any) -> Traces | None:
        return traces.of_drugs(concepts.drugs, self.exposure)

    def check(self, concepts: Any) -> Iterable[str]:
        yield from key_faults(self.exposure, concepts)
        if (self.longer_than is None) == (self.at_least is None):
            yield 'say either longer_than: "3 months" or at_least: "6 months"'
        yield from faults("longer_than", self.longer_than)
        yield from faults("at_least", self.at_least)

    def read(self, chart: Chart) -> Reading:
        members = chart.concepts.drugs.members(self.exposure)
        found = of_class(chart, members)
        if not found:
            return nothing(chart, members)
        span, strict = Span.parse(self.longer_than or self.at_least or "0 days"), self.longer_than is not None
        sure = [use for use in found if use.taken and use.belongs(members) is Truth.TRUE]
        for run in _runs(sure, members, chart.as_of):
            reached = span.after(run.first)
            if run.last > reached or (run.last == reached and not strict):
                words = f"{said_of(run.uses)}: taken from {run.first} to {run.last}"
                notes = (GAPS,) if len(run.uses) > 1 else ()
                return known(Truth.TRUE, words, evidence=shown(run.uses), notes=notes)
        open_ = [use for use in found if not _whole(use, span, strict=strict, as_of=chart.as_of)]
        if open_:
            why = (
                why_unsure(open_[0], members)
                if open_[0] not in sure
                else "how long it was taken is not on record"
            )
            return to_confirm(open_, why)
        lost = incomplete(chart, members.label)
        return lost or known(Truth.FALSE, f"Shorter than asked: {said_of(found)}", evidence=shown(found))


@dataclass(frozen=True, slots=True)
class _Run:
    """Days on which a drug was certainly taken without a break."""

    first: date
    last: date
    uses: tuple[MedicationUse, ...]


def _runs(sure: list[MedicationUse], members: Members, as_of: date) -> list[_Run]:
    """Every unbroken run, drug by drug, each record from its latest start to its earliest end."""
    runs: list[_Run] = []
    for concept in sorted(
        {match.concept for use in sure for match, certain in use.matches(members) if certain}
    ):
        open_run: _Run | None = None
        records = [use for use in sure if concept in {match.concept for match, _ in use.matches(members)}]
        spans = sorted(
            ((days, use) for use in records if (days := _days(use, as_of)) is not None),
            key=lambda each: each[0],
        )
        for (first, last), use in spans:
            gap = PULSES_APART if use.kind is Kind.GIVEN else LEFT_OVER
            if open_run is not None and first <= open_run.last + gap:
                open_run = _Run(open_run.first, max(open_run.last, last), (*open_run.uses, use))
            else:
                runs += [open_run] if open_run is not None else []
                open_run = _Run(first, last, (use,))
        runs += [open_run] if open_run is not None else []
    return runs


def _days(use: MedicationUse, as_of: date) -> tuple[date, date] | None:
    if use.start is None:
        return None
    if use.current is Truth.TRUE and use.kind is not Kind.DISPENSED:
        last = as_of
    else:
        last = use.end.first if use.end is not None else use.start.first
    last = min(last, as_of)
    return (use.start.last, last) if use.start.last <= last else None


def _whole(use: MedicationUse, span: Span, *, strict: bool, as_of: date) -> bool:
    """Whether it shows a whole course, from its real start to its end, that was certainly too short."""
    if not use.taken or use.kind is not Kind.REPORTED or not use.real_start or use.start is None:
        return False
    end = as_of if use.current is Truth.TRUE else use.end.last if use.end is not None else None
    if end is None:
        return False
    reached = span.after(use.start.first)
    return end <= reached if strict else end < reached
