"""``{taking: [glucocorticoid, antimalarial]}``: whether the patient is on one of these drugs today."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, ClassVar

from cds_service.concepts.drug_match import Members
from cds_service.features import traces
from cds_service.features.chart import Chart
from cds_service.features.drug_question import (
    ORDER_IS_NOT_INTAKE,
    incomplete,
    key_faults,
    nothing,
    to_confirm,
    why_unsure,
)
from cds_service.features.medication_record import not_taken
from cds_service.features.medication_use import (
    Kind,
    MedicationUse,
    current_uses,
    of_class,
    said_of,
    shown,
    unnamed,
)
from cds_service.features.question import Question, Reading, Reason, known, unknown
from cds_service.features.traces import Traces
from cds_service.kleene import Truth

OLD_ORDER = timedelta(days=365)


class Taking(Question, frozen=True, kw_only=True):
    """TRUE on an active statement, order or lasting supply of one of the drugs.

    FALSE only where current drugs are on record, each is known, and none is one of these: a name that is not
    known here may be a brand, or another language's word, for one of them.
    """

    keyword: ClassVar[str] = "taking"
    label: ClassVar[str] = "Current medicines"
    taking: tuple[str, ...]

    def traces(self, concepts: Any) -> Traces | None:  # noqa: ARG002
        return frozenset({traces.MEDICATION})

    def check(self, concepts: Any) -> Iterable[str]:
        return key_faults(self.taking, concepts)

    def read(self, chart: Chart) -> Reading:
        members = chart.concepts.drugs.members(self.taking)
        found = of_class(chart, members)
        now = current(chart, members)
        if now:
            agreed = [use for use in now if not against(chart, use, members)]
            if agreed:
                return known(
                    Truth.TRUE,
                    said_of(agreed),
                    evidence=shown(agreed),
                    notes=_notes(agreed, chart.as_of),
                )
            contrary = [other for use in now for other in against(chart, use, members)]
            return unknown(
                Reason.CONFLICTING,
                f"{said_of(now)}, but {said_of(contrary)}",
                evidence=shown([*now, *contrary]),
            )
        open_ = [use for use in (*found, *unnamed(chart)) if use.current is not Truth.FALSE]
        if open_:
            return to_confirm(open_, why_unsure(open_[0], members))
        if (lost := incomplete(chart, members.label)) is not None:
            return lost
        others = current_uses(chart)
        strange = [use for use in others if use.drug.strange]
        if strange:
            return to_confirm(strange, why_unsure(strange[0], members))
        if others:
            stopped = f" ({said_of(found)})" if found else ""
            return known(
                Truth.FALSE,
                f"Of the current medicines none is {members.label}{stopped}: {said_of(others)}",
                evidence=shown([*found, *others]),
            )
        if found:
            return unknown(
                Reason.MISSING_DATA,
                f"No current medicine is on record; in the past {said_of(found)}",
                evidence=shown(found),
            )
        return nothing(chart, members)


def _notes(agreed: list[MedicationUse], as_of: date) -> tuple[str, ...]:
    """What a reader should know of how the drug is known to be taken."""
    if any(use.kind is not Kind.ORDERED for use in agreed):
        return ()
    dates = [use.start.last for use in agreed if use.start is not None]
    if dates and max(dates) < as_of - OLD_ORDER:
        return (ORDER_IS_NOT_INTAKE, f"The newest order is of {max(dates)}: is it still current?")
    return (ORDER_IS_NOT_INTAKE,)


def current(chart: Chart, members: Members) -> list[MedicationUse]:
    """The records that show for certain that a drug of the class is taken, or ordered, today."""
    return [
        use
        for use in of_class(chart, members)
        if use.current is Truth.TRUE and use.belongs(members) is Truth.TRUE
    ]


def against(chart: Chart, order: MedicationUse, members: Members) -> list[MedicationUse]:
    """Later statements that the drug of an open order is stopped or not taken."""
    if order.kind is not Kind.ORDERED or order.start is None:
        return []
    names = {match.concept for match, _ in order.matches(members)}
    return [
        use
        for use in (*of_class(chart, members), *not_taken(chart))
        if use.kind is Kind.REPORTED
        and use.current is Truth.FALSE
        and names & {match.concept for match, _ in use.matches(members)}
        and (when := use.end or use.start) is not None
        and when.last >= order.start.last
    ]
