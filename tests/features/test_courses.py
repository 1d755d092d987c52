"""Since when a drug is taken and whether its dose stayed the same; how long, how many, how long ago."""

from datetime import date
from fractions import Fraction

import pytest
from drug_charts import (
    ANTIHYPERTENSIVE,
    BELIMUMAB,
    CYCLOPHOSPHAMIDE,
    HYDROXYCHLOROQUINE,
    METHOTREXATE,
    MYCOPHENOLATE,
    MYCOPHENOLIC_ACID,
    PREDNISONE,
    RITUXIMAB,
    chart_of,
    concepts,
    dispensed,
    dosage,
    given,
    order,
    refers_to,
    rx,
    statement,
)

from cds_service.features.medications import (
    DistinctDrugs,
    Exposure,
    Intolerance,
    StableDose,
    Started,
    WashedOut,
)
from cds_service.features.question import Reason
from cds_service.fhir.record import Asked
from cds_service.fhir.resources import AllergyIntolerance, CodeableConcept, Coding, Dosage
from cds_service.kleene import Truth

TRUE, FALSE, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
HCQ = HYDROXYCHLOROQUINE


def started(*entries):
    question = Started(started=("antimalarial", "immunosuppressant"), at_least_before="12 weeks")
    return chart_of(*entries).answer(question)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([statement(HCQ, "2026-08-09")], TRUE),  # exactly 84 days
        ([statement(HCQ, "2026-08-10")], FALSE),
        ([statement(HCQ, "2026-08")], UNKNOWN),
        ([statement(HCQ, on="2026-10-20")], UNKNOWN),  # taken on that day; since when is not said
        ([statement(HCQ, on="2026-09-20")], UNKNOWN),
        ([statement(HCQ, on="2026-08-01")], TRUE),
        ([order(HCQ, "2026-08-09")], TRUE),
        ([order(HCQ, "2026-10-28")], UNKNOWN),  # a few days old: may be a renewal
        ([order(HCQ, "2026-09-01")], FALSE),
        ([order(HCQ, "2026-09-01", prior_prescription=refers_to("MedicationRequest/0"))], UNKNOWN),
        ([order(HCQ, "2026-10-28"), order(HCQ, "2026-07-30", status="completed")], TRUE),
        ([order(HCQ, "2026-10-28"), order(HCQ, "2025-07-30", status="completed")], UNKNOWN),
        # an order without a length may have been refilled for a year; older, it is another course
        ([order(HCQ, "2026-09-01"), order(HCQ, "2025-09-01", status="completed")], UNKNOWN),
        ([order(HCQ, "2026-09-01"), order(HCQ, "2025-08-31", status="completed")], FALSE),
        ([order(HCQ, "2026-10-28"), statement(HCQ, "2026-01-01", "2026-10-14", status="completed")], TRUE),
        ([order(HCQ, "2026-10-28"), statement(HCQ, "2026-01-01", "2026-10-13", status="completed")], UNKNOWN),
        ([statement(HCQ, "2024-01-01"), statement(MYCOPHENOLATE, "2026-10-01")], FALSE),
        ([statement(HCQ, "2024-01-01"), statement(MYCOPHENOLATE, "2025-10-01")], TRUE),
        ([statement(HCQ, "2024-01-01"), statement(MYCOPHENOLATE, "2025-10-01", status="on-hold")], UNKNOWN),
        ([statement(PREDNISONE, "2026-10-20")], UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_started_twelve_weeks_ago(entries, expected):
    assert started(*entries).truth is expected


@pytest.mark.parametrize("state", [Asked.FAILED, Asked.PARTIAL])
@pytest.mark.parametrize(
    "question",
    [
        Started(started=("antimalarial",), at_least_before="12 weeks"),
        StableDose(stable_dose=("antimalarial",), length="8 weeks"),
    ],
)
def test_orders_that_could_not_be_had_may_hold_another_start_or_dose(question, state):
    known = statement(HCQ, "2024-01-01", dose=200)
    assert chart_of(known).answer(question).truth is TRUE
    reading = chart_of(known, asked={"MedicationRequest": state}).answer(question)
    assert (reading.truth, reading.reason) == (UNKNOWN, Reason.MISSING_DATA)


def test_started_too_lately_tells_when_it_will_be_long_enough():
    assert started(statement(HCQ, "2026-08-10")).until == date(2026, 11, 2)


def stable(*entries, of="glucocorticoid", length="7 days"):
    return chart_of(*entries).answer(StableDose(stable_dose=(of,), length=length))


def before(end, dose=20):
    return statement(PREDNISONE, "2026-01-01", end, status="completed", dose=dose)


def since(start, dose=15):
    return statement(PREDNISONE, start, dose=dose)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([before("2026-10-23"), since("2026-10-24")], TRUE),
        ([before("2026-10-24"), since("2026-10-25")], TRUE),  # exactly 7 days
        ([before("2026-10-25"), since("2026-10-26")], FALSE),
        ([before("2026-10-25", dose=15), since("2026-10-26")], TRUE),  # the same dose went on
        ([since("2026-10-26")], FALSE),
        ([since("2026-01-01")], TRUE),
        ([since("2026-01-01", dose=None)], UNKNOWN),
        ([before("2026-10-25", dose=None), since("2026-10-26")], UNKNOWN),
        ([since("2026-01-01", dose=Dosage(text="taper"))], UNKNOWN),
        ([since("2026-01-01"), since("2026-01-01", dose=20)], UNKNOWN),
        ([statement(PREDNISONE, on="2026-10-28", dose=15)], UNKNOWN),
        ([before("2026-03-01"), statement(PREDNISONE, on="2026-10-28", dose=15)], UNKNOWN),
        ([order(PREDNISONE, "2026-10-28", dose=15)], UNKNOWN),
        ([order(PREDNISONE, "2026-10-28", dose=15), before("2026-10-27")], FALSE),
        ([order(PREDNISONE, "2026-10-28", dose=15), before("2026-10-27", dose=15)], TRUE),
        ([order(PREDNISONE, "2026-01-01", dose=15)], TRUE),
        ([since("2026-01-01"), before("2026-10-29", dose=60)], FALSE),
        ([statement(ANTIHYPERTENSIVE, "2026-01-01")], UNKNOWN),
    ],
)  # fmt: skip
def test_stable_for_seven_days(entries, expected):
    assert stable(*entries).truth is expected


def test_a_weekly_dose_is_compared_too():
    weekly = dosage(15, period_unit="wk")
    assert stable(statement(METHOTREXATE, "2026-01-01", dose=weekly), of="immunosuppressant").truth is TRUE


def test_the_length_is_written_as_for():
    assert StableDose.__struct_encode_fields__ == ("stable_dose", "for")


def number_of(*entries, drugs=("immunosuppressant",)):
    return chart_of(*entries).answer(DistinctDrugs(distinct_drugs=drugs))


def test_mycophenolate_mofetil_and_mycophenolic_acid_are_one_drug():
    reading = number_of(
        statement(MYCOPHENOLATE, "2024-01-01", status="completed"),
        statement(MYCOPHENOLIC_ACID, "2025-01-01", status="completed"),
    )
    assert (reading.low, reading.high) == (Fraction(1), None)


def test_orders_and_names_are_not_counted_but_shown():
    reading = number_of(
        given(CYCLOPHOSPHAMIDE, "2025-01-01"),
        order(METHOTREXATE, "2025-01-01"),
        statement(None, named=rx(text="azathioprine")),
        statement(HCQ, "2024-01-01"),
    )
    assert (reading.low, reading.reason) == (Fraction(1), Reason.NEEDS_CLINICIAN)
    assert len(reading.evidence) == 3


def exposure(*entries, **length):
    return chart_of(*entries).answer(Exposure(exposure=("cyclophosphamide",), **length))


def taken(start, end=None, status="completed"):
    return statement(CYCLOPHOSPHAMIDE, start, end, status=status)


@pytest.mark.parametrize(
    ("entries", "longer", "at_least"),
    [
        ([taken("2025-01-01", "2025-04-01")], FALSE, TRUE),  # exactly three months
        ([taken("2025-01-01", "2025-04-02")], TRUE, TRUE),
        ([taken("2025-01-01", "2025-03-31")], FALSE, FALSE),
        ([taken("2025-01", "2025-04")], UNKNOWN, UNKNOWN),
        ([taken("2025-01-01")], UNKNOWN, UNKNOWN),
        ([taken("2026-07-31", status="active")], TRUE, TRUE),
        ([taken("2025-01-01", "2025-02-15"), taken("2025-02-20", "2025-05-01")], TRUE, TRUE),
        ([taken("2025-01-01", "2025-02-15"), taken("2025-03-20", "2025-05-01")], FALSE, FALSE),
        ([given(CYCLOPHOSPHAMIDE, f"2025-0{month}-01") for month in (1, 2, 3, 4, 5)], TRUE, TRUE),
        ([given(CYCLOPHOSPHAMIDE, "2025-01-01"), given(CYCLOPHOSPHAMIDE, "2025-05-01")], UNKNOWN, UNKNOWN),
        ([order(CYCLOPHOSPHAMIDE, "2025-01-01")], UNKNOWN, UNKNOWN),
        ([], UNKNOWN, UNKNOWN),
    ],
)
def test_length_of_treatment(entries, longer, at_least):
    assert exposure(*entries, longer_than="3 months").truth is longer
    assert exposure(*entries, at_least="3 months").truth is at_least


def test_a_length_must_be_said_once():
    assert list(Exposure(exposure=("rituximab",)).check(concepts()))


def washed_out(*entries):
    question = WashedOut(washed_out=("immunosuppressant_or_biologic",), half_lives="5")
    return chart_of(*entries).answer(question)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([given(RITUXIMAB, "2026-07-14")], FALSE),  # 110 days = 5 x 22: the boundary day is within
        ([given(RITUXIMAB, "2026-07-13")], TRUE),
        ([given(RITUXIMAB, "2026-07")], UNKNOWN),
        ([given(RITUXIMAB, None)], UNKNOWN),
        ([given(METHOTREXATE, "2026-10-28")], FALSE),  # 75 hours: counted as four whole days
        ([given(METHOTREXATE, "2026-10-27")], TRUE),
        ([given(RITUXIMAB, "2026-07-13"), given(METHOTREXATE, "2026-10-30")], FALSE),
        ([statement(MYCOPHENOLATE, "2025-01-01")], FALSE),
        ([order(MYCOPHENOLATE, "2025-01-01")], UNKNOWN),
        ([order(MYCOPHENOLATE, "2025-01-01", status="completed")], TRUE),
        ([given("712566", "2020-01-01")], UNKNOWN),  # ofatumumab: no half-life with a source
        ([statement(None, "2026-10-01", named=rx(text="rituximab"))], UNKNOWN),
        ([dispensed(METHOTREXATE, "2026-10-01", "30")], UNKNOWN),
        ([statement(HCQ, "2025-01-01"), statement(PREDNISONE, "2025-01-01")], UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_five_half_lives(entries, expected):
    assert washed_out(*entries).truth is expected


def test_the_wash_out_names_its_assumption_and_its_end():
    reading = washed_out(given(RITUXIMAB, "2026-10-01"), given(BELIMUMAB, "2026-10-20"))
    assert reading.until == date(2027, 1, 26)  # belimumab: 97 days after 20 October, and a day
    assert any("22 days" in note and "RITUXAN" in note for note in reading.notes)


def test_a_drug_still_taken_is_washed_out_at_the_earliest_after_a_last_dose_today():
    reading = washed_out(statement(MYCOPHENOLATE, "2025-01-01"))
    assert reading.until == date(2026, 11, 8)  # five times 24.4 hours are 6 days, and a day
    assert any("still taken" in note and "6 days" in note for note in reading.notes)


def allergy(code=None, text=None, verification="confirmed", **more):
    return AllergyIntolerance(
        reference="AllergyIntolerance/1",
        code=rx(code, text),
        verification_status=CodeableConcept(coding=(Coding(code=verification),)),
        **more,
    )


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (allergy(MYCOPHENOLATE), TRUE),
        (allergy(MYCOPHENOLATE, verification="refuted"), UNKNOWN),
        (allergy(MYCOPHENOLATE, verification="unconfirmed"), UNKNOWN),
        (allergy(MYCOPHENOLATE, damaged=("type",)), UNKNOWN),
        (allergy(text="CellCept"), UNKNOWN),
        (allergy("723"), UNKNOWN),
    ],
)
def test_intolerance(entry, expected):
    chart = chart_of(allergies=[entry])
    assert chart.answer(Intolerance(intolerance=("immunosuppressant",))).truth is expected


def test_a_reason_to_stop_is_put_to_a_clinician():
    stop = statement(
        MYCOPHENOLATE, "2025-01-01", "2025-03-01", status="stopped", status_reason=(rx(text="diarrhoea"),)
    )
    reading = chart_of(stop).answer(Intolerance(intolerance=("immunosuppressant",)))
    assert reading.reason is Reason.NEEDS_CLINICIAN
    assert "diarrhoea" in reading.said
