"""Procedures done, and planned ones."""

from __future__ import annotations

from datetime import date

import pytest
from coded_charts import CM, SCT, chart, concept, condition

from cds_service.features.planned_procedures import PlannedProcedure
from cds_service.features.procedures import Procedure
from cds_service.features.question import Reason
from cds_service.fhir import resources
from cds_service.fhir.record import Asked
from cds_service.fhir.resources import Period
from cds_service.kleene import Truth

TRUE, FALSE, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
CPT = "http://www.ama-assn.org/go/cpt"
STENT, HIP, CAR_T, SURGICAL = "36969009", "52734007", "1156961008", "387713003"


def done(code=STENT, system=SCT, *, status="completed", on=None, category=None, text=None, name="p1", **more):
    return resources.Procedure(
        reference=f"Procedure/{name}",
        status=status,
        code=concept(code, system, text),
        category=concept(category) if category else None,
        performed_date_time=on,
        **more,
    )


def read(*procedures, procedure=("pci",), within=None, conditions=(), **more):
    return Procedure(procedure=procedure, within=within).read(
        chart(procedures=procedures, conditions=conditions, **more)
    )


@pytest.mark.parametrize(
    ("status", "truth", "reason"),
    [
        ("completed", TRUE, None),
        ("in-progress", UNKNOWN, Reason.NEEDS_CLINICIAN),
        ("unknown", UNKNOWN, Reason.NEEDS_CLINICIAN),
        ("stopped", UNKNOWN, Reason.NEEDS_CLINICIAN),
        ("on-hold", UNKNOWN, Reason.NEEDS_CLINICIAN),
        (None, UNKNOWN, Reason.NEEDS_CLINICIAN),
        ("not-done", UNKNOWN, Reason.NOTHING_ON_RECORD),
        ("preparation", UNKNOWN, Reason.NOTHING_ON_RECORD),
        ("entered-in-error", UNKNOWN, Reason.NOTHING_ON_RECORD),
    ],
)
def test_status(status, truth, reason):
    reading = read(done(status=status, on="2026-10-01"))
    assert (reading.truth, reading.reason) == (truth, reason)


@pytest.mark.parametrize(
    ("on", "truth"),
    [
        ("2026-05-01", TRUE),
        ("2026-04-30T23:59:00+08:00", FALSE),
        ("2026", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_within_six_months(on, truth):
    reading = read(done(on=on), within="6 months")
    assert reading.truth is truth
    assert [item.date for item in reading.evidence] == [on]


def test_until():
    assert read(done(on="2026-06-10"), within="24 weeks").until == date(2026, 11, 26)
    assert read(done(on="2026-06-10")).until is None


def test_a_period_counts_by_its_end_and_words_are_no_date():
    period = Period(start="2026-04-29", end="2026-05-02")
    assert read(done(performed_period=period), within="6 months").truth is TRUE
    assert read(done(performed_string="in May"), within="6 months").truth is UNKNOWN
    assert read(done(performed_string="in May")).truth is TRUE


def test_a_harvest_or_an_imaging_code_is_not_the_procedure():
    assert read(done("38225", CPT), procedure=("cart_therapy",)).reason is Reason.NOTHING_ON_RECORD
    assert read(done("92978", CPT)).reason is Reason.NOTHING_ON_RECORD
    assert read(done("38227", CPT), procedure=("cart_therapy",)).reason is Reason.NEEDS_CLINICIAN


@pytest.mark.parametrize(
    ("code", "truth", "reason"),
    [
        ("Z92.850", TRUE, None),
        ("T80.82", UNKNOWN, Reason.NEEDS_CLINICIAN),
        ("D89.83", UNKNOWN, Reason.NEEDS_CLINICIAN),
    ],
)
def test_a_diagnosis_may_say_that_it_was_done(code, truth, reason):
    reading = read(procedure=("cart_therapy",), conditions=(condition(code, CM),))
    assert (reading.truth, reading.reason) == (truth, reason)


def test_a_status_without_a_date_does_not_settle_a_window():
    stent = condition("Z95.5", CM)
    assert read(conditions=(stent,)).truth is TRUE
    assert read(conditions=(stent,), within="6 months").reason is Reason.NEEDS_CLINICIAN


def test_a_surgical_category_is_surgery_but_perhaps_not_major():
    hernia = done("44558001", category=SURGICAL, on="2026-10-01", text="Hernia repair")
    surgery = read(hernia, procedure=("surgery",), within="24 weeks")
    assert surgery.truth is TRUE
    assert "Hernia repair" in surgery.said
    major = read(hernia, procedure=("major_surgery",), within="24 weeks")
    assert (major.truth, major.reason) == (UNKNOWN, Reason.NEEDS_CLINICIAN)


def test_procedures_of_unknown_kind_are_named_where_surgery_is_asked_for():
    biopsy = done("86273004", text="Biopsy", on="2026-10-01")
    reading = read(biopsy, done("1", on="2020-01-01"), procedure=("major_surgery",), within="24 weeks")
    assert reading.reason is Reason.NOTHING_ON_RECORD
    (note,) = reading.notes
    assert note.endswith(": Biopsy on 2026-10-01")
    assert not read(biopsy, within="24 weeks").notes


def test_nothing_and_damaged():
    assert read(asked={"Procedure": Asked.FAILED}).lost is True
    assert read().reason is Reason.NOTHING_ON_RECORD
    assert read(done(damaged=("status",))).reason is Reason.UNUSABLE


def order(code=HIP, *, status="active", intent="order", on=None, category=(), name="s1", **more):
    return resources.ServiceRequest(
        reference=f"ServiceRequest/{name}",
        status=status,
        intent=intent,
        code=concept(code),
        category=tuple(concept(code) for code in category),
        occurrence_date_time=on,
        **more,
    )


def plan(*orders, appointments=(), of="joint_surgery", **more):
    return PlannedProcedure(planned_procedure=(of,), within_next="24 weeks").read(
        chart(service_requests=orders, appointments=appointments, **more)
    )


@pytest.mark.parametrize(
    ("on", "truth", "reason"),
    [
        ("2026-11-01", TRUE, None),
        ("2027-04-18", TRUE, None),  # 24 weeks: the boundary day
        ("2027-04-19", FALSE, None),
        ("2027-04", UNKNOWN, Reason.NEEDS_CLINICIAN),
        (None, UNKNOWN, Reason.NEEDS_CLINICIAN),
        ("2026-10-31", UNKNOWN, Reason.NEEDS_CLINICIAN),  # passed; done or not is not on record
    ],
)
def test_ordered_for_a_day(on, truth, reason):
    reading = plan(order(on=on))
    assert (reading.truth, reading.reason) == (truth, reason)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"status": "draft"}, Reason.NEEDS_CLINICIAN),
        ({"status": "on-hold"}, Reason.NEEDS_CLINICIAN),
        ({"status": "revoked"}, Reason.NOTHING_ON_RECORD),
        ({"status": "completed"}, Reason.NOTHING_ON_RECORD),
        ({"intent": "proposal"}, Reason.NEEDS_CLINICIAN),
        ({"intent": None}, Reason.NEEDS_CLINICIAN),
        ({"do_not_perform": True}, Reason.NOTHING_ON_RECORD),
        ({"damaged": ("intent",)}, Reason.UNUSABLE),
        ({"code": "104177005"}, Reason.NOTHING_ON_RECORD),
    ],
)
def test_orders_that_are_no_plain_plan(more, reason):
    assert plan(order(**{"on": "2026-12-01", **more})).reason is reason


def test_an_order_of_surgical_category():
    hernia = order("44558001", category=(SURGICAL,), on="2026-12-01")
    assert plan(hernia, of="surgery").truth is TRUE
    assert plan(hernia, of="joint_surgery").reason is Reason.NOTHING_ON_RECORD


def test_a_hip_in_two_years_says_nothing_of_other_surgery():
    reading = plan(order(on="2028-11-01"), of="surgery")
    assert reading.reason is Reason.NOTHING_ON_RECORD
    assert "2028-11-01" in reading.said


@pytest.mark.parametrize(
    ("status", "start", "truth", "reason"),
    [
        ("booked", "2026-12-01T08:00:00Z", TRUE, None),
        ("pending", "2026-12-01", TRUE, None),
        ("proposed", "2026-12-01", TRUE, None),
        ("proposed", None, UNKNOWN, Reason.NEEDS_CLINICIAN),
        ("waitlist", "2026-12-01", UNKNOWN, Reason.NEEDS_CLINICIAN),
        ("cancelled", "2026-12-01", UNKNOWN, Reason.NOTHING_ON_RECORD),
        ("noshow", "2026-12-01", UNKNOWN, Reason.NOTHING_ON_RECORD),
        ("booked", "2026-10-01", UNKNOWN, Reason.NOTHING_ON_RECORD),
        ("booked", "2028-01-01", FALSE, None),
    ],
)
def test_appointments(status, start, truth, reason):
    booked = resources.Appointment(
        reference="Appointment/a", status=status, start=start, service_type=(concept(HIP),)
    )
    reading = plan(appointments=(booked,))
    assert (reading.truth, reading.reason) == (truth, reason)


def test_no_plan_on_record():
    assert plan().reason is Reason.NOTHING_ON_RECORD
    half = {"ServiceRequest": Asked.ANSWERED, "Appointment": Asked.FAILED}
    assert (plan(asked=half).reason, plan(asked=half).lost) == (Reason.MISSING_DATA, True)
    assert plan(asked={}).reason is Reason.MISSING_DATA


def test_what_an_author_gets_wrong():
    concepts = chart().concepts
    assert list(Procedure(procedure=("pci",), within="6 months").check(concepts)) == []
    assert any("stents" in fault for fault in Procedure(procedure=("stents",)).check(concepts))
    wrong = PlannedProcedure(planned_procedure=("surgery",), within_next="soon")
    assert any("soon" in fault for fault in wrong.check(concepts))
