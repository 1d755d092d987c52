"""A glucocorticoid dose held for a length of time: ``for_at_least: "3 months"``.

Only what was reported as taken or handed over is counted, each record from its latest possible start to its
earliest possible end, so that the bound is what every day of the stretch was at. It is a lower bound alone:
a chart never holds the whole history, so it never shows that the dose was not reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from cds_service.features.body_weight import Weight, nearest, weights
from cds_service.features.bounds import number_said
from cds_service.features.chart import Chart
from cds_service.features.daily_dose import on_day
from cds_service.features.drug_question import nothing, to_confirm
from cds_service.features.medication_use import Kind, MedicationUse, of_class, said_of, shown
from cds_service.features.question import Reading, Reason
from cds_service.fhir.partial_date import Span
from cds_service.kleene import Truth


@dataclass(frozen=True, slots=True)
class _Stretch:
    """One record's days, both included, and the least it gives a day."""

    concept: str
    first: date
    last: date
    least: Fraction
    use: MedicationUse


def sustained(chart: Chart, span: Span, *, per_kg: bool) -> Reading:
    """The highest daily dose in prednisone equivalents that every day of some stretch that long was at."""
    members = chart.concepts.drugs.members(("glucocorticoid",))
    found = of_class(chart, members)
    if not found:
        return nothing(chart, members)
    stretches = [each for use in found for each in _stretches(chart, use)]
    best: tuple[Fraction, date, date, Weight | None] | None = None
    held = _held(stretches, span)
    for first, last, least in held:
        weight = _heaviest(chart, first, last) if per_kg else None
        if per_kg and weight is None:
            continue
        value = least / weight.kg if weight is not None else least
        if best is None or value > best[0]:
            best = (value, first, last, weight)
    unit = "mg/kg/day" if per_kg else "mg/day"
    if best is None:
        unweighed = "no body weight of that time is on record"
        return to_confirm(found, unweighed if held else f"a dose held for {span} is not documented")
    value, first, last, weight = best
    used = [each.use for each in stretches if each.first <= last and each.last >= first]
    dose = f"at least {number_said(value)} {unit} prednisone equivalent from {first} to {last}"
    return Reading(
        low=value,
        reason=Reason.NEEDS_CLINICIAN,
        said=f"{said_of(used)}: {dose}" + (f" ({weight.said})" if weight else ""),
        evidence=(*shown(used), *((weight.evidence,) if weight else ())),
    )


def _stretches(chart: Chart, use: MedicationUse) -> list[_Stretch]:
    drugs = chart.concepts.drugs
    members = drugs.members(("glucocorticoid",))
    if use.kind not in (Kind.REPORTED, Kind.DISPENSED) or not use.taken or use.start is None:
        return []
    if use.kind is Kind.REPORTED and not use.real_start:
        return []
    last = chart.as_of if use.current is Truth.TRUE else use.end.first if use.end is not None else None
    matches = [match for match, certain in use.matches(members) if certain]
    if last is None or len(matches) != 1 or use.route_of(matches[0]) == "injection":
        return []
    last = min(last, chart.as_of)
    equal = drugs.equivalence.get(matches[0].concept)
    doses = [on_day(use, day).low for day in {use.start.last, last}]
    if equal is None or len(use.doses) != 1 or None in doses or use.start.last > last:
        return []
    least = min(dose for dose in doses if dose is not None) * 5 / equal[1]
    return [_Stretch(matches[0].concept, use.start.last, last, least, use)]


def _held(stretches: list[_Stretch], span: Span) -> list[tuple[date, date, Fraction]]:
    """Runs of days at least ``span`` long, each with the least dose of its days.

    Several records of one drug on one day are one therapy: the smallest dose is sure. Different drugs add up.
    """
    edges = sorted({each.first for each in stretches} | {each.last + timedelta(days=1) for each in stretches})
    waiting = sorted(stretches, key=lambda each: each.first, reverse=True)
    open_: list[_Stretch] = []
    pieces: list[tuple[date, date, Fraction]] = []
    for start, after in pairwise(edges):
        while waiting and waiting[-1].first <= start:
            open_.append(waiting.pop())
        open_ = [each for each in open_ if each.last >= start]
        by_drug: dict[str, Fraction] = {}
        for each in open_:
            by_drug[each.concept] = min(by_drug.get(each.concept, each.least), each.least)
        pieces.append((start, after - timedelta(days=1), sum(by_drug.values(), Fraction(0))))
    runs = []
    for index, (start, _, _) in enumerate(pieces):
        least: Fraction | None = None
        for _, last, dose in pieces[index:]:
            least = dose if least is None else min(least, dose)
            if not least:
                break
            if span.after(start) <= last:  # a longer run from here is at no higher a dose
                runs.append((start, last, least))
                break
    return runs


def _heaviest(chart: Chart, first: date, last: date) -> Weight | None:
    """The heaviest weight of that time: the dose per kilogram was nowhere lower. Else the nearest one."""
    within = [each for each in weights(chart) if first <= each.day <= last]
    return max(within, key=lambda each: each.kg, default=None) or nearest(chart, first)
