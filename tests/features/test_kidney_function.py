from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from lab_charts import lab, read, verdict

from cds_service.features.bounds import Bounds
from cds_service.features.creatinine_clearance import CreatinineClearance, cockcroft_gault
from cds_service.features.egfr import Egfr, ckd_epi_2021, schwartz
from cds_service.features.question import Reason
from cds_service.kleene import Truth

T, U, F = Truth.TRUE, Truth.UNKNOWN, Truth.FALSE
PER_BSA = "mL/min/{1.73_m2}"
EGFR = Egfr(at_least="30")
CLEARANCE = CreatinineClearance(at_least="30")


def exactly(value):
    return Bounds(Fraction(value), Fraction(value))


def near(found, expected):
    """Within one of the last digit printed: the sources round or cut."""
    return abs(found - Fraction(expected)) <= Fraction(1, 10 ** len(expected.partition(".")[2]))


def scr(mg, when="2026-10-20", **more):
    return lab("2160-0", mg, "mg/dL", when, **more)


def height(cm, when="2026-10-01"):
    return lab("8302-2", cm, "cm", when)


def weight(kg, when="2026-10-01"):
    return lab("29463-7", kg, "kg", when)


@pytest.mark.parametrize(
    ("mg", "age", "sex", "expected"),
    [
        ("1.7", 81, "male", "39.99991"),
        ("1.2", 55, "male", "71.418"),
        ("1.4", 60, "male", "57.539"),
        ("0.7", 30, "female", "119.245"),
        ("0.9", 30, "male", "117.831"),
        ("0.5", 25, "female", "133.401"),
        ("2.5", 45, "male", "31.4996"),
        ("2.5", 45, "female", "23.578"),
        ("2.60", 45, "male", "30.051"),
    ],
)
def test_ckd_epi_2021_vectors(mg, age, sex, expected):
    found = ckd_epi_2021(exactly(mg), age, age, sex)
    assert near(found.low, expected)
    assert found.low < found.high < found.low * (1 + Fraction(1, 10**28))


def test_the_true_rate_lies_between_the_ends():
    # at Scr = k both powers are 1, so the rate is a fraction
    true = 142 * Fraction("0.9938") ** 30 * Fraction("1.012")
    found = ckd_epi_2021(exactly("0.7"), 30, 30, "female")
    assert found.low < true < found.high


@pytest.mark.parametrize("sex", ["female", "male"])
@pytest.mark.parametrize("mg", ["0.1", "0.69", "0.7", "0.9", "0.91", "1.5", "1/3", "20", "99.9"])
def test_the_power_is_that_of_the_equation_to_thirty_digits(mg, sex):
    """Computed by another way than the product's, with more digits."""
    k, a = ("0.7", "-0.241") if sex == "female" else ("0.9", "-0.302")
    with localcontext() as context:
        context.prec = 80
        ratio = Decimal(Fraction(mg).numerator) / Fraction(mg).denominator / Decimal(k)
        power = min(ratio, Decimal(1)) ** Decimal(a) * max(ratio, Decimal(1)) ** Decimal("-1.200")
        factor = Decimal("1.012") if sex == "female" else 1
        true = Fraction(142 * power * Decimal("0.9938") ** 44 * factor)
    found = ckd_epi_2021(exactly(mg), 44, 44, sex)
    assert found.low < true < found.high
    assert found.high - found.low < Fraction(1, 10**26)


def test_an_exact_value_and_an_age_in_full_are_computed_once_as_if_twice():
    for mg in map(Fraction, ("0.4", "0.7", "1.23", "7")):
        once, twice = Bounds(mg, mg), Bounds(mg, mg * Fraction(10**9 + 1, 10**9))
        for sex in ("female", "male"):
            assert ckd_epi_2021(once, 40, 40, sex).high == ckd_epi_2021(twice, 40, 40, sex).high
            assert ckd_epi_2021(once, 39, 40, sex).high == ckd_epi_2021(twice, 39, 40, sex).high
            assert ckd_epi_2021(once, 39, 40, sex).low == ckd_epi_2021(once, 40, 40, sex).low
            kg = Bounds(Fraction(70), Fraction(71))
            exact_kg = Bounds(Fraction(71), Fraction(71))
            assert (
                cockcroft_gault(once, kg, 40, 40, sex).high
                == cockcroft_gault(once, exact_kg, 40, 40, sex).high
            )
            assert (
                cockcroft_gault(once, exact_kg, 39, 40, sex).high
                > cockcroft_gault(once, exact_kg, 40, 40, sex).high
            )


@pytest.mark.parametrize(
    ("cm", "mg", "expected"),
    [
        ("101", "0.6", "69.5"),
        ("101", Fraction(640, 884), "57.62"),
        ("120", "1.65", "30.036"),
        ("120", "1.66", "29.855"),
        ("140", "1.93", "29.96"),
    ],
)
def test_bedside_schwartz_vectors(cm, mg, expected):
    found = schwartz(exactly(mg), exactly(cm))
    assert found.low == found.high
    assert near(found.low, expected)


@pytest.mark.parametrize(
    ("age", "kg", "mg", "sex", "expected"),
    [
        (25, "60", "1.0", "female", "81.46"),
        (53, "77.0788", "1.39", "male", "67.00495"),
        (40, "70", "1.2", "male", "81.0"),
        (65, "55", "2.0", "female", "24.3"),
        (50, "80", "2.5", "male", "40.0"),
        (60, "52.5", "1.65", "female", "30.051"),
    ],
)
def test_cockcroft_gault_vectors(age, kg, mg, sex, expected):
    found = cockcroft_gault(exactly(mg), exactly(kg), age, age, sex)
    assert found.low == found.high
    assert near(found.low, expected)


BOY = {"born": "2016-05-01", "gender": "male"}


def test_a_boy_of_ten_years_fails_by_schwartz_where_the_adult_equation_would_pass():
    reading = read(EGFR, scr("1.93"), height("140"), **BOY)
    assert verdict(EGFR, scr("1.93"), height("140"), **BOY) is F
    assert reading.said == (
        "eGFR 29.9585… mL/min/1.73 m2 (bedside Schwartz; creatinine 1.93 mg/dL on 2026-10-20; "
        "height 140 cm on 2026-10-01)"
    )
    assert len(reading.evidence) == 2
    assert ckd_epi_2021(exactly("1.93"), 10, 10, "male").low > 30


@pytest.mark.parametrize(
    ("rate", "unit", "comparator", "truth"),
    [
        ("30", PER_BSA, None, T),
        ("29", PER_BSA, None, F),
        ("60", "mL/min/1.73 m²", ">", T),
        ("90", "mL/min/1.73m2", ">=", T),
        ("15", PER_BSA, "<", F),
        ("30", PER_BSA, ">", T),
        ("90", "mL/min", None, U),
        ("90", None, None, U),
    ],
)
def test_a_reported_rate_of_an_adult(rate, unit, comparator, truth):
    assert verdict(EGFR, lab("98979-8", rate, unit, comparator=comparator)) is truth


def test_a_reported_rate_may_be_a_string():
    assert verdict(EGFR, lab("98979-8", value_string=">60 mL/min/1.73m2")) is T
    assert verdict(EGFR, lab("98979-8", value_string=">60")) is U


def test_the_equation_of_a_reported_rate_is_shown():
    assert "Reported by MDRD" in read(EGFR, lab("77147-7", "45", PER_BSA)).notes
    assert "not stated" in read(EGFR, lab("69405-9", "45", PER_BSA)).notes[-1]


@pytest.mark.parametrize("loinc", ["98979-8", "77147-7", "69405-9", "50210-4"])
def test_an_adult_equation_is_not_used_in_a_child(loinc):
    rate = lab(loinc, "53", PER_BSA)
    assert verdict(EGFR, rate, **BOY) is U
    assert read(EGFR, rate, **BOY).reason is Reason.UNUSABLE
    assert {each.loinc for each in read(EGFR, rate, **BOY).needs} == {"2160-0", "8302-2"}
    reading = read(EGFR, rate, scr("1.93", "2026-09-01"), height("140"), **BOY)
    assert float(reading.low) == pytest.approx(29.96, abs=0.005)
    assert "not used under 18" in reading.notes[-1]


def test_schwartz_is_used_in_a_child_and_not_in_an_adult():
    rate = lab("50384-7", "45", PER_BSA)
    assert verdict(EGFR, rate, **BOY) is T
    assert verdict(EGFR, rate, born="1980-01-01") is U


def test_the_age_on_the_day_of_the_result_chooses_the_equation():
    rate = lab("98979-8", "53", PER_BSA, "2026-10-20")
    assert verdict(EGFR, rate, born="2008-10-20") is T
    assert verdict(EGFR, rate, born="2008-10-21") is U
    assert verdict(EGFR, rate, born="2008") is U
    assert verdict(EGFR, rate, born=None) is U


def test_the_newer_of_reported_and_computed_counts():
    rate = lab("98979-8", "90", PER_BSA, "2026-09-01")
    assert verdict(EGFR, rate, scr("2.5", "2026-10-20")) is F
    assert verdict(EGFR, rate, scr("2.5", "2026-08-20")) is T
    assert verdict(EGFR, rate, scr("2.5", "2026-09-01")) is T
    assert verdict(EGFR, rate, scr("2.5", "2026-10-20", status="preliminary")) is U


def test_a_reported_rate_without_a_unit_gives_way_to_a_creatinine_of_the_day_but_not_to_an_older_one():
    rate = lab("98979-8", "90", None, "2026-10-20")
    assert verdict(EGFR, rate, scr("1.0", "2026-10-20")) is T
    assert verdict(EGFR, rate, scr("1.0", "2026-10-19")) is U


@pytest.mark.parametrize(
    ("loinc", "value", "unit", "truth"),
    [("2160-0", "2.5", "mg/dL", T), ("14682-9", "221", "umol/L", T), ("2160-0", "2.7", "mg/dL", F)],
)
def test_an_adults_rate_is_computed_from_either_unit(loinc, value, unit, truth):
    sample = lab(loinc, value, unit)
    assert verdict(EGFR, sample, born="1981-01-01", gender="male") is truth


@pytest.mark.parametrize("gender", ["other", "unknown", None])
def test_an_adults_rate_needs_the_sex(gender):
    assert verdict(EGFR, scr("0.8"), gender=gender) is U
    assert verdict(EGFR, scr("0.5"), height("140"), born="2016-05-01", gender=gender) is T


@pytest.mark.parametrize(
    ("when", "truth"),
    [("2025-10-20", T), ("2025-10-19", U), ("2026-10-31", T), ("2025", U), (None, U)],
)
def test_a_childs_height_must_be_near_the_creatinine(when, truth):
    assert verdict(EGFR, scr("0.5"), height("140", when), **BOY) is truth


def test_a_height_must_be_near_whatever_day_of_the_month_the_creatinine_is_of():
    month = scr("0.5", "2026-10")
    assert verdict(EGFR, month, height("140", "2025-10-31"), **BOY) is T
    assert verdict(EGFR, month, height("140", "2025-10-30"), **BOY) is U


def test_a_height_that_is_too_old_is_stale():
    reading = read(EGFR, scr("0.5"), height("140", "2020-01-01"), **BOY)
    assert reading.reason is Reason.STALE
    assert reading.needs[0].loinc == "8302-2"


def test_without_a_height_a_child_has_no_rate():
    reading = read(EGFR, scr("0.5"), **BOY)
    assert (reading.low, reading.high, reading.reason) == (None, None, Reason.MISSING_DATA)
    assert reading.needs[0].loinc == "8302-2"


def test_no_equation_is_for_an_infant():
    assert read(EGFR, scr("0.5"), height("60"), born="2026-02-01").reason is Reason.UNUSABLE


@pytest.mark.parametrize(("patient", "loincs"), [({}, {"2160-0"}), (BOY, {"2160-0", "8302-2"})])
def test_nothing_on_record_says_what_to_order(patient, loincs):
    reading = read(EGFR, **patient)
    assert reading.reason is Reason.MISSING_DATA
    assert {need.loinc for need in reading.needs} == loincs


def test_a_creatinine_below_quantification_bounds_the_rate_from_below():
    reading = read(EGFR, scr("0.3", comparator="<"))
    assert reading.high is None
    assert reading.low > 100
    assert reading.low_open
    assert verdict(EGFR, scr("0.3", comparator="<")) is T
    assert verdict(EGFR, scr("9", comparator=">")) is F
    assert verdict(EGFR, scr("1", comparator=">")) is U


def test_the_end_of_a_childs_comparator_is_not_among_the_rates():
    # 0.413 x 150 / 2.065 = 30
    child = scr("2.065", comparator="<"), height("150")
    assert verdict(Egfr(above="30"), *child, **BOY) is T
    assert verdict(Egfr(above="30"), scr("2.065", comparator="<="), height("150"), **BOY) is U


def test_two_creatinines_of_one_day_are_both_allowed_for():
    both = scr("1.0"), scr("6.0")
    assert verdict(EGFR, *both) is U
    assert read(EGFR, *both).reason is Reason.CONFLICTING
    assert verdict(EGFR, scr("1.0"), scr("1.1")) is T


def test_a_year_of_birth_gives_an_interval():
    # 45 or 46 years: 30.05 or 29.86 at 2.6 mg/dL
    reading = read(EGFR, scr("2.60"), born="1980", gender="male")
    assert reading.low < 30 < reading.high
    assert reading.reason is Reason.MISSING_DATA
    assert verdict(EGFR, scr("2.0"), born="1980", gender="male") is T


def test_a_reported_clearance_counts():
    assert verdict(CLEARANCE, lab("35591-7", "30", "mL/min")) is T
    assert verdict(CLEARANCE, lab("35591-7", "29.9", "mL/min")) is F
    assert verdict(CLEARANCE, lab("35591-7", "90", PER_BSA)) is U


def test_egfr_and_measured_clearance_are_not_cockcroft_gault():
    others = lab("98979-8", "90", PER_BSA), lab("2164-2", "90", "mL/min"), lab("33914-3", "90", PER_BSA)
    assert read(CLEARANCE, *others).reason is Reason.MISSING_DATA


@pytest.mark.parametrize(("kg", "truth"), [("52.5", T), ("52.4", F)])
def test_a_clearance_is_computed_from_age_sex_weight_and_creatinine(kg, truth):
    assert verdict(CLEARANCE, scr("1.65"), weight(kg), born="1966-01-01", gender="female") is truth


def test_a_clearance_at_the_boundary_is_exact():
    # (140 - 50) x 60 / (72 x 2.5) = 30
    patient = {"born": "1976-01-01", "gender": "male"}
    assert verdict(CLEARANCE, scr("2.5"), weight("60"), **patient) is T
    assert verdict(CLEARANCE, lab("14682-9", "221", "umol/L"), weight("60"), **patient) is T
    assert verdict(CLEARANCE, lab("14682-9", "221.1", "umol/L"), weight("60"), **patient) is F


def test_the_newer_of_reported_and_computed_clearance_counts():
    patient = {"born": "1976-01-01", "gender": "male"}
    rate = lab("35591-7", "90", "mL/min", "2026-09-01")
    assert verdict(CLEARANCE, rate, scr("2.6", "2026-10-20"), weight("60"), **patient) is F
    assert verdict(CLEARANCE, rate, scr("2.6", "2026-08-20"), weight("60"), **patient) is T


def test_what_a_clearance_lacks_is_said():
    assert {need.loinc for need in read(CLEARANCE).needs} == {"2160-0", "29463-7"}
    assert read(CLEARANCE, scr("1.0")).needs[0].loinc == "29463-7"
    assert read(CLEARANCE, scr("1.0"), weight("60", "2020-01-01")).reason is Reason.STALE
    assert verdict(CLEARANCE, scr("1.0"), weight("60"), gender="unknown") is U
    assert read(CLEARANCE, scr("0.5"), weight("30"), **BOY).reason is Reason.UNUSABLE


def test_obesity_is_noted_where_actual_weight_is_used():
    def noted(kg):
        return any(
            "mass index" in note for note in read(CLEARANCE, scr("1.0"), weight(kg), height("170")).notes
        )

    assert noted("86.7")
    assert not noted("86.6")


def test_units_of_the_question_are_fixed():
    assert list(EGFR.check(None)) == []
    assert list(Egfr(egfr="mL/min").check(None))
    assert list(CLEARANCE.check(None)) == []
    assert list(CreatinineClearance(creatinine_clearance=PER_BSA).check(None))
    assert (EGFR.unit_said(), CLEARANCE.unit_said()) == ("mL/min/1.73 m2", "mL/min")


def test_the_evaluation_date_does_not_change_a_past_rate():
    sample = scr("2.60", "2024-01-01")
    early = read(EGFR, sample, as_of=date(2024, 2, 1))
    assert read(EGFR, sample, as_of=date(2026, 2, 1)).low == early.low
