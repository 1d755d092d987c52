"""``{washed_out: immunosuppressant_or_biologic, half_lives: "5"}``: are the last doses long enough ago?

The half-lives are the product's assumption (``half_lives.csv``, each with its source) and are named in every
answer. A dose exactly five half-lives ago still counts as within them; part of a day counts as a whole one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, ClassVar

from cds_service.concepts.drug_match import Members
from cds_service.features import traces
from cds_service.features.chart import Chart
from cds_service.features.drug_question import incomplete, key_faults, nothing, to_confirm, why_unsure
from cds_service.features.medication_use import Kind, MedicationUse, of_class, said_of, shown, unnamed
from cds_service.features.question import Question, Reading, Reason, known, unknown
from cds_service.features.traces import Traces
from cds_service.kleene import Truth, all_of

STILL_TAKEN = "It is still taken: the time counts from the last dose"


class WashedOut(Question, frozen=True, kw_only=True):
    """TRUE where the last dose of every such drug is further back than that many of its half-lives."""

    keyword: ClassVar[str] = "washed_out"
    label: ClassVar[str] = "Wash-out"
    washed_out: tuple[str, ...]
    half_lives: str

    def traces(self, concepts: Any) -> Traces | None:
        return traces.of_drugs(concepts.drugs, self.washed_out)

    def check(self, concepts: Any) -> Iterable[str]:
        yield from key_faults(self.washed_out, concepts)
        if not self.half_lives.isdecimal() or int(self.half_lives) < 1:
            yield f'half_lives: "{self.half_lives}" is no whole number of half-lives, such as "5"'

    def read(self, chart: Chart) -> Reading:
        members = chart.concepts.drugs.members(self.washed_out)
        found = of_class(chart, members)
        if not found:
            return nothing(chart, members)
        concepts = sorted({match.concept for use in found for match, _ in use.matches(members)})
        drugs = [_drug(chart, concept, found, members, int(self.half_lives)) for concept in concepts]
        truth = all_of(drug.truth for drug in drugs)
        decisive = [drug for drug in drugs if drug.truth is truth]
        records = [use for drug in decisive for use in drug.uses]
        notes = tuple(drug.note for drug in decisive if drug.note)
        if truth is Truth.FALSE:
            ends = [drug.until for drug in decisive]
            until = max((day for day in ends if day is not None), default=None) if None not in ends else None
            return known(truth, said_of(records), evidence=shown(records), notes=notes, until=until)
        if truth is Truth.UNKNOWN:
            said = "; ".join(f"{said_of(drug.uses)}: {drug.why}" for drug in decisive)
            return unknown(Reason.NEEDS_CLINICIAN, said, evidence=shown(records), notes=notes)
        if unknown_drugs := [use for use in unnamed(chart) if use.current is not Truth.FALSE]:
            return to_confirm(unknown_drugs, why_unsure(unknown_drugs[0], members))
        lost = incomplete(chart, members.label)
        return lost or known(truth, said_of(records), evidence=shown(records), notes=notes)


@dataclass(frozen=True, slots=True)
class _Drug:
    """One drug: whether it is washed out, on which records that rests, and when it will be."""

    truth: Truth
    uses: tuple[MedicationUse, ...]
    why: str = ""
    note: str = ""
    until: date | None = None


def _drug(chart: Chart, concept: str, found: Iterable[MedicationUse], members: Members, count: int) -> _Drug:
    mine = tuple(use for use in found if concept in {match.concept for match, _ in use.matches(members)})
    sure = tuple(use for use in mine if use.taken and use.belongs(members) is Truth.TRUE)
    half_life = chart.concepts.drugs.half_lives.get(concept)
    still = tuple(
        use for use in sure if use.current is Truth.TRUE and use.last and use.last.first == chart.as_of
    )
    if half_life is None:
        if still:
            return _Drug(Truth.FALSE, still, note=STILL_TAKEN)
        label = chart.concepts.drugs.label(concept)
        return _Drug(Truth.UNKNOWN, mine, why=f"no half-life of {label} with a source is known here")
    days = math.ceil(half_life.hours * Fraction(count, 24))
    note = (
        f"Assumed half-life of {chart.concepts.drugs.label(concept)}: {half_life.as_stated} "
        f"({half_life.source}); {count} half-lives are {days} days"
    )
    if still:  # the earliest day that can be: of a last dose today
        soonest = chart.as_of + timedelta(days=days + 1)
        return _Drug(Truth.FALSE, still, note=f"{STILL_TAKEN}, at the earliest today. {note}", until=soonest)
    limit = chart.as_of - timedelta(days=days)
    inside = tuple(use for use in sure if use.last and use.last.on_or_after(limit) is Truth.TRUE)
    if inside:
        latest = max(use.last.last for use in inside if use.last is not None)
        return _Drug(Truth.FALSE, inside, note=note, until=latest + timedelta(days=days + 1))
    open_ = tuple(use for use in mine if _may_be_inside(use, limit, chart.as_of))
    if open_:
        unsure = [use for use in open_ if use not in sure]
        why = (
            why_unsure(unsure[0], members) if unsure else "the day of the last dose is not known well enough"
        )
        return _Drug(Truth.UNKNOWN, open_, why=why, note=note)
    return _Drug(Truth.TRUE, tuple(_latest(mine)), note=note)


def _may_be_inside(use: MedicationUse, limit: date, as_of: date) -> bool:
    if use.last is None:
        return use.start is None or use.start.first <= as_of
    return use.last.last >= limit


def _latest(mine: tuple[MedicationUse, ...]) -> list[MedicationUse]:
    """The last known dose; an order only where nothing shows intake."""
    taken = [use for use in mine if use.kind is not Kind.ORDERED] or list(mine)
    return sorted(taken, key=lambda use: use.last.last if use.last is not None else date.min)[-1:]
