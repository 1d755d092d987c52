"""``{glucocorticoid_dose: mg/day, at_most: "30"}``: today's dose by mouth, in prednisone equivalents.

Every current systemic glucocorticoid is converted (``steroid_equivalence.csv``) and added. Creams, sprays,
eye drops and joint injections do not count; an intravenous pulse is not part of the daily dose by mouth.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar

from msgspec.structs import replace

from cds_service.features.body_weight import nearest
from cds_service.features.bounds import number_said
from cds_service.features.chart import Chart
from cds_service.features.daily_dose import Daily, on_day, together
from cds_service.features.drug_question import incomplete, why_unsure
from cds_service.features.event_window import faults
from cds_service.features.medication_use import MEDICATION_TYPES, MedicationUse, of_class, said_of, shown
from cds_service.features.question import Amount, Need, Reading, Reason
from cds_service.features.sustained_dose import sustained
from cds_service.fhir.partial_date import Span
from cds_service.kleene import Truth

PER_DAY, PER_KG = "mg/day", "mg/kg/day"
PREDNISONE_MG = 5  # the table says how many milligrams equal this much prednisone


class GlucocorticoidDose(Amount, frozen=True, kw_only=True):
    """In mg/day or mg/kg/day; with ``for_at_least`` the highest dose held for that long at any time."""

    keyword: ClassVar[str] = "glucocorticoid_dose"
    label: ClassVar[str] = "Glucocorticoid dose"
    glucocorticoid_dose: str
    for_at_least: str | None = None

    def unit_said(self) -> str:
        return f"{self.glucocorticoid_dose} prednisone equivalent"

    def check(self, concepts: Any) -> Iterable[str]:  # noqa: ARG002  # the signature is the Question's
        if self.glucocorticoid_dose not in (PER_DAY, PER_KG):
            yield f'the unit is "{self.glucocorticoid_dose}"; write {PER_DAY} or {PER_KG}'
        yield from faults("for_at_least", self.for_at_least)

    def read(self, chart: Chart) -> Reading:
        per_kg = self.glucocorticoid_dose == PER_KG
        if self.for_at_least is not None:
            return sustained(chart, Span.parse(self.for_at_least), per_kg=per_kg)
        reading = _today(chart)
        return _per_kg(chart, reading) if per_kg and reading.low is not None else reading


@dataclass
class _Sum:
    """The dose so far: what is known of it, and what keeps it from being exact."""

    low: Fraction = Fraction(0)
    high: Fraction | None = Fraction(0)
    reasons: set[Reason] = field(default_factory=set)
    said: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def open(self, reason: Reason, said: str) -> None:
        self.high = None
        self.reasons.add(reason)
        self.said.append(said)


def _today(chart: Chart) -> Reading:
    drugs = chart.concepts.drugs
    members = drugs.members(("glucocorticoid",))
    found = [use for use in of_class(chart, members) if use.current is not Truth.FALSE]
    oral, pulses = _by_mouth(found)
    if not oral:
        reading = chart.nothing("a current systemic glucocorticoid by mouth", *MEDICATION_TYPES)
        return reading.with_notes(*_pulse_notes(pulses))
    total = _Sum(notes=list(_pulse_notes(pulses)))
    sure = [use for use in oral if use.current is Truth.TRUE and use.belongs(members) is Truth.TRUE]
    for concept in sorted({match.concept for use in sure for match, _ in use.matches(members)}):
        records = [use for use in sure if concept in {match.concept for match, _ in use.matches(members)}]
        _add(total, records, together(records, chart.as_of), drugs.equivalence.get(concept))
    for use in oral:
        if use not in sure and not _says_the_same(use, sure, chart):
            total.open(Reason.NEEDS_CLINICIAN, f"{use.said}: {why_unsure(use, members)}")
    if (lost := incomplete(chart, "any other systemic glucocorticoid")) is not None:
        total.open(Reason.MISSING_DATA, lost.said)
    exact = total.high is not None and total.low == total.high
    if not exact and not total.reasons:
        total.reasons.add(Reason.NEEDS_CLINICIAN)
    return Reading(
        low=total.low if total.low > 0 or total.high is not None else None,
        high=total.high,
        reason=min(total.reasons, key=list(Reason).index, default=None),
        said="; ".join([*total.said, *_equivalent(total)]),
        evidence=shown(oral),
        notes=tuple(dict.fromkeys(total.notes)),
        needs=() if exact else (Need("the current glucocorticoid dose"),),
    )


def _says_the_same(doubtful: MedicationUse, sure: list[MedicationUse], chart: Chart) -> bool:
    """Whether a doubtful record only repeats a sure one: the same drug, and no other dose."""
    drug = {match.concept for match in doubtful.drug.matches}
    dose = on_day(doubtful, chart.as_of)
    same = [use for use in sure if drug <= {match.concept for match in use.drug.matches}]
    known = [on_day(use, chart.as_of) for use in same]
    return bool(same) and (dose.low is None or any((k.low, k.high) == (dose.low, dose.high) for k in known))


def _by_mouth(found: Iterable[MedicationUse]) -> tuple[list[MedicationUse], list[MedicationUse]]:
    """Those that may be by mouth, and those by injection."""
    oral: list[MedicationUse] = []
    injected: list[MedicationUse] = []
    for use in found:
        routes = {use.route_of(match) for match in use.drug.matches}
        (injected if routes == {"injection"} else oral).append(use)
    return oral, injected


def _pulse_notes(pulses: list[MedicationUse]) -> tuple[str, ...]:
    if not pulses:
        return ()
    return (f"Not counted in the daily dose by mouth: {said_of(pulses)}",)


def _add(
    total: _Sum, records: list[MedicationUse], daily: Daily, equal: tuple[Fraction, Fraction] | None
) -> None:
    words = said_of(records)
    total.notes += daily.notes
    if daily.low is None or daily.high is None:
        total.open(Reason.UNUSABLE, f"{words}: {daily.problem}")
        return
    if equal is None:
        total.open(Reason.NEEDS_CLINICIAN, f"{words}: no verified prednisone equivalent is known for it")
        return
    total.said.append(words)
    total.low += daily.low * PREDNISONE_MG / equal[1]
    if total.high is not None:
        total.high += daily.high * PREDNISONE_MG / equal[0]
    if daily.conflict:
        total.reasons.add(Reason.CONFLICTING)
    if equal[0] != equal[1]:
        total.notes.append(
            f"{number_said(equal[0])} to {number_said(equal[1])} mg of it equal 5 mg prednisone"
        )


def _equivalent(total: _Sum) -> list[str]:
    if total.high is None:
        return (
            [f"together at least {number_said(total.low)} mg/day prednisone equivalent"] if total.low else []
        )
    low, high = number_said(total.low), number_said(total.high)
    return [f"{low if low == high else f'{low} to {high}'} mg/day prednisone equivalent"]


def _per_kg(chart: Chart, reading: Reading) -> Reading:
    """The same dose per kilogram, with the weight nearest today."""
    weight = nearest(chart, chart.as_of)
    if weight is None:
        return replace(
            reading,
            low=None,
            high=None,
            reason=Reason.MISSING_DATA,
            said=f"{reading.said}; no body weight of the last year",
            needs=(
                Need("Body weight", chart.concepts.labs.concept("body_weight").codes[0].partition("|")[2]),
            ),
        )
    low = reading.low / weight.kg if reading.low is not None else None
    high = reading.high / weight.kg if reading.high is not None else None
    exact = f" = {number_said(low)} mg/kg/day" if low is not None and low == high else ""
    return replace(
        reading,
        low=low,
        high=high,
        said=f"{reading.said}{exact} ({weight.said})",
        evidence=(*reading.evidence, weight.evidence),
    )
