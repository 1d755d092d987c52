"""Points of classification criteria, as far as coded diagnoses and results show items of them.

Most items are findings that no code here says (rash, arthritis, skin thickening), and each counts only where
nothing else explains it. What is found is a lower bound: it supports a clinician's answer and never is one.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec.structs import replace

from cds_service.concepts.points import ENTRY, Item
from cds_service.features.descriptors import Met, denied, highest, met, points_of
from cds_service.features.question import Amount, Reading, Reason

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

CRITERIA = {
    "sle-2019": "2019 EULAR/ACR criteria for SLE",
    "ssc-2013": "2013 ACR/EULAR criteria for systemic sclerosis",
}


class Points(Amount, frozen=True, kw_only=True):
    """``{points: sle-2019, at_least: "10"}``: what the chart shows of the items; more may be there.

    ``low`` is the points found; there is no upper bound. It may only stand in ``look_at`` or ``supports``.
    """

    keyword: ClassVar[str] = "points"
    label: ClassVar[str] = "Classification points"
    only_shown: ClassVar[bool] = True

    points: str

    def read(self, chart: Chart) -> Reading:
        items = chart.concepts.points.get(self.points, ())
        entry = [item for item in items if item.domain == ENTRY]
        found = highest(chart, [item for item in items if item.domain != ENTRY])
        reading = self._sum(chart, found)
        for item in entry:
            reading = _with_entry(chart, item, reading, found)
        if found and entry and not any(each.item.clinical for each in found):
            reading = reading.with_notes("None of the items found is clinical; at least one must be")
        return reading

    def unit_said(self) -> str:
        return "points"

    def check(self, concepts: Any) -> Iterable[str]:
        if self.points not in CRITERIA or self.points not in concepts.points:
            yield f'"{self.points}" names no points. Write one of: {", ".join(CRITERIA)}.'

    def _sum(self, chart: Chart, found: tuple[Met, ...]) -> Reading:
        name = CRITERIA[self.points]
        if not found:
            return replace(chart.nothing(f"items of the {name}", "Observation", "Condition"), low=Fraction(0))
        points, items = points_of(found), "; ".join(map(str, found))
        return Reading(
            low=Fraction(points),
            reason=Reason.NEEDS_CLINICIAN,
            said=f"At least {points} points of the {name}, other explanations not judged ({items})",
            evidence=tuple(each for item in found for each in item.evidence),
        )


def _with_entry(chart: Chart, item: Item, reading: Reading, found: tuple[Met, ...]) -> Reading:
    """What must be there before points count: shown, open, or denied, and then no points are left."""
    if (shown := met(chart, item)) is not None:
        said = f"{reading.said}; entry criterion: {shown.said}" if found else f"Entry criterion: {shown.said}"
        return replace(reading, said=said, evidence=(*reading.evidence, *shown.evidence))
    if (against := denied(chart, item)) is not None:
        contradicts = f"never positive on record ({against.said}), which contradicts the entry criterion"
        return replace(
            reading,
            low=Fraction(0),
            reason=Reason.NEEDS_CLINICIAN,
            said=f"{reading.said}; {against.said}, never positive on record",
            evidence=(*reading.evidence, *against.evidence),
        ).with_notes(f"{item.name}: {contradicts}")
    return reading.with_notes(f"Entry criterion not shown: {item.name}") if found else reading
