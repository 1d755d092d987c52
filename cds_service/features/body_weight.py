"""The body weight nearest a day, for a dose per kilogram."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from cds_service.features.bounds import Unusable, bounds_of
from cds_service.features.chart import Chart
from cds_service.features.question import Evidence
from cds_service.features.results import date_of, evidence_of, fault_of, has_value

OLDEST = timedelta(days=365)
"""A weight further than this from the day of the dose says nothing of it (the product's assumption)."""


@dataclass(frozen=True, slots=True)
class Weight:
    """One weight in kilograms, its day and its record."""

    kg: Fraction
    day: date
    evidence: Evidence
    said: str


def weights(chart: Chart) -> tuple[Weight, ...]:
    """Every usable weight with an exact value and a day, in chart order."""
    concept = chart.concepts.labs.concept("body_weight")
    found = []
    for result in chart.record.results(concept.codes):
        when = date_of(result)
        if when is None or when.first != when.last or fault_of(result) is not None or not has_value(result):
            continue
        bounds = bounds_of(result, concept)
        if isinstance(bounds, Unusable) or bounds.low is None or bounds.low != bounds.high or bounds.low <= 0:
            continue
        evidence = evidence_of(result, concept)
        found.append(Weight(bounds.low, when.first, evidence, f"weight {evidence.value} on {when.text}"))
    return tuple(found)


def nearest(chart: Chart, day: date) -> Weight | None:
    """The weight measured nearest the day, the heaviest of several; None beyond a year."""
    near = [each for each in weights(chart) if abs(each.day - day) <= OLDEST]
    return min(near, key=lambda each: (abs(each.day - day), -each.kg), default=None)
