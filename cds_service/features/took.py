"""``{took: anti_cd20, within: "6 months"}``: the last known dose of these drugs, within a time or ever."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from msgspec.structs import replace

from cds_service.concepts.drug_match import Members
from cds_service.features import traces
from cds_service.features.chart import Chart
from cds_service.features.drug_question import incomplete, key_faults, nothing, to_confirm, why_unsure
from cds_service.features.event_window import faults, first_day_outside, within
from cds_service.features.medication_use import MedicationUse, of_class, said_of, shown, unnamed
from cds_service.features.question import Question, Reading, Reason, known, unknown
from cds_service.features.traces import Traces
from cds_service.fhir.partial_date import Span
from cds_service.kleene import Truth


class Took(Question, frozen=True, kw_only=True):
    """Given, handed over or reported as taken; an order alone is for a clinician to confirm."""

    keyword: ClassVar[str] = "took"
    label: ClassVar[str] = "Medicines taken"
    took: tuple[str, ...]
    within: str | None = None

    def traces(self, concepts: Any) -> Traces | None:
        return traces.of_drugs(concepts.drugs, self.took)

    def check(self, concepts: Any) -> Iterable[str]:
        yield from key_faults(self.took, concepts)
        yield from faults("within", self.within)

    def read(self, chart: Chart) -> Reading:
        members = chart.concepts.drugs.members(self.took)
        found = of_class(chart, members)
        sure = [use for use in found if use.taken and use.belongs(members) is Truth.TRUE]
        if self.within is None:
            return _ever(chart, members, found, sure)
        span = Span.parse(self.within)
        return _within(chart, members, found, sure, span, f"before the last {span}")


class Stopped(Question, frozen=True, kw_only=True):
    """TRUE where the last dose is at least that long ago: the last allowed day satisfies.

    ``took`` with ``within`` counts that day as inside ("within 4 weeks"); "at least 4 weeks before" does not.
    """

    keyword: ClassVar[str] = "stopped"
    label: ClassVar[str] = "Medicines stopped"
    stopped: tuple[str, ...]
    at_least_before: str

    def traces(self, concepts: Any) -> Traces | None:
        return traces.of_drugs(concepts.drugs, self.stopped)

    def check(self, concepts: Any) -> Iterable[str]:
        yield from key_faults(self.stopped, concepts)
        yield from faults("at_least_before", self.at_least_before)

    def read(self, chart: Chart) -> Reading:
        members = chart.concepts.drugs.members(self.stopped)
        found = of_class(chart, members)
        sure = [use for use in found if use.taken and use.belongs(members) is Truth.TRUE]
        span = Span.parse(self.at_least_before)
        days = (chart.as_of - span.before(chart.as_of)).days
        inside = Span(max(days - 1, 0), "day")
        reading = _within(chart, members, found, sure, inside, f"at least {span} ago")
        return replace(reading, truth=~reading.truth)


def _ever(
    chart: Chart, members: Members, found: tuple[MedicationUse, ...], sure: list[MedicationUse]
) -> Reading:
    if sure:
        return known(Truth.TRUE, said_of(sure), evidence=shown(sure))
    if found:
        return to_confirm(found, why_unsure(found[0], members))
    return nothing(chart, members)


def _within(
    chart: Chart,
    members: Members,
    found: tuple[MedicationUse, ...],
    sure: list[MedicationUse],
    span: Span,
    outside: str,
) -> Reading:
    inside = [use for use in sure if use.last and within(use.last, span, chart.as_of) is Truth.TRUE]
    if inside:
        ends = [use.last for use in inside if use.last is not None and use.current is not Truth.TRUE]
        until = (
            max(first_day_outside(last, span) for last in ends)
            if ends and all(use.current is not Truth.TRUE for use in inside)
            else None
        )
        return known(Truth.TRUE, said_of(inside), evidence=shown(inside), until=until)
    maybe = [use for use in (*found, *unnamed(chart)) if _may_be_within(use, span, chart)]
    certain = set(map(id, sure))
    straddling = [use for use in maybe if id(use) in certain]
    if straddling:
        return unknown(
            Reason.MISSING_DATA,
            f"{said_of(straddling)}: the day of the last dose is not known well enough",
            evidence=shown(straddling),
        )
    if maybe:
        return to_confirm(maybe, why_unsure(maybe[0], members))
    if not found:
        return nothing(chart, members)
    if (lost := incomplete(chart, members.label)) is not None:
        return lost
    return known(
        Truth.FALSE,
        f"Last known {outside}: {said_of(found, most=1)}",
        evidence=shown(found, most=1),
    )


def _may_be_within(use: MedicationUse, span: Span, chart: Chart) -> bool:
    if use.last is None:
        return use.start is None or use.start.first <= chart.as_of
    return within(use.last, span, chart.as_of) is not Truth.FALSE
