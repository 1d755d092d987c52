"""Whether a procedure is planned: an order or an appointment for it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from cds_service.concepts.codes import Found, Role
from cds_service.features import event_window, traces
from cds_service.features.coded import ByConcept, any_of_names, doubt_in, evidence_of, words_for
from cds_service.features.question import Question, Reading
from cds_service.features.standing import Entry, Standing, any_reading, settle
from cds_service.features.traces import Traces
from cds_service.fhir import partial_date
from cds_service.fhir.partial_date import Span
from cds_service.fhir.resources import Appointment, CodeableConcept, ServiceRequest
from cds_service.kleene import Truth

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

ORDERED = ("plan", "order", "original-order", "reflex-order", "filler-order", "instance-order")
OVER = ("revoked", "completed", "entered-in-error", "cancelled", "fulfilled", "noshow")
LATER = "Planned for a later time; nothing on record says otherwise"
PLANNED = ("active", "booked", "pending", "proposed")


class PlannedProcedure(Question, frozen=True, kw_only=True):
    """``{planned_procedure: surgery, within_next: "24 weeks"}``: ordered or booked for that time."""

    keyword: ClassVar[str] = "planned_procedure"
    label: ClassVar[str] = "Planned procedure"

    planned_procedure: tuple[str, ...]
    within_next: str

    def read(self, chart: Chart) -> Reading:
        codes = chart.concepts.codes
        span = Span.parse(self.within_next)
        kinds = ("ServiceRequest", "Appointment")
        readings = []
        for key in dict.fromkeys(part for asked in self.planned_procedure for part in codes.parts(asked)):
            entries = [
                entry
                for plan, found in plans(chart).of(key)
                if (entry := _entry(plan, found, span, chart)) is not None
            ]
            nothing = partial(chart.nothing, f"a plan for {codes.name(key)}", *kinds)
            readings.append(settle(entries, nothing, past_note=LATER))
        names = any_of_names(map(codes.name, self.planned_procedure))
        return any_reading(readings, partial(chart.nothing, f"a plan for {names}", *kinds))

    def traces(self, concepts: Any) -> Traces | None:
        return frozenset(map(traces.plan, traces.of_codes(concepts.codes, self.planned_procedure)))

    def check(self, concepts: Any) -> Iterable[str]:
        yield from concepts.codes.unknown(self.planned_procedure)
        yield from event_window.faults("within_next", self.within_next)
        if not self.planned_procedure:
            yield "planned_procedure: name at least one concept."


def plans(chart: Chart) -> ByConcept[ServiceRequest | Appointment]:
    """The chart's orders and appointments by what they are for."""
    held: ByConcept[ServiceRequest | Appointment] | None = chart.kept.get("plans")
    if held is None:
        pairs: list[tuple[ServiceRequest | Appointment, tuple[CodeableConcept | None, ...]]] = [
            (order, (order.code, *order.category)) for order in chart.record.service_requests
        ]
        pairs += [
            (booked, (*booked.service_type, *booked.service_category, *booked.reason_code))
            for booked in chart.record.appointments
        ]
        held = chart.kept["plans"] = ByConcept(chart, pairs)
    return held


def _entry(plan: ServiceRequest | Appointment, found: Found, span: Span, chart: Chart) -> Entry | None:
    if plan.status in OVER:
        return None
    doubts = []
    if isinstance(plan, ServiceRequest):
        if plan.do_not_perform:
            return None
        period = plan.occurrence_period
        text = plan.occurrence_date_time or (period.start or period.end if period else None)
        when = partial_date.parse(plan.occurrence_date_time)
        if when is None and period is not None:
            when = partial_date.between(period.start, period.end)
        words = plan.code.text if plan.code and plan.code.text else words_for(found)
        if plan.intent not in ORDERED:
            doubts.append(f"its intent is {plan.intent or 'not given'}")
    else:
        text, words = plan.start, words_for(found)
        when = partial_date.parse(plan.start)
    said = f"{words} planned for {text}" if text else f"{words} planned"
    evidence = evidence_of(plan, found, text)
    if plan.damaged:
        why = "part of this record could not be read"
        return Entry(Standing.REVIEW, said, evidence, why, unusable=True)
    if plan.status not in PLANNED:
        doubts.append(f"its status is {plan.status or 'not given'}")
    doubts += doubt_in(found)
    if found.role is Role.HISTORY:
        return None
    if when is not None and when.last < chart.as_of:
        if isinstance(plan, Appointment):
            return None
        doubts.append("that day has passed and nothing says whether it was done")
        return Entry(Standing.REVIEW, said, evidence, "; ".join(doubts))
    held = event_window.within_next(when, span, chart.as_of) if when else Truth.UNKNOWN
    if held is Truth.FALSE:
        return Entry(Standing.LEFT_OUT if doubts else Standing.PAST, said, evidence, "; ".join(doubts))
    if held is Truth.UNKNOWN:
        doubts.append(f'the date "{text}" does not settle it' if when else "no date is on record")
    if doubts:
        return Entry(Standing.REVIEW, said, evidence, "; ".join(doubts))
    return Entry(Standing.PRESENT, said, evidence)
