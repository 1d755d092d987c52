"""Prednisone equivalents a day, and what keeps the amount from being known."""

from decimal import Decimal
from fractions import Fraction

import pytest
from drug_charts import (
    BETAMETHASONE,
    DEFLAZACORT,
    METHYLPREDNISOLONE,
    PREDNISONE,
    chart_of,
    dispensed,
    dosage,
    given,
    order,
    rx,
    statement,
    weight,
)

from cds_service.features.glucocorticoid_dose import GlucocorticoidDose
from cds_service.features.question import Reason, compare
from cds_service.fhir.record import Asked
from cds_service.fhir.resources import (
    CodeableConcept,
    Coding,
    Dosage,
    DoseAndRate,
    Period,
    Quantity,
    Range,
    Repeat,
    Timing,
)
from cds_service.kleene import Truth

START = "2026-01-05"


def dose_of(*entries, unit="mg/day", **more):
    return chart_of(*entries).answer(GlucocorticoidDose(glucocorticoid_dose=unit, **more))


def exactly(value):
    return Fraction(value), Fraction(value)


def bounds(reading):
    return reading.low, reading.high


def on(amount, **more):
    return statement(PREDNISONE, START, dose=dosage(amount, **more))


@pytest.mark.parametrize(
    ("code", "mg", "prednisone"),
    [
        (PREDNISONE, "30", "30"),
        ("8638", "30", "30"),  # prednisolone
        (METHYLPREDNISOLONE, "24", "30"),
        (METHYLPREDNISOLONE, "25", "31.25"),
        ("5492", "120", "30"),  # hydrocortisone
        ("2878", "25", "5"),  # cortisone
        ("10759", "8", "10"),  # triamcinolone
        ("3264", "0.75", "5"),  # dexamethasone
    ],
)
def test_equivalents_are_exact(code, mg, prednisone):
    assert bounds(dose_of(statement(code, START, dose=mg))) == exactly(prednisone)


@pytest.mark.parametrize(("mg", "expected"), [("24", Truth.TRUE), ("25", Truth.FALSE)])
def test_methylprednisolone_at_the_limit_of_30_mg(mg, expected):
    reading = dose_of(statement(METHYLPREDNISOLONE, START, dose=mg))
    assert compare("at_most", Decimal(30), reading) is expected


def test_the_words_name_dose_date_and_equivalent():
    reading = dose_of(statement(METHYLPREDNISOLONE, START, dose=25))
    assert reading.said == (
        "Methylprednisolone 25 mg 1/day (active, since 2026-01-05); 31.25 mg/day prednisone equivalent"
    )


def test_betamethasone_is_between_its_two_published_values():
    assert bounds(dose_of(statement(BETAMETHASONE, START, dose=6))) == (Fraction(40), Fraction(50))


def test_deflazacort_is_not_converted():
    reading = dose_of(statement(DEFLAZACORT, START, dose=6))
    assert (bounds(reading), reading.reason) == ((None, None), Reason.NEEDS_CLINICIAN)


def test_an_unconvertible_one_beside_prednisone_leaves_a_lower_bound():
    reading = dose_of(on(40), statement(DEFLAZACORT, START, dose=6))
    assert bounds(reading) == (Fraction(40), None)
    assert compare("at_most", Decimal(30), reading) is Truth.FALSE


@pytest.mark.parametrize(
    ("read", "per_day"),
    [
        (dosage(10, times=2), "20"),
        (dosage(10, times=1, period="2"), "5"),
        (dosage(10, times=3, period="1", period_unit="wk"), Fraction(30, 7)),
        (dosage(10, times=1, period="12", period_unit="h"), "20"),
        (dosage("0.01", unit="g"), "10"),
        (dosage(5000, unit="ug"), "5"),
    ],
)
def test_frequencies_and_units(read, per_day):
    assert bounds(dose_of(statement(PREDNISONE, START, dose=read))) == exactly(per_day)


@pytest.mark.parametrize(("code", "per_day"), [("BID", 20), ("QD", 10), ("QOD", 5), ("TID", 30), ("QID", 40)])
def test_timing_abbreviations(code, per_day):
    coded = Dosage(
        dose_and_rate=dosage(10).dose_and_rate,
        timing=Timing(code=CodeableConcept(coding=(Coding(code=code),))),
    )
    assert bounds(dose_of(statement(PREDNISONE, START, dose=coded))) == exactly(per_day)


def test_a_frequency_or_amount_range_is_an_interval():
    low, high = Quantity(value=Decimal(5), unit="mg"), Quantity(value=Decimal(10), unit="mg")
    ranged = Dosage(
        dose_and_rate=(DoseAndRate(dose_range=Range(low=low, high=high)),), timing=dosage(1).timing
    )
    assert bounds(dose_of(statement(PREDNISONE, START, dose=ranged))) == (Fraction(5), Fraction(10))
    often = Timing(repeat=Repeat(frequency=1, frequency_max=2, period=Decimal(1), period_unit="d"))
    read = Dosage(dose_and_rate=dosage(10).dose_and_rate, timing=often)
    assert bounds(dose_of(statement(PREDNISONE, START, dose=read))) == (Fraction(10), Fraction(20))


def test_tablets_of_a_product_with_a_known_strength():
    tablets = dosage(2, unit="{tbl}")
    assert bounds(dose_of(statement("312615", START, dose=tablets))) == exactly(40)  # 20 MG Oral Tablet
    assert dose_of(statement(PREDNISONE, START, dose=tablets)).reason is Reason.UNUSABLE


@pytest.mark.parametrize(
    ("text", "per_day"),
    [
        ("Take 10 mg by mouth daily", "10"),
        ("20 mg po bid", "40"),
        ("10 mg every other day.", "5"),
        ("10 mg 每日一次", "10"),
    ],
)
def test_a_plain_sentence_is_read_and_noted(text, per_day):
    reading = dose_of(statement(PREDNISONE, START, dose=Dosage(text=text)))
    assert bounds(reading) == exactly(per_day)
    assert text in reading.notes[0]


@pytest.mark.parametrize(
    "read",
    [
        Dosage(text="10 mg daily as needed"),
        Dosage(text="taper from 40 mg by 5 mg a week"),
        Dosage(text="5-10 mg daily"),
        Dosage(text="10 mg daily for 5 days"),
        Dosage(text="as directed"),
        dosage(10, as_needed_boolean=True),
        dosage(10, text="10 mg daily, then reduce by 2.5 mg every week"),
        dosage(10, unit=None),
        dosage(10, unit="mL"),
        dosage(10, times=None),
    ],
)
def test_what_is_not_said_for_certain_is_unusable(read):
    reading = dose_of(statement(PREDNISONE, START, dose=read))
    assert (bounds(reading), reading.reason) == ((None, None), Reason.UNUSABLE)
    assert reading.evidence


def test_no_dose_on_record():
    assert dose_of(statement(PREDNISONE, START)).reason is Reason.UNUSABLE


def test_two_glucocorticoids_add_up():
    assert bounds(dose_of(on(10), statement(METHYLPREDNISOLONE, START, dose=8))) == exactly(20)


def test_the_same_dose_ordered_and_reported_is_one_therapy():
    reading = dose_of(
        on(20), order(PREDNISONE, "2026-01-04", dose=20), dispensed(PREDNISONE, "2026-10-20", "30")
    )
    assert (bounds(reading), reading.reason) == (exactly(20), None)


def test_different_doses_of_one_drug_conflict_only_where_the_limit_lies_between():
    reading = dose_of(on(20), order(PREDNISONE, "2026-10-20", dose=40))
    assert (bounds(reading), reading.reason) == ((Fraction(20), Fraction(40)), Reason.CONFLICTING)
    assert compare("at_most", Decimal(30), reading) is Truth.UNKNOWN
    assert compare("at_most", Decimal(40), reading) is Truth.TRUE


def test_two_orders_may_be_two_parts_of_the_day():
    reading = dose_of(order(PREDNISONE, START, dose=20), order(PREDNISONE, START, dose=15))
    assert bounds(reading) == (Fraction(15), Fraction(35))


def test_an_order_alone_gives_the_dose_with_a_note():
    reading = dose_of(order(PREDNISONE, START, dose=20))
    assert bounds(reading) == exactly(20)
    assert "as ordered" in reading.notes[0]


def test_morning_and_evening_in_one_sequence_add_up():
    parts = (dosage(10, sequence=1), dosage(5, sequence=1))
    assert bounds(dose_of(statement(PREDNISONE, START, dose=parts))) == exactly(15)


def test_the_step_of_a_taper_that_covers_today():
    steps = (
        dosage(40, sequence=1, bounds=Period(start="2026-10-01", end="2026-10-20")),
        dosage(30, sequence=2, bounds=Period(start="2026-10-21", end="2026-11-10")),
        dosage(20, sequence=3, bounds=Period(start="2026-11-11", end="2026-11-30")),
    )
    assert bounds(dose_of(statement(PREDNISONE, START, dose=steps))) == exactly(30)


def test_a_taper_without_dates_lies_between_its_steps():
    steps = (dosage(40, sequence=1), dosage(20, sequence=2))
    assert bounds(dose_of(statement(PREDNISONE, START, dose=steps))) == (Fraction(20), Fraction(40))


def test_an_intravenous_pulse_is_not_part_of_the_daily_dose():
    pulse = given(METHYLPREDNISOLONE, "2026-10-31", amount=500, route="Intravenous route")
    reading = dose_of(on(20), pulse)
    assert bounds(reading) == exactly(20)
    assert "500 mg" in reading.notes[0]


def test_a_cream_is_not_counted():
    assert bounds(dose_of(on(20), statement("5492", START, dose=dosage(10, route="topical")))) == exactly(20)


def test_a_name_alone_leaves_the_sum_open():
    reading = dose_of(on(20), statement(None, START, named=rx(text="dexamethasone"), dose=1))
    assert (bounds(reading), reading.reason) == ((Fraction(20), None), Reason.NEEDS_CLINICIAN)


def test_a_name_that_repeats_a_coded_record_adds_nothing():
    named = statement(None, START, named=rx(text="prednisone"), dose=20)
    assert bounds(dose_of(on(20), named)) == exactly(20)


def test_doses_given_on_the_last_whole_day_add_up():
    doses = [given(PREDNISONE, f"2026-10-31T{hour}:00:00Z", amount=10, route="oral") for hour in ("08", "20")]
    this_morning = given(PREDNISONE, "2026-11-01T08:00:00Z", amount=10, route="oral")
    assert bounds(dose_of(*doses, this_morning)) == exactly(20)


def test_none_now_is_no_amount():
    reading = dose_of(statement(PREDNISONE, "2025-01-01", "2025-06-01", status="completed", dose=20))
    assert bounds(reading) == (None, None)


# mg/kg


def test_per_kilogram_with_the_weight_nearest_today():
    entries = on(30), weight(50, "2025-12-01"), weight(60, "2026-10-20")
    reading = dose_of(*entries, unit="mg/kg/day")
    assert bounds(reading) == (Fraction(1, 2), Fraction(1, 2))
    assert reading.evidence[-1].date == "2026-10-20"


def test_pounds_are_converted_exactly():
    reading = dose_of(on(30), weight(100, unit="[lb_av]"), unit="mg/kg/day")
    assert reading.low == 30 / Fraction("45.359237")


@pytest.mark.parametrize("weights", [(), (weight(60, "2025-10-20"),)])
def test_without_a_weight_of_the_last_year_it_is_unknown(weights):
    reading = dose_of(on(30), *weights, unit="mg/kg/day")
    assert (bounds(reading), reading.reason) == ((None, None), Reason.MISSING_DATA)
    assert reading.needs[0].loinc == "29463-7"


# held for a time


def held(*entries, unit="mg/day"):
    return dose_of(*entries, unit=unit, for_at_least="3 months")


@pytest.mark.parametrize(
    ("start", "end", "low"),
    [("2026-01-01", "2026-04-01", Fraction(60)), ("2026-01-01", "2026-03-31", None)],
)
def test_held_for_three_months_to_the_day(start, end, low):
    reading = held(statement(PREDNISONE, start, end, status="completed", dose=60))
    assert bounds(reading) == (low, None)


def test_the_lowest_dose_of_the_stretch_counts():
    reading = held(
        statement(PREDNISONE, "2026-01-01", "2026-02-15", status="completed", dose=80),
        statement(PREDNISONE, "2026-02-16", "2026-05-01", status="completed", dose=50),
    )
    assert bounds(reading) == (Fraction(50), None)


def test_a_gap_breaks_the_stretch():
    reading = held(
        statement(PREDNISONE, "2026-01-01", "2026-02-15", status="completed", dose=60),
        statement(PREDNISONE, "2026-02-18", "2026-05-01", status="completed", dose=60),
    )
    assert (bounds(reading), reading.reason) == ((None, None), Reason.NEEDS_CLINICIAN)


def test_two_records_of_one_time_count_once_by_the_smaller_dose():
    entries = (
        statement(PREDNISONE, "2026-01-01", "2026-06-01", status="completed", dose=60),
        statement(PREDNISONE, "2026-01-01", "2026-06-01", status="completed", dose=40),
        statement(METHYLPREDNISOLONE, "2026-01-01", "2026-06-01", status="completed", dose=8),
    )
    assert bounds(held(*entries)) == (Fraction(50), None)


def test_an_order_shows_no_intake():
    assert bounds(held(order(PREDNISONE, "2026-01-01", dose=60))) == (None, None)


def test_partial_dates_count_from_the_latest_start_to_the_earliest_end():
    short = statement(PREDNISONE, "2026-01", "2026-04", status="completed", dose=60)
    assert bounds(held(short)) == (None, None)
    enough = statement(PREDNISONE, "2026-01", "2026-05", status="completed", dose=60)
    assert bounds(held(enough)) == (Fraction(60), None)


def test_held_per_kilogram_by_the_heaviest_weight_of_that_time():
    entries = statement(PREDNISONE, "2026-06-01", dose=60), weight(60, "2026-10-01"), weight(50, "2026-06-01")
    reading = held(*entries, unit="mg/kg/day")
    assert bounds(reading) == (Fraction(1), None)
    assert compare("at_least", Decimal(1), reading) is Truth.TRUE


def test_orders_that_could_not_be_had_may_hold_more():
    chart = chart_of(statement(PREDNISONE, START, dose=20), asked={"MedicationRequest": Asked.FAILED})
    reading = chart.answer(GlucocorticoidDose(glucocorticoid_dose="mg/day"))
    assert (reading.low, reading.high, reading.reason) == (Fraction(20), None, Reason.MISSING_DATA)
