"""How much of one drug is taken a day, when several records speak of it.

The same drug with the same dose as order and as statement is one therapy, not two. Records that differ give
the interval between what they say, and are marked as conflicting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from cds_service.features.dosage import Dose
from cds_service.features.medication_use import Kind, MedicationUse

NO_DOSE = "no dose on record"


@dataclass(frozen=True, slots=True)
class Daily:
    """Milligrams a day between two bounds; ``problem`` where there is no amount."""

    low: Fraction | None = None
    high: Fraction | None = None
    problem: str | None = None
    conflict: bool = False
    notes: tuple[str, ...] = ()


def on_day(use: MedicationUse, day: date) -> Daily:
    """The daily dose that one record gives for one day."""
    if not use.doses:
        return Daily(problem=NO_DOSE)
    steps = [step for step in use.doses if _applies(step, day) is not False]
    if not steps:
        return Daily(problem="no step of the dosage covers that day")
    sure = [step for step in steps if _applies(step, day)]
    if len(sure) == 1 and len({step.sequence for step in steps}) == len(steps):
        steps = sure
    if problem := next((step.problem for step in steps if step.problem), None):
        return Daily(problem=problem)
    lows = [step.low for step in steps if step.low is not None]
    highs = [step.high for step in steps if step.high is not None]
    notes = tuple(step.note for step in steps if step.note)
    if len(steps) == 1:
        return Daily(lows[0], highs[0], notes=notes)
    sequences = {step.sequence for step in steps}
    if len(sequences) == 1 and None not in sequences:  # FHIR: the same sequence is taken at the same time
        return Daily(sum(lows, Fraction(0)), sum(highs, Fraction(0)), notes=notes)
    together = sum(highs, Fraction(0)) if None in sequences else max(highs)
    return Daily(
        min(lows),
        together,
        notes=(*notes, "The dosage has several steps; which applies today is not on record"),
    )


def _applies(step: Dose, day: date) -> bool | None:
    """Whether a step covers the day; None where its bounds do not say."""
    if step.ends is not None and step.ends.last < day:
        return False
    if step.starts is None:
        return None
    return step.starts.first <= day


def together(found: Sequence[MedicationUse], day: date) -> Daily:
    """The daily dose of one drug from every record of it that is current on the day."""
    known: dict[Kind, set[tuple[Fraction, Fraction]]] = {}
    problems: list[str] = []
    notes: list[str] = []
    for use in found:
        if use.kind is Kind.GIVEN:
            continue
        daily = on_day(use, day)
        notes += daily.notes
        if daily.low is None or daily.high is None:
            problems.append(daily.problem or NO_DOSE)
        else:
            known.setdefault(use.kind, set()).add((daily.low, daily.high))
    if (given := _given_on_one_day(found, day)) is not None and not known:
        known[Kind.GIVEN] = {given}
    problem = next((each for each in problems if each != NO_DOSE), None)
    if problem is not None or not known:
        return Daily(problem=problem or NO_DOSE, notes=tuple(notes))
    # Two different doses in records of one kind may be two parts of the day, or an old and a new dose.
    bounds = [
        (min(low for low, _ in each), sum((high for _, high in each), Fraction(0))) for each in known.values()
    ]
    different = len({pair for each in known.values() for pair in each}) > 1
    if different:
        notes.append("The records of this drug give different doses")
    if set(known) <= {Kind.ORDERED, Kind.DISPENSED}:
        notes.append("The dose is as ordered; that it is taken is not on record")
    return Daily(
        min(low for low, _ in bounds), max(high for _, high in bounds), conflict=different, notes=tuple(notes)
    )


def _given_on_one_day(found: Iterable[MedicationUse], day: date) -> tuple[Fraction, Fraction] | None:
    """The sum of the doses given on the last whole day (or, failing that, so far today)."""
    by_day: dict[date, Fraction | None] = {}
    for use in found:
        if use.kind is not Kind.GIVEN or use.last is None or use.last.first != use.last.last:
            continue
        amount = use.doses[0].low if use.doses else None
        before = by_day.get(use.last.first, Fraction(0))
        by_day[use.last.first] = None if amount is None or before is None else before + amount
    whole = [each for each in by_day if each < day]
    latest = max(whole, default=max(by_day, default=None))
    amount = by_day[latest] if latest is not None else None
    return (amount, amount) if amount is not None else None
