"""``{distinct_drugs: [cyclophosphamide, mycophenolate], at_least: "2"}``: how many were ever taken.

Brands, salts and esters are one drug (mycophenolate mofetil and mycophenolic acid). A chart never holds the
whole history, so the number is a lower bound.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, ClassVar

from cds_service.features import traces
from cds_service.features.chart import Chart
from cds_service.features.drug_question import key_faults, nothing, why_unsure
from cds_service.features.medication_use import MedicationUse, of_class, said_of, shown
from cds_service.features.question import Amount, Reading, Reason
from cds_service.features.traces import Traces


class DistinctDrugs(Amount, frozen=True, kw_only=True):
    """The number of listed drugs that were given, handed over or reported as taken; unbounded above."""

    keyword: ClassVar[str] = "distinct_drugs"
    label: ClassVar[str] = "Different drugs taken"
    distinct_drugs: tuple[str, ...]

    def unit_said(self) -> str:
        return "different drugs"

    def traces(self, concepts: Any) -> Traces | None:
        return traces.of_drugs(concepts.drugs, self.distinct_drugs)

    def check(self, concepts: Any) -> Iterable[str]:
        return key_faults(self.distinct_drugs, concepts)

    def read(self, chart: Chart) -> Reading:
        drugs = chart.concepts.drugs
        members = drugs.members(self.distinct_drugs)
        found = of_class(chart, members)
        if not found:
            return nothing(chart, members)
        newest: dict[str, list[MedicationUse]] = {}
        for use in found:
            for match, certain in use.matches(members):
                if certain and use.taken:
                    newest.setdefault(match.concept, []).append(use)
        counted = [use for uses in newest.values() for use in uses]
        seen = set(map(id, counted))
        open_ = [
            use
            for use in found
            if id(use) not in seen
            and not {match.concept for match, _ in use.matches(members)} <= newest.keys()
        ]
        said = [
            f"{drugs.label(concept)}: {said_of(uses, most=1)}" for concept, uses in sorted(newest.items())
        ]
        said += [f"{use.said}: {why_unsure(use, members)}" for use in open_]
        return Reading(
            low=Fraction(len(newest)),
            reason=Reason.NEEDS_CLINICIAN if open_ or newest else Reason.MISSING_DATA,
            said=f"{len(newest)} of the listed drugs taken: " + "; ".join(said),
            evidence=shown([*counted, *open_], most=8),
        )
