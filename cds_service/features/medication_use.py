"""The medication records of a chart as uses of drugs: of a class, of today, and the days of doses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from cds_service.concepts.drug_match import Members
from cds_service.features.chart import Chart
from cds_service.features.dosage import EARLIEST
from cds_service.features.drug_use import MEDICATION_TYPES, Kind, MedicationUse, said_of, shown
from cds_service.features.medication_record import is_over, read
from cds_service.features.question import Evidence
from cds_service.fhir.partial_date import PartialDate
from cds_service.kleene import Truth

__all__ = [
    "MEDICATION_TYPES",
    "Kind",
    "MedicationUse",
    "current_uses",
    "doses_of",
    "of_class",
    "said_of",
    "shown",
    "unnamed",
]


def of_class(chart: Chart, members: Members) -> tuple[MedicationUse, ...]:
    """The records that are, or may be, of a drug of the class; not those that name no drug at all."""
    place = ("of class", members)
    held: tuple[MedicationUse, ...] | None = chart.kept.get(place)
    if held is None:
        if "named uses" not in chart.kept:
            chart.kept["named uses"] = read(chart, lambda _, drug: bool(drug.matches))
        held = tuple([use for use in chart.kept["named uses"] if use.matches(members)])
        chart.kept[place] = held
    return held


def unnamed(chart: Chart) -> tuple[MedicationUse, ...]:
    """The records that do not say which drug they are of, in words or in a code that is read here."""
    return read(chart, lambda _, drug: not drug.known)


def current_uses(chart: Chart) -> list[MedicationUse]:
    """The records of any drug that is taken, or ordered, today."""
    return [use for use in read(chart, lambda entry, _: not is_over(entry)) if use.current is Truth.TRUE]


def doses_of(chart: Chart, concept_keys: Iterable[str]) -> tuple[tuple[PartialDate, Evidence], ...]:
    """Every dose that was or may have been had of these drugs or classes: the days on which it may have been.

    For results that a drug makes unusable (a neutrophil count after G-CSF), so a dose that is only ordered,
    or only named in words, is among them.
    """
    members = chart.concepts.drugs.members(concept_keys)
    some_day = PartialDate(date(EARLIEST, 1, 1), chart.as_of, "on an unknown date")
    return tuple((_days(use) or some_day, use.evidence) for use in of_class(chart, members))


def _days(use: MedicationUse) -> PartialDate | None:
    if use.start is None or use.last is None:
        return use.last or use.start
    if use.last.last <= use.start.last:
        return use.last
    return PartialDate(use.start.first, use.last.last, f"{use.start.text}/{use.last.text}")
