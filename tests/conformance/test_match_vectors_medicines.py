"""Medicines: doses at their limit, windows on their boundary day, and what a record does not prove."""

import pytest
from charts_by_hand import (
    ATC,
    BELIMUMAB,
    DEXAMETHASONE,
    HYDROCORTISONE,
    HYDROXYCHLOROQUINE,
    IM19,
    LISINOPRIL,
    METHYLPREDNISOLONE,
    MYCOPHENOLATE,
    PREDNISOLONE,
    PREDNISONE,
    RITUXIMAB,
    dosage,
    given,
    medication,
    ordered,
    outcome,
    taken,
)

YES, NO, OPEN, NOT_ASKED = "satisfied", "failed", "unknown", "n/a"
HCQ = HYDROXYCHLOROQUINE


@pytest.mark.parametrize(
    ("drug", "milligrams", "expected"),
    [
        (PREDNISONE, 30, YES),
        (PREDNISONE, 30.5, NO),
        (PREDNISOLONE, 30, YES),
        (METHYLPREDNISOLONE, 24, YES),  # 30 mg of prednisone
        (METHYLPREDNISOLONE, 25, NO),
        (HYDROCORTISONE, 120, YES),
        (HYDROCORTISONE, 121, NO),
        (DEXAMETHASONE, 4.5, YES),
        (DEXAMETHASONE, 4.6, NO),
        (PREDNISONE, dosage(15, times=2), YES),
        (PREDNISONE, dosage(16, times=2), NO),
        (PREDNISONE, dosage(20, period=12, unit="h"), NO),
        (PREDNISONE, dosage(0.04, of="g"), NO),
        (PREDNISONE, dosage(3, of="{tbl}"), OPEN),
        (PREDNISONE, dosage(20, asNeededBoolean=True), OPEN),
        (PREDNISONE, {"text": "40 mg once daily by mouth"}, NO),
        (PREDNISONE, {"text": "10 mg PO daily"}, YES),
        (PREDNISONE, {"text": "as directed"}, OPEN),
        (PREDNISONE, None, OPEN),
        ("312615", 40, NO),  # a product of 20 mg
    ],
)
def test_thirty_milligrams_of_prednisone_a_day(http, drug, milligrams, expected):
    assert outcome(http, IM19, "I5b", taken(drug, dose=milligrams)) == expected


def test_doses_of_two_glucocorticoids_are_added(http):
    assert outcome(http, IM19, "I5b", taken(PREDNISONE, dose=10), taken(METHYLPREDNISOLONE, dose=16)) == YES
    assert outcome(http, IM19, "I5b", taken(PREDNISONE, dose=10), taken(METHYLPREDNISOLONE, dose=17)) == NO


def refers(reference, **more):
    return taken(dose=40, medicationReference={"reference": reference}, **more)


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        ([refers("#drug", contained=[medication(PREDNISONE)])], NO),
        ([medication(PREDNISONE), refers("Medication/drug")], NO),
        ([refers("Medication/gone")], OPEN),
        ([taken("H02AB07", system=ATC, dose=40)], NO),
        ([taken(text="Prednisone 20 mg tablet", dose=40)], OPEN),
        ([taken(LISINOPRIL), taken(text="Prednisolon 20 mg Tabletten", dose=40)], OPEN),
        ([taken(LISINOPRIL)], NOT_ASKED),
        ([taken(PREDNISONE, "2020-01-01", "2020-06-01", status="stopped"), taken(LISINOPRIL)], NOT_ASKED),
        ([taken(text="Prednisolone acetate 1% ophthalmic suspension"), taken(LISINOPRIL)], NOT_ASKED),
        ([], OPEN),
    ],
)
def test_how_a_glucocorticoid_is_named(http, chart, expected):
    assert outcome(http, IM19, "I5b", *chart) == expected


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        ([taken(LISINOPRIL)], NO),
        ([taken(HCQ)], YES),
        ([ordered(PREDNISONE, "2026-09-01")], YES),
        ([taken(PREDNISONE, "2020-01-01", "2020-06-01", status="completed")], OPEN),
        *(
            ([taken(PREDNISONE, status=each)], OPEN)
            for each in ("entered-in-error", "not-taken", "intended", "on-hold")
        ),
        *(([ordered(PREDNISONE, status=each)], OPEN) for each in ("draft", "cancelled", "entered-in-error")),
        *(([ordered(PREDNISONE, intent=each)], OPEN) for each in ("proposal", "plan")),
        ([ordered(PREDNISONE, doNotPerform=True)], OPEN),
        ([], OPEN),
    ],
)
def test_on_standard_treatment_now(http, chart, expected):
    assert outcome(http, IM19, "I5a", *chart) == expected


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        ([taken(PREDNISONE, "2026-10-25", dose=20)], YES),  # 7 days
        ([taken(PREDNISONE, "2026-10-26", dose=20)], NO),
        (
            [
                taken(PREDNISONE, "2026-01-01", "2026-10-24", dose=30, status="completed"),
                taken(PREDNISONE, "2026-10-25", dose=20),
            ],
            YES,
        ),
        (
            [
                taken(PREDNISONE, "2026-01-01", "2026-10-27", dose=30, status="completed"),
                taken(PREDNISONE, "2026-10-28", dose=20),
            ],
            NO,
        ),
        ([taken(PREDNISONE, "2026-10", dose=20)], OPEN),
    ],
)
def test_seven_days_on_one_dose(http, chart, expected):
    assert outcome(http, IM19, "I5c", *chart) == expected


@pytest.mark.parametrize("drug", [HCQ, MYCOPHENOLATE])
@pytest.mark.parametrize(
    ("start", "expected"),
    [("2026-08-09", YES), ("2026-08-10", NO), ("2026-08", OPEN), ("2026-07", YES), (None, OPEN)],
)
def test_started_12_weeks_ago(http, drug, start, expected):
    assert outcome(http, IM19, "I5e", taken(drug, start, dose=200)) == expected


def test_the_latest_start_decides_and_a_renewal_is_none(http):
    assert outcome(http, IM19, "I5e", taken(HCQ, "2020-01-01"), taken(MYCOPHENOLATE, "2026-10-01")) == NO
    assert (
        outcome(http, IM19, "I5e", taken(HCQ, "2026-01-01", "2026-09-30"), ordered(HCQ, "2026-10-01")) == YES
    )
    older = ordered(HCQ, "2026-02-01", status="completed")  # for how long it was is not said
    assert outcome(http, IM19, "I5e", older, ordered(HCQ, "2026-10-01")) == OPEN


@pytest.mark.parametrize(
    ("changed", "expected"), [("2026-09-06", YES), ("2026-09-05", YES), ("2026-09-07", NO)]
)
def test_eight_weeks_on_one_dose(http, changed, expected):
    before = taken(HCQ, "2020-01-01", "2026-09-01", dose=400, status="completed")
    assert outcome(http, IM19, "I5f", before, taken(HCQ, changed, dose=200)) == expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (given(BELIMUMAB, "2026-10-04"), YES),  # 4 weeks
        (given(BELIMUMAB, "2026-10-05"), NO),
        (given(BELIMUMAB, "2026-10"), OPEN),
        (given(BELIMUMAB, "2026-09"), YES),
        (given("L04AG04", "2026-10-20", system=ATC), NO),
        (taken(BELIMUMAB, "2026-01-01"), NO),  # going on
        (taken(BELIMUMAB, "2026-01-01", "2026-10-04", status="completed"), YES),
        (taken(BELIMUMAB, "2026-01-01", "2026-10-05", status="completed"), NO),
        (given(text="Telitacicept 160 mg", on="2026-10-20"), OPEN),
        (given(text="泰它西普", on="2026-10-20"), OPEN),
        (given(BELIMUMAB, "2026-10-20", status="not-done"), OPEN),
    ],
)
def test_biologics_stopped_for_four_weeks(http, entry, expected):
    assert outcome(http, IM19, "I5g", entry) == expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (given(RITUXIMAB, "2026-05-01"), NO),  # six months
        (given(RITUXIMAB, "2026-04-30"), YES),
        (given(RITUXIMAB, "2026-05"), NO),
        (given(RITUXIMAB, "2026-04"), YES),
        (given(RITUXIMAB, "2026"), OPEN),
        (given(RITUXIMAB, "2026-12-01"), OPEN),
        (given(RITUXIMAB, None, effectivePeriod={"start": "2026-09-01T09:00:00Z"}), NO),
        (given(RITUXIMAB, "2026-09-01", status="entered-in-error"), OPEN),
        (given(RITUXIMAB, "2026-09-01", subject={"reference": "Patient/other"}), OPEN),
        (given("L01XC02", "2026-09-01", system=ATC), NO),  # its older code
        (given("L01FA01", "2026-09-01", system=ATC), NO),
        (given(text="Obinutuzumab 1000 mg", on="2026-09-01"), OPEN),
        (given(text="利妥昔单抗", on="2026-09-01"), OPEN),
        (given(BELIMUMAB, "2026-09-01"), OPEN),  # of another class
        (ordered(RITUXIMAB, "2026-09-01"), OPEN),  # an order is not an infusion
        (taken(RITUXIMAB, None, status="completed"), OPEN),
        (taken(RITUXIMAB, None, status="completed", dateAsserted="2026-10-01"), OPEN),
        (taken(RITUXIMAB, None, status="completed", effectiveDateTime="2026-09-01"), NO),
    ],
)
def test_anti_cd20_within_six_months(http, entry, expected):
    assert outcome(http, IM19, "E12", entry) == expected


def test_a_later_order_opens_an_old_dose_again(http):
    assert outcome(http, IM19, "E12", given(RITUXIMAB, "2026-01-01"), given(RITUXIMAB, "2026-09-01")) == NO
    assert (
        outcome(http, IM19, "E12", given(RITUXIMAB, "2026-01-01"), ordered(RITUXIMAB, "2026-09-01")) == OPEN
    )
