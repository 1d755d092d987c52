"""The four kinds of medication record as :class:`MedicationUse`: status, dates, route and dose of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from fractions import Fraction

from cds_service.concepts.drug_match import Drug, local_words
from cds_service.features.chart import Chart
from cds_service.features.dosage import Dose, day_of, days_of, doses, milligrams, quantity_said
from cds_service.features.drug_use import Kind, MedicationUse
from cds_service.features.question import Evidence
from cds_service.fhir.partial_date import PartialDate
from cds_service.fhir.record import MedicationRecord
from cds_service.fhir.resources import (
    CodeableConcept,
    Dosage,
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
    Period,
    Quantity,
)
from cds_service.kleene import Truth

# FHIR R4 status codes; what is in neither table leaves a doubt.
_VOID = {
    Kind.ORDERED: ("entered-in-error", "cancelled", "draft"),
    Kind.REPORTED: ("entered-in-error", "not-taken", "intended"),
    Kind.GIVEN: ("entered-in-error", "not-done"),
    Kind.DISPENSED: ("entered-in-error", "cancelled", "declined", "preparation", "draft"),
}
_GOOD = {
    Kind.ORDERED: ("active", "completed", "stopped"),
    Kind.REPORTED: ("active", "completed", "stopped"),
    Kind.GIVEN: ("in-progress", "completed", "stopped"),
    Kind.DISPENSED: ("completed",),
}
_OVER = ("completed", "stopped", "not-taken")
_ORDERS = ("order", "original-order", "reflex-order", "filler-order", "instance-order")

LEFT_OVER = timedelta(days=14)
"""How long a supply may be stretched, and how large a gap between two records of one course may be."""
INTERVAL_DRUG = timedelta(days=35)
"""Within this time after a dose the patient may still be on the drug (a monthly pulse, an infusion)."""
UNCOUNTED_SUPPLY = timedelta(days=90)
"""How long a supply of unknown length may last."""


def read(
    chart: Chart, wanted: Callable[[MedicationRecord, Drug], bool] = lambda _entry, _drug: True
) -> tuple[MedicationUse, ...]:
    """The medication records that may count, in the record's order: all, or those wanted."""
    held: dict[int, MedicationUse | None] = chart.kept.setdefault("uses by record", {})
    found = []
    for entry, drug in identified(chart):
        if wanted(entry, drug):
            place = id(entry)
            if place not in held:
                held[place] = _use(chart, entry)
            use = held[place]
            if use is not None:
                found.append(use)
    return tuple(found)


def is_over(entry: MedicationRecord) -> bool:
    """Whether the status says that it is not taken today: most of a long record is over."""
    return isinstance(entry, MedicationRequest | MedicationStatement) and entry.status in _OVER


def not_taken(chart: Chart) -> tuple[MedicationUse, ...]:
    """Statements that the patient does not take a drug: no use, but they contradict an order."""
    entries = chart.record.medication_statements
    return tuple(_reported(chart, entry) for entry in entries if entry.status == "not-taken")


def _use(chart: Chart, entry: MedicationRecord) -> MedicationUse | None:
    match entry:
        case MedicationRequest():
            void = entry.do_not_perform or entry.intent in ("proposal", "plan")
            return None if void or entry.status in _VOID[Kind.ORDERED] else _ordered(chart, entry)
        case MedicationStatement():
            return None if entry.status in _VOID[Kind.REPORTED] else _reported(chart, entry)
        case MedicationAdministration():
            return None if entry.status in _VOID[Kind.GIVEN] else _given(chart, entry)
        case MedicationDispense():
            return None if entry.status in _VOID[Kind.DISPENSED] else _dispensed(chart, entry)


def _doubt(entry: MedicationRecord, kind: Kind) -> str | None:
    if entry.damaged:
        return "part of the record could not be read"
    if entry.status not in _GOOD[kind]:
        return f"its status is {entry.status}" if entry.status else "it has no status"
    if isinstance(entry, MedicationRequest) and entry.intent is not None and entry.intent not in _ORDERS:
        return f"its intent is {entry.intent}"
    return None


def _built(
    chart: Chart,
    entry: MedicationRecord,
    kind: Kind,
    *,
    current: Truth,
    recorded: str | None,
    dosage: tuple[Dosage, ...] = (),
    start: PartialDate | None = None,
    end: PartialDate | None = None,
    last: PartialDate | None = None,
    real_start: bool = False,
    renewal: bool = False,
    given: tuple[Quantity | None, CodeableConcept | None, str | None] | None = None,
) -> MedicationUse:
    drugs = chart.concepts.drugs
    drug = _identified(chart, chart.record.medication_of(entry))
    strengths = [match.strength_mg for match in drug.matches if match.strength_mg is not None]
    strength = strengths[0] if len(strengths) == 1 == len(drug.matches) else None
    if given is not None:
        amount = milligrams(given[0], strength)
        problem = (
            None if amount is not None else "the amount given is not on record in a unit that can be read"
        )
        steps: tuple[Dose, ...] = ()
        if given[0] is not None:
            steps = (Dose(quantity_said(given[0]), amount, amount, problem),)
        routes, texts = [given[1]], [given[2]]
    else:
        steps = _doses(chart, dosage, strength)
        routes, texts = [each.route for each in dosage], [each.text for each in dosage]
    route = next((read for each in routes if (read := drugs.route(each))), None)
    if route is None and any(text and local_words(text) for text in texts):
        route = "local"
    doubt = _doubt(entry, kind)
    label = next((drugs.label(match.concept) for match in drug.matches), "a drug that is not named")
    said = ", then ".join(step.said for step in steps if step.said)
    return MedicationUse(
        kind=kind,
        drug=drug,
        label=label[:1].upper() + label[1:],
        status=entry.status or "",
        current=Truth.UNKNOWN if doubt is not None and current is Truth.TRUE else current,
        evidence=Evidence(entry.reference, drug.code, said or None, recorded),
        start=start,
        end=end,
        last=last,
        real_start=real_start,
        doses=steps,
        route=route,
        doubt=doubt,
        renewal=renewal,
        reason_given=_reason(entry),
    )


def identified(chart: Chart) -> list[tuple[MedicationRecord, Drug]]:
    """Each medication record, whether or not it counts, with the drug that it is of."""
    held: list[tuple[MedicationRecord, Drug]] | None = chart.kept.get("identified")
    if held is None:
        record = chart.record
        held = [
            (entry, _identified(chart, record.medication_of(entry))) for entry in record.medication_records
        ]
        chart.kept["identified"] = held
    return held


def _identified(chart: Chart, names: Iterable[CodeableConcept]) -> Drug:
    """Which drug that is; a chart names few drugs, each many times."""
    known: dict[tuple[CodeableConcept, ...], Drug] = chart.kept.setdefault("drugs", {})
    named = tuple(names)
    found = known.get(named)
    if found is None:
        found = known[named] = chart.concepts.drugs.identify(named)
    return found


def _doses(chart: Chart, dosage: tuple[Dosage, ...], strength: Fraction | None) -> tuple[Dose, ...]:
    known: dict[tuple[tuple[Dosage, ...], Fraction | None], tuple[Dose, ...]]
    known = chart.kept.setdefault("doses", {})
    found = known.get((dosage, strength))
    if found is None:
        found = known[dosage, strength] = doses(dosage, strength)
    return found


def _reason(entry: MedicationRecord) -> str | None:
    if isinstance(entry, MedicationDispense) or not entry.status_reason:
        return None
    reasons: Iterable[CodeableConcept] = (
        (entry.status_reason,) if isinstance(entry.status_reason, CodeableConcept) else entry.status_reason
    )
    words = [_words(reason) for reason in reasons]
    return "; ".join(filter(None, words)) or "a reason that is only coded"


def _words(reason: CodeableConcept) -> str:
    return reason.text or next((coding.display for coding in reason.coding if coding.display), None) or ""


def _going_on(status: str | None, start: PartialDate | None, end: PartialDate | None, as_of: date) -> Truth:
    """Whether something of this status, between these dates, goes on today."""
    if start is not None and start.first > as_of:
        return Truth.FALSE
    if status in _OVER:
        return Truth.FALSE
    if end is not None and end.on_or_after(as_of) is not Truth.TRUE:
        return Truth.UNKNOWN  # "active" beside an end that has passed: one of the two is out of date
    if start is not None and start.last > as_of:
        return Truth.UNKNOWN
    return Truth.TRUE if status == "active" else Truth.UNKNOWN


def _ordered(chart: Chart, entry: MedicationRequest) -> MedicationUse:
    as_of = chart.as_of
    periods = [
        each.timing.repeat.bounds_period
        for each in entry.dosage_instruction
        if each.timing and each.timing.repeat and each.timing.repeat.bounds_period
    ]
    supply = entry.dispense_request
    validity = supply.validity_period if supply else None
    starts = [day for period in periods if (day := day_of(period.start))]
    ends = [day for period in periods if (day := day_of(period.end))]
    start = (
        min(starts, key=_first)
        if starts
        else day_of(entry.authored_on) or day_of(validity.start if validity else None)
    )
    end = max(ends, key=_first) if ends and len(ends) == len(entry.dosage_instruction) else None
    end = end or (day_of(validity.end) if validity else None) or _supplied(start, entry)
    current = _going_on(entry.status, start, end, as_of)
    last = None
    if start is not None and start.first <= as_of:
        open_end = entry.status not in ("completed", "stopped")
        latest = min(end.last, as_of) if end else as_of if open_end else min(start.last, as_of)
        last = PartialDate(start.first, max(latest, start.first), start.text)
    return _built(
        chart,
        entry,
        Kind.ORDERED,
        current=current,
        recorded=entry.authored_on or (start.text if start else None),
        dosage=entry.dosage_instruction,
        start=start,
        end=end,
        last=last,
        renewal=entry.prior_prescription is not None,
    )


def _supplied(start: PartialDate | None, entry: MedicationRequest) -> PartialDate | None:
    """Until when a finished order's supply lasted; an open order is not ended by its supply."""
    supply = entry.dispense_request
    days = _days(supply.expected_supply_duration) if supply else None
    if start is None or supply is None or days is None or entry.status not in ("completed", "stopped"):
        return None
    return _later(start, days * (1 + max(supply.number_of_repeats_allowed or 0, 0)))


def _reported(chart: Chart, entry: MedicationStatement) -> MedicationUse:
    as_of, period = chart.as_of, entry.effective_period or Period()
    real = day_of(period.start)
    start = real or day_of(entry.effective_date_time) or (None if period.end else day_of(entry.date_asserted))
    end = day_of(period.end)
    current = _going_on(entry.status, start, end, as_of)
    if end is not None and end.first <= as_of:
        last: PartialDate | None = end
    elif current is Truth.TRUE or (current is Truth.UNKNOWN and end is not None):
        last = PartialDate(as_of, as_of, "now")
    elif entry.effective_date_time:
        last = start
    elif real is None and start is not None:
        # Only the day of the telling: the last dose was then or at any time before.
        last = PartialDate(date(1900, 1, 1), start.last, f"by {start.text}")
    elif start is not None and start.first <= as_of:
        last = PartialDate(start.first, as_of, f"since {start.text}")
    else:
        last = None
    if last is not None and last.first > as_of:
        last = None
    spanned = days_of(entry.effective_period)
    recorded = spanned.text if spanned else entry.effective_date_time or entry.date_asserted
    return _built(
        chart, entry, Kind.REPORTED, current=current, recorded=recorded, dosage=entry.dosage,
        start=start, end=end, last=last, real_start=real is not None,
    )  # fmt: skip


def _given(chart: Chart, entry: MedicationAdministration) -> MedicationUse:
    as_of, period = chart.as_of, entry.effective_period or Period()
    start = day_of(entry.effective_date_time) or day_of(period.start)
    end = day_of(period.end) or (day_of(entry.effective_date_time) if entry.status != "in-progress" else None)
    running = entry.status == "in-progress" and (end is None or end.on_or_after(as_of) is not Truth.FALSE)
    last = end or start
    if running and start is not None and start.first <= as_of:
        last, current = PartialDate(as_of, as_of, "now"), Truth.TRUE
    else:
        last = last if last is not None and last.first <= as_of else None
        current = Truth.FALSE
        if last is not None and last.first >= as_of - timedelta(days=1):
            current = Truth.TRUE
        elif last is None or last.last >= as_of - INTERVAL_DRUG:
            current = Truth.UNKNOWN
    spanned = days_of(entry.effective_period)
    dosage = entry.dosage
    return _built(
        chart, entry, Kind.GIVEN, current=current, start=start, end=end, last=last, real_start=True,
        recorded=entry.effective_date_time or (spanned.text if spanned else None),
        given=(dosage.dose, dosage.route, dosage.text) if dosage else (None, None, None),
    )  # fmt: skip


def _dispensed(chart: Chart, entry: MedicationDispense) -> MedicationUse:
    as_of = chart.as_of
    handed: PartialDate | None = day_of(entry.when_handed_over) or day_of(entry.when_prepared)
    days = _days(entry.days_supply)
    end = _later(handed, days) if handed is not None and days is not None else None
    last = None
    current = Truth.UNKNOWN
    if handed is not None and handed.first <= as_of:
        last = PartialDate(
            handed.first, min(end.last, as_of) if end else min(handed.last, as_of), handed.text
        )
        if end is not None:
            current = Truth.TRUE if end.first >= as_of else Truth.UNKNOWN
        until = end.last + LEFT_OVER if end else handed.last + UNCOUNTED_SUPPLY
        current = Truth.FALSE if until < as_of else current
    return _built(
        chart, entry, Kind.DISPENSED, current=current, recorded=entry.when_handed_over or entry.when_prepared,
        dosage=entry.dosage_instruction, start=handed, end=end, last=last,
    )  # fmt: skip


_LENGTHS = {"d": 1, "day": 1, "days": 1, "wk": 7, "week": 7, "weeks": 7}


def _days(quantity: Quantity | None) -> int | None:
    """A length of supply in whole days; a number without a unit is days, as ``daysSupply`` says."""
    if quantity is None or quantity.value is None or not 0 < quantity.value < 3660:
        return None
    unit = (quantity.code or quantity.unit or "d").strip().lower()
    return int(quantity.value * _LENGTHS[unit]) if unit in _LENGTHS else None


def _later(day: PartialDate, days: int) -> PartialDate:
    """The last day that a supply covers."""
    shift = timedelta(days=max(days - 1, 0))
    last = day.last + shift
    return PartialDate(day.first + shift, last, last.isoformat())


def _first(day: PartialDate) -> date:
    return day.first
