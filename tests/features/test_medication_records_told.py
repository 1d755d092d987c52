"""What each medication record is read as, whole: from when to when, whether today, and the last dose."""

from __future__ import annotations

from decimal import Decimal

import pytest
from drug_charts import (
    PREDNISONE,
    chart_of,
    dispensed,
    dosage,
    given,
    order,
    refers_to,
    rx,
    statement,
)
from reading_told import approve, numbered

from cds_service.features.medication_record import not_taken, read
from cds_service.fhir.partial_date import PartialDate
from cds_service.fhir.resources import (
    CodeableConcept,
    Coding,
    DispenseRequest,
    Dosage,
    MedicationDispense,
    Period,
    Quantity,
)


def quantity(value, unit="d", **more):
    return Quantity(value=Decimal(value), unit=unit, **more)


def supply(days=None, unit="d", repeats=None, start=None, end=None):
    """What an order says of its supply."""
    return DispenseRequest(
        validity_period=Period(start=start, end=end) if start or end else None,
        expected_supply_duration=quantity(days, unit) if days else None,
        number_of_repeats_allowed=repeats,
    )


def bounded(*periods):
    return tuple(dosage(10, bounds=Period(start=start, end=end)) for start, end in periods)


def ordered(authored="2026-09-01", status="active", **more):
    return order(PREDNISONE, authored, status, **more)


ORDERS = {
    "open": ordered(),
    "open, dated today": ordered("2026-11-01"),
    "open, of a month": ordered("2026-09"),
    "open, of this year": ordered("2026"),
    "open, without a date": ordered(None),
    "done": ordered(status="completed"),
    "done, of a month": ordered("2026-09", "completed"),
    "done, of this month": ordered("2026-11", "completed"),
    "stopped": ordered(status="stopped"),
    "on hold": ordered(status="on-hold"),
    "no status": ordered(status=None),
    "cancelled": ordered(status="cancelled"),
    "draft": ordered(status="draft"),
    "entered in error": ordered(status="entered-in-error"),
    "damaged": ordered(damaged=("status",)),
    "not to be done": ordered(do_not_perform=True),
    "a proposal": ordered(intent="proposal"),
    "a plan": ordered(intent="plan"),
    "an option": ordered(intent="option"),
    "no intent": ordered(intent=None),
    "an original order": ordered(intent="original-order"),
    "a reflex order": ordered(intent="reflex-order"),
    "a filler order": ordered(intent="filler-order"),
    "an instance order": ordered(intent="instance-order"),
    "a renewal": ordered(prior_prescription=refers_to("MedicationRequest/0")),
    "valid from": ordered(None, dispense_request=supply(start="2026-09-05")),
    "valid from, and dated": ordered(dispense_request=supply(start="2026-09-05")),
    "valid until": ordered(dispense_request=supply(end="2026-12-01")),
    "valid until last month": ordered(dispense_request=supply(end="2026-10-01")),
    "valid until today": ordered(dispense_request=supply(end="2026-11-01")),
    "valid, and not told until when": ordered(dispense_request=supply(start="2026-09-05", repeats=2)),
    "done, of 30 days": ordered(status="completed", dispense_request=supply("30")),
    "stopped, of 30 days": ordered(status="stopped", dispense_request=supply("30")),
    "done, of 30 days, refilled twice": ordered(status="completed", dispense_request=supply("30", repeats=2)),
    "done, of 30 days, refilled less than never": ordered(
        status="completed", dispense_request=supply("30", repeats=-2)
    ),
    "done, of a day": ordered(status="completed", dispense_request=supply("1")),
    "done, of 90 days": ordered(status="completed", dispense_request=supply("90")),
    "done, of 4 weeks": ordered(status="completed", dispense_request=supply("4", "wk")),
    "done, of 2 weeks": ordered(status="completed", dispense_request=supply("2", " Weeks")),
    "done, of one month": ordered(status="completed", dispense_request=supply("1", "mo")),
    "done, of no unit": ordered(status="completed", dispense_request=supply("30", None)),
    "done, of half a day": ordered(status="completed", dispense_request=supply("0.5")),
    "done, of no days": ordered(status="completed", dispense_request=supply("0")),
    "done, of ten years": ordered("2016-01-01", status="completed", dispense_request=supply("3659")),
    "done, of more than ten years": ordered(
        "2016-01-01", status="completed", dispense_request=supply("3660")
    ),
    "done, of an unknown length": ordered(status="completed", dispense_request=supply(repeats=2)),
    "done, without a date, of 30 days": ordered(None, "completed", dispense_request=supply("30")),
    "open, of 30 days": ordered(dispense_request=supply("30")),
    "on hold, of 30 days": ordered(status="on-hold", dispense_request=supply("30")),
    "to be taken from": ordered(dose=bounded(("2026-09-10", None))),
    "to be taken from tomorrow": ordered(dose=bounded(("2026-11-02", None))),
    "to be taken from today": ordered(dose=bounded(("2026-11-01", None))),
    "to be taken until": ordered(dose=bounded((None, "2026-10-10"))),
    "to be taken until today": ordered(dose=bounded((None, "2026-11-01"))),
    "to be taken in two steps": ordered(
        dose=bounded(("2026-10-01", "2026-12-01"), ("2026-09-10", "2026-09-30"))
    ),
    "to be taken in two steps, one of them open": ordered(
        dose=bounded(("2026-09-10", "2026-09-30"), ("2026-10-01", None))
    ),
    "to be taken in two steps, the last of them ended": ordered(
        dose=bounded(("2026-09-10", "2026-09-30"), ("2026-09-30", "2026-10-20"))
    ),
    "to be taken from, without a date": ordered(None, dose=bounded(("2026-09-10", None))),
    "of the far future": ordered("2300-01-01"),
    "of the year 1": ordered("0001-01-01"),
}


def told_by(start=None, end=None, status="active", **more):
    return statement(PREDNISONE, start, end, status, **more)


STATEMENTS = {
    "since": told_by("2026-01-01"),
    "since today": told_by("2026-11-01"),
    "since tomorrow": told_by("2026-11-02"),
    "since this month": told_by("2026-11"),
    "since this year": told_by("2026"),
    "from to": told_by("2026-01-01", "2026-06-01"),
    "from to today": told_by("2026-01-01", "2026-11-01"),
    "from to the future": told_by("2026-01-01", "2026-12-01"),
    "from to this month": told_by("2026-01-01", "2026-11"),
    "until": told_by(None, "2026-06-01"),
    "until, told": told_by(None, "2026-06-01", date_asserted="2026-07-01"),
    "done from to": told_by("2026-01-01", "2026-06-01", "completed"),
    "done, from to the future": told_by("2026-01-01", "2026-12-01", "completed"),
    "done since": told_by("2026-01-01", status="completed"),
    "done since today": told_by("2026-11-01", status="completed"),
    "stopped since tomorrow": told_by("2026-11-02", status="stopped"),
    "stopped": told_by("2026-01-01", "2026-06-01", "stopped"),
    "on hold": told_by("2026-01-01", status="on-hold"),
    "on hold to the future": told_by("2026-01-01", "2026-12-01", "on-hold"),
    "unknown": told_by("2026-01-01", status="unknown"),
    "no status": told_by("2026-01-01", status=None),
    "damaged": told_by("2026-01-01", damaged=("status",)),
    "not taken": told_by("2026-01-01", status="not-taken"),
    "intended": told_by("2026-01-01", status="intended"),
    "entered in error": told_by("2026-01-01", status="entered-in-error"),
    "on a day": told_by(on="2026-06-01"),
    "on a day, done": told_by(on="2026-06-01", status="completed"),
    "on a day of the future, done": told_by(on="2026-12-01", status="completed"),
    "told on a day": told_by(date_asserted="2026-06-01"),
    "told on a day, done": told_by(date_asserted="2026-06-01", status="completed"),
    "told today, done": told_by(date_asserted="2026-11-01", status="completed"),
    "nothing told": told_by(),
    "nothing told, done": told_by(status="completed"),
    "of the far future": told_by("2300-01-01", status="completed"),
}


def infused(on=None, start=None, end=None, status="completed", **more):
    period = Period(start=start, end=end) if start or end else None
    return given(PREDNISONE, on, status, effective_period=period, **more)


ADMINISTRATIONS = {
    "given": infused("2026-09-01", amount=10),
    "given today": infused("2026-11-01", amount=10),
    "given yesterday": infused("2026-10-31"),
    "given two days ago": infused("2026-10-30"),
    "given 35 days ago": infused("2026-09-27"),
    "given 36 days ago": infused("2026-09-26"),
    "given this year": infused("2026"),
    "given tomorrow": infused("2026-11-02"),
    "given on an unknown day": infused(),
    "given from to": infused(start="2026-10-01", end="2026-10-02"),
    "given from": infused(start="2026-10-01"),
    "given until": infused(end="2026-10-02"),
    "running": infused("2026-11-01", status="in-progress"),
    "running since": infused(start="2026-10-30", status="in-progress"),
    "running since tomorrow": infused(start="2026-11-02", status="in-progress"),
    "running until yesterday": infused(start="2026-10-30", end="2026-10-31", status="in-progress"),
    "running until today": infused(start="2026-10-30", end="2026-11-01", status="in-progress"),
    "running until tomorrow": infused(start="2026-10-30", end="2026-11-02", status="in-progress"),
    "running since an unknown day": infused(status="in-progress"),
    "stopped": infused("2026-09-01", status="stopped"),
    "not done": infused("2026-09-01", status="not-done"),
    "entered in error": infused("2026-09-01", status="entered-in-error"),
    "on hold": infused("2026-10-31", status="on-hold"),
    "no status": infused("2026-10-31", status=None),
    "damaged": infused("2026-10-31", damaged=("dosage",)),
    "an amount in drops": infused("2026-09-01", amount=10, unit="[drp]"),
    "into a vein": infused("2026-09-01", amount=10, route="intravenous"),
    "on the skin": infused("2026-09-01", amount=10, route="topical"),
    "no dosage": infused("2026-09-01"),
}


def handed(on, days=None, status="completed", unit="d", code=None, **more):
    return MedicationDispense(
        status=status,
        medication_codeable_concept=rx(PREDNISONE),
        when_handed_over=on,
        days_supply=Quantity(value=Decimal(days), unit=unit, code=code) if days else None,
        **more,
    )


SUPPLIES = {
    "of 30 days": handed("2026-10-10", "30"),
    "of a day": handed("2026-10-31", "1"),
    "of a day, today": handed("2026-11-01", "1"),
    "until today": handed("2026-10-03", "30"),
    "until yesterday": handed("2026-10-02", "30"),
    "until 14 days ago": handed("2026-09-19", "30"),
    "until 15 days ago": handed("2026-09-18", "30"),
    "of an unknown length, today": handed("2026-11-01"),
    "of an unknown length, 90 days ago": handed("2026-08-03"),
    "of an unknown length, 91 days ago": handed("2026-08-02"),
    "of a month, of 30 days": handed("2026-10", "30"),
    "of this month": handed("2026-11"),
    "tomorrow": handed("2026-11-02", "30"),
    "on an unknown day": handed(None, "30"),
    "prepared": handed(None, "30", when_prepared="2026-10-10"),
    "prepared and handed over": handed("2026-10-12", "30", when_prepared="2026-10-10"),
    "of 4 weeks": handed("2026-10-10", "4", unit="wk"),
    "of 30 days by its code": handed("2026-10-10", "30", unit="Tage", code="d"),
    "of 30 tablets": handed("2026-10-10", "30", unit="tablet"),
    "declined": handed("2026-10-10", "30", "declined"),
    "in preparation": handed("2026-10-10", "30", "preparation"),
    "draft": handed("2026-10-10", "30", "draft"),
    "cancelled": handed("2026-10-10", "30", "cancelled"),
    "entered in error": handed("2026-10-10", "30", "entered-in-error"),
    "in progress": handed("2026-10-10", "30", "in-progress"),
    "no status": handed("2026-10-10", "30", None),
    "damaged": handed("2026-10-10", "30", damaged=("status",)),
    "with a dose": dispensed(PREDNISONE, "2026-10-10", "30", dose=20),
}

OTHERS = {
    "by its text": statement(None, "2026-01-01", named=rx(text="Prednisone 5 mg")),
    "by its text, the dose in the name": statement(
        None, "2026-01-01", named=rx(text="Prednisone 20 mg"), dose=Dosage(text="20 mg")
    ),
    "by nothing": statement(None, "2026-01-01", named=CodeableConcept()),
    "by a code that is not known": statement(
        None, "2026-01-01", named=CodeableConcept(coding=(Coding("urn:site:drugs", "17"),))
    ),
    "by a tablet of 5 mg": statement("312615", "2026-01-01", dose=dosage(2, unit="tablet")),
    "on the skin, by its words": statement(
        PREDNISONE, "2026-01-01", dose=Dosage(text="Apply to the skin once daily")
    ),
    "into the eye, by its words": statement(
        PREDNISONE, "2026-01-01", dose=Dosage(text="eye drops twice daily")
    ),
}


def day_told(day: PartialDate | None) -> str:
    if day is None:
        return "-"
    days = str(day.first) if day.first == day.last else f"{day.first}..{day.last}"
    return days if day.text == days else f"{days} ({day.text})"


def use_told(use) -> str:
    since = f"{day_told(use.start)}{'' if use.real_start else ' or before'}"
    days = f"from {since} to {day_told(use.end)}, last dose {day_told(use.last)}"
    parts = [f"{use.kind} {use.said}", f"  today {use.current.name}, {days}"]
    more = [
        f"doubt: {use.doubt}" if use.doubt else "",
        "a renewal" if use.renewal else "",
        f"route: {use.route}" if use.route else "",
        "intake" if use.taken else "no intake",
        *(f"dose: {dose.low}..{dose.high} {dose.problem or ''}".rstrip() for dose in use.doses),
        f"recorded: {use.evidence.date}",
        f"code: {use.evidence.code}",
    ]
    return "\n".join([*parts, "  " + "; ".join(filter(None, more))])


def records_told(cases) -> str:
    blocks = []
    for name, entry in cases.items():
        chart = chart_of(*numbered(entry))
        found = [use_told(use) for use in read(chart)]
        found += [f"not taken: {use_told(use)}" for use in not_taken(chart)]
        blocks.append("\n".join([name, *(found or ["does not count"])]))
    return "\n\n".join(blocks) + "\n"


@pytest.mark.parametrize(
    ("name", "cases"),
    [
        ("records_of_orders", ORDERS),
        ("records_of_statements", STATEMENTS),
        ("records_of_administrations", ADMINISTRATIONS),
        ("records_of_supplies", SUPPLIES),
        ("records_of_other_names", OTHERS),
    ],
)
def test_a_record_is_read_as_it_was_read_and_approved(name, cases):
    approve(name, records_told(cases))
