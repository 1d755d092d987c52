from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lab_charts import SCORES, chart, code, concepts, lab, quantity, read, verdict

from cds_service.features.bounds import number_said
from cds_service.features.measurements import Lab, Measurement
from cds_service.features.question import Reason
from cds_service.features.scores import Score
from cds_service.fhir.record import Asked
from cds_service.fhir.resources import CodeableConcept, Component, MedicationAdministration, Range
from cds_service.kleene import Truth

T, U, F = Truth.TRUE, Truth.UNKNOWN, Truth.FALSE


@pytest.mark.parametrize(
    ("question", "loinc", "value", "unit", "truth"),
    [
        ({"lab": "platelets", "below": "25", "unit": "10*9/L"}, "777-3", "24.9", "10*3/uL", T),
        ({"lab": "platelets", "below": "25", "unit": "10*9/L"}, "777-3", "25", "K/uL", F),
        ({"lab": "platelets", "below": "25", "unit": "10*9/L"}, "777-3", "24999", "/mm3", T),
        ({"lab": "platelets", "below": "25", "unit": "10*9/L"}, "777-3", "25000", "/uL", F),
        ({"lab": "platelets", "below": "25", "unit": "10*9/L"}, "777-3", "20", "/L", U),
        ({"lab": "platelets", "below": "25", "unit": "10*9/L"}, "777-3", "0", "10*9/L", T),
        ({"lab": "platelets", "below": "25", "unit": "10*9/L"}, "777-3", "1", "/uL", T),
        ({"lab": "hemoglobin", "below": "7.0", "unit": "g/dL"}, "718-7", "69", "g/L", T),
        ({"lab": "hemoglobin", "below": "7.0", "unit": "g/dL"}, "718-7", "70", "g/L", F),
        ({"lab": "hemoglobin", "at_least": "60", "unit": "g/L"}, "718-7", "6.0", "g/dL", T),
        ({"lab": "hemoglobin", "at_least": "60", "unit": "g/L"}, "718-7", "5.9", "g/dL", F),
        ({"lab": "creatinine_serum", "above": "2.5", "unit": "mg/dL"}, "14682-9", "221", "umol/L", F),
        ({"lab": "creatinine_serum", "above": "2.5", "unit": "mg/dL"}, "14682-9", "222", "µmol/L", T),
        ({"lab": "creatinine_serum", "above": "2.5", "unit": "mg/dL"}, "2160-0", "2.5", "mg/dL", F),
        ({"lab": "creatinine_serum", "above": "2.5", "unit": "mg/dL"}, "2160-0", "2.51", "mg/dL", T),
        ({"lab": "iga", "below": "0.07", "unit": "g/L"}, "2458-8", "6.9", "mg/dL", T),
        ({"lab": "cd4_count", "below": "200", "unit": "/uL"}, "24467-3", "0.2", "10*9/L", F),
        ({"measurement": "spo2", "at_least": "92", "unit": "%"}, "59408-5", "92", "%", T),
        ({"measurement": "spo2", "at_least": "92", "unit": "%"}, "59408-5", "0.919", "1", F),
        ({"measurement": "lvef", "at_least": "55", "unit": "%"}, "10230-1", "0.55", "1", T),
        ({"measurement": "body_weight", "at_least": "40", "unit": "kg"}, "29463-7", "88.1", "lbs", F),
        ({"measurement": "body_weight", "at_least": "40", "unit": "kg"}, "29463-7", "88.2", "[lb_av]", T),
        ({"measurement": "body_weight", "at_least": "40", "unit": "kg"}, "29463-7", "40000", "g", T),
        ({"measurement": "mpap", "above": "45", "unit": "mm[Hg]"}, "8414-5", "45", "mmHg", F),
        ({"measurement": "mpap", "above": "45", "unit": "mm[Hg]"}, "8414-5", "46", "mm[Hg]", T),
    ],
)
def test_limits_at_the_boundary(question, loinc, value, unit, truth):
    asked = Lab(**question) if "lab" in question else Measurement(**question)
    assert verdict(asked, lab(loinc, value, unit)) is truth


PLATELETS = Lab(lab="platelets", below="25", unit="10*9/L")


@pytest.mark.parametrize(
    ("comparator", "value", "truth"),
    [
        ("<", "20", T), ("<", "25", T), ("<", "26", U), ("<=", "25", U), ("<=", "24", T),
        (">", "25", F), (">=", "25", F), (">", "24", U), (">=", "24", U),
    ],
)  # fmt: skip
def test_comparators_bound_the_value(comparator, value, truth):
    assert verdict(PLATELETS, lab("777-3", value, "10*9/L", comparator=comparator)) is truth


def test_the_end_of_a_comparator_is_not_among_the_values():
    above = Lab(lab="platelets", above="25", unit="10*9/L")
    assert verdict(above, lab("777-3", "25", "10*9/L", comparator=">")) is T
    assert verdict(above, lab("777-3", "25", "10*9/L", comparator=">=")) is U


def test_a_comparator_that_is_not_known_is_unusable():
    assert read(PLATELETS, lab("777-3", "20", "10*9/L", comparator="ad")).reason is Reason.UNUSABLE


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("20 10*9/L", T), ("<20 K/uL", T), ("≤ 24 10*9/L", T), (">60 10*9/L", F), ("26 10*9/L", F),
        ("20", U), ("about 20 10*9/L", U), ("20-30 10*9/L", U), ("low", U), ("2,5 10*9/L", U),
        ("", U), ("1e1 10*9/L", U),
    ],
)  # fmt: skip
def test_a_string_that_is_a_plain_number_with_its_unit_is_read(text, truth):
    assert verdict(PLATELETS, lab("777-3", value_string=text)) is truth


@pytest.mark.parametrize(
    ("low", "high", "truth"),
    [("10", "20", T), ("20", "30", U), ("25", "30", F), (None, "20", T), ("30", "20", U)],
)
def test_a_range_is_an_interval(low, high, truth):
    ends = [quantity(end, "10*9/L") if end else None for end in (low, high)]
    assert verdict(PLATELETS, lab("777-3", value_range=Range(*ends))) is truth


def test_a_component_is_read():
    part = Component(code=code("777-3"), value_quantity=quantity("20", "10*9/L"))
    assert verdict(PLATELETS, lab("58410-2", component=(part,))) is T


@pytest.mark.parametrize(
    ("loinc", "question", "value", "unit"),
    [
        ("777-3", PLATELETS, "-1", "10*9/L"),
        ("777-3", PLATELETS, "20", None),
        ("777-3", PLATELETS, "20", "furlongs"),
        ("10230-1", Measurement(measurement="lvef", at_least="55", unit="%"), "250", "%"),
        ("10230-1", Measurement(measurement="lvef", at_least="55", unit="%"), "55", "1"),
        ("10230-1", Measurement(measurement="lvef", below="55", unit="%"), "0.55", "%"),
        ("29463-7", Measurement(measurement="body_weight", below="40", unit="kg"), "0", "kg"),
        ("59408-5", Measurement(measurement="spo2", at_least="92", unit="%"), "120", "%"),
        ("19872-1", Measurement(measurement="fvc_pct_pred", at_least="50", unit="%"), "60", "L"),
        ("98130-8", Measurement(measurement="dlco_pct_pred", at_least="1", unit="%"), "15", "mL/min/mm[Hg]"),
    ],
)
def test_what_cannot_be_true_decides_nothing(loinc, question, value, unit):
    reading = read(question, lab(loinc, value, unit))
    assert reading.reason is Reason.UNUSABLE
    assert (reading.low, reading.high) == (None, None)
    assert reading.evidence


def test_absolute_lung_volumes_are_not_percent_of_predicted():
    reading = read(
        Measurement(measurement="fvc_pct_pred", at_least="1", unit="%"), lab("19868-9", "2.4", "L")
    )
    assert reading.reason is Reason.MISSING_DATA


@pytest.mark.parametrize(
    "more",
    [{"value_integer": 20}, {"value_codeable_concept": CodeableConcept(text="20")}, {"value_boolean": True}],
)
def test_a_value_that_is_no_measured_number_is_unusable(more):
    assert read(PLATELETS, lab("777-3", **more)).reason is Reason.UNUSABLE


def test_two_values_at_once_are_unusable():
    assert read(PLATELETS, lab("777-3", "20", "10*9/L", value_string="200 10*9/L")).reason is Reason.UNUSABLE


@pytest.mark.parametrize(("other", "truth"), [("24", T), ("30", U)])
def test_results_of_one_moment_are_all_allowed_for(other, truth):
    results = lab("777-3", "20", "10*9/L"), lab("777-3", other, "10*9/L")
    reading = read(PLATELETS, *results)
    assert verdict(PLATELETS, *results) is truth
    assert reading.reason is Reason.CONFLICTING
    assert (reading.low, reading.high) == (20, int(other))
    assert "20 10*9/L" in reading.notes[0]
    assert other in reading.notes[0]


def test_one_unusable_result_of_the_newest_makes_all_unusable():
    assert verdict(PLATELETS, lab("777-3", "20", "10*9/L"), lab("777-3", "20", "furlongs")) is U


def test_the_value_is_said_as_recorded_with_the_converted_one_in_brackets():
    creatinine = Lab(lab="creatinine_serum", above="2.5", unit="mg/dL")
    said = read(creatinine, lab("14682-9", "221", "umol/L", "2026-10-02")).said
    assert said == "Creatinine 221 umol/L (2.5 mg/dL) on 2026-10-02"
    said = read(PLATELETS, lab("777-3", "118", "10*3/uL", "2026-11-02T08:00:00Z")).said
    assert said == "Platelets 118 10*3/uL on 2026-11-02"


ALT = Lab(lab="alt", at_most="3.0", times="uln")


@pytest.mark.parametrize(("value", "truth"), [("119.9", T), ("120", T), ("120.1", F)])
def test_multiples_of_the_upper_limit_are_exact(value, truth):
    assert verdict(ALT, lab("1742-6", value, "U/L", uln="40")) is truth


def test_a_third_is_a_third():
    assert read(ALT, lab("1742-6", "10", "U/L", uln="30")).low == Fraction(1, 3)


def test_the_multiple_is_said():
    said = read(ALT, lab("1742-6", "120", "U/L", "2026-11-02", uln="40")).said
    assert said == "ALT 120 U/L (3 × ULN 40 U/L) on 2026-11-02"


def test_a_comparator_is_a_bounded_multiple():
    assert verdict(ALT, lab("1742-6", "40", "U/L", comparator="<", uln="40")) is T
    assert verdict(ALT, lab("1742-6", "200", "U/L", comparator=">", uln="40")) is F


@given(st.decimals("0.1", "20", places=2), st.sampled_from(["at_least", "above", "at_most", "below"]))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_creatinine_decides_alike_in_both_units(mg, word):
    limit = {word: "2.5"}
    question = Lab(lab="creatinine_serum", unit="mg/dL", **limit)
    american = verdict(question, lab("2160-0", str(mg), "mg/dL"))
    international = verdict(question, lab("14682-9", str(mg * Decimal("88.4")), "umol/L"))
    assert american is international


@pytest.mark.parametrize(
    ("question", "says"),
    [
        (Lab(lab="platelets", below="25", unit="10*9/L"), None),
        (Lab(lab="alt", at_most="3", times="uln"), None),
        (Lab(lab="inr", at_most="3"), None),
        (Lab(lab="anc", at_least="1", unit="10*9/L", not_within="2 weeks", after=("gcsf",)), None),
        (Lab(lab="plt", below="25", unit="10*9/L"), "Did you mean"),
        (Lab(lab="platelets", below="25"), "unit of the limits is missing"),
        (Lab(lab="platelets", below="25", unit="mg/dL"), "is no unit of platelets"),
        (Lab(lab="alt", at_most="3", times="ULN"), "times: uln"),
        (Lab(lab="alt", at_most="3", times="uln", unit="U/L"), "times: uln"),
        (Lab(lab="hbsag", below="1", unit="%"), "is not a number"),
        (Lab(lab="anc", at_least="1", unit="10*9/L", not_within="2 weeks"), "belong together"),
        (Lab(lab="anc", at_least="1", unit="10*9/L", not_within="14d", after=("gcsf",)), "length of time"),
        (Score(score="sledai-2k", at_least="8"), None),
        (Score(score="sledai", at_least="8"), "Did you mean sledai-2k"),
        (Score(score="alt", at_least="8"), "is not a score"),
    ],
)
def test_author_errors_come_with_their_remedy(question, says):
    errors = list(question.check(concepts()))
    assert (says is None and not errors) or says in errors[0]


def test_the_unit_of_the_limits_is_said():
    assert ALT.unit_said() == "× ULN"
    assert PLATELETS.unit_said() == "10*9/L"


def test_two_criteria_about_one_value_share_one_reading():
    one = chart(lab("777-3", "20", "10*9/L"))
    assert one.answer(PLATELETS) is one.answer(Lab(lab="platelets", at_least="100", unit="10*9/L"))


def score(key, value, unit="{score}", system=SCORES, **more):
    return lab(key, value, unit, code=code(key, system), **more)


@pytest.mark.parametrize(
    ("key", "value", "unit", "expected"),
    [
        ("sledai-2k", "0", "{score}", 0),
        ("sledai-2k", "105", "{score}", 105),
        ("sledai-2k", "106", "{score}", None),
        ("sledai-2k", "-1", "{score}", None),
        ("sledai-2k", "8.5", "{score}", None),
        ("sledai-2k", "8", None, 8),
        ("sledai-2k", "8", "%", None),
        ("mrss", "51", "1", 51),
        ("mrss", "60", "{score}", None),
        ("mmt-8", "150", "{score}", 150),
        ("mmt-8", "151", "{score}", None),
        ("haq-di", "3", "{score}", 3),
        ("haq-di", "3.125", "{score}", None),
        ("phga", "10", "{score}", 10),
        ("phga", "65", "{score}", None),
        ("phga", "20", "mm", 2),
        ("ptga", "101", "mm", None),
        ("extramuscular-activity", "2", "cm", 2),
        ("bilag-2004-a-count", "0", None, 0),
        ("bilag-2004-b-count", "-1", None, None),
    ],
)
def test_scores_lie_in_their_range(key, value, unit, expected):
    reading = read(Score(score=key), score(key, value, unit))
    assert (reading.low, reading.high) == (expected, expected)
    assert (reading.reason is Reason.UNUSABLE) is (expected is None)


@pytest.mark.parametrize(("value", "truth"), [("7", F), ("8", T), ("9", T)])
def test_a_score_at_the_boundary(value, truth):
    assert verdict(Score(score="sledai-2k", at_least="8"), score("sledai-2k", value)) is truth


def test_a_score_may_be_an_integer():
    integer = lab("sledai-2k", code=code("sledai-2k", SCORES), value_integer=8)
    assert verdict(Score(score="sledai-2k", at_least="8"), integer) is T


def test_a_score_of_another_system_or_by_name_alone_does_not_count():
    named = lab("x", "12", "{score}", code=CodeableConcept(text="SLEDAI-2K"))
    elsewhere = score("sledai-2k", "12", system="urn:site:scores")
    assert read(Score(score="sledai-2k"), named, elsewhere).reason is Reason.MISSING_DATA


NEUTROPHILS = Lab(lab="anc", at_least="1", unit="10*9/L", not_within="2 weeks", after=("gcsf",))
FILGRASTIM = "1605066"  # a prefilled syringe, of clinical_drugs.csv
SAMPLE = lab("751-8", "2.0", "10*9/L", "2026-10-20")


def filgrastim(when):
    return MedicationAdministration(
        reference="MedicationAdministration/1",
        status="completed",
        medication_codeable_concept=code(FILGRASTIM, "http://www.nlm.nih.gov/research/umls/rxnorm"),
        effective_date_time=when,
    )


@pytest.mark.parametrize(
    ("given", "truth"),
    [
        ("2026-10-05", T),
        ("2026-10-06", U),  # 14 days before the sample
        ("2026-10-20", U),
        ("2026-10-21", T),
        ("2026-10", U),
        ("2026-09", T),
    ],
)
def test_a_count_soon_after_a_growth_factor_is_unusable(given, truth):
    assert verdict(NEUTROPHILS, SAMPLE, drugs=(filgrastim(given),)) is truth


def test_a_dose_in_the_month_of_the_sample_may_spoil_it():
    sample = lab("751-8", "2.0", "10*9/L", "2026-10")
    assert verdict(NEUTROPHILS, sample, drugs=(filgrastim("2026-10-15"),)) is U
    assert "may have been within" in read(NEUTROPHILS, sample, drugs=(filgrastim("2026-10-15"),)).said
    assert verdict(NEUTROPHILS, sample, drugs=(filgrastim("2026-11-01"),)) is T


def test_the_dose_that_spoils_a_count_is_shown():
    reading = read(NEUTROPHILS, SAMPLE, drugs=(filgrastim("2026-10-10"),))
    assert reading.reason is Reason.UNUSABLE
    assert "was within 2 weeks before the sample" in reading.said
    assert reading.evidence[-1].reference == "MedicationAdministration/1"


def test_without_a_recorded_dose_the_count_stands_with_a_note():
    reading = read(NEUTROPHILS, SAMPLE)
    assert verdict(NEUTROPHILS, SAMPLE) is T
    assert reading.notes == (
        "No dose of a colony-stimulating factor on record in the 2 weeks before the sample",
    )


@pytest.mark.parametrize("asked", [Asked.FAILED, Asked.PARTIAL])
def test_drug_records_that_could_not_be_had_leave_it_open(asked):
    reading = read(NEUTROPHILS, SAMPLE, drugs_asked=asked)
    assert verdict(NEUTROPHILS, SAMPLE, drugs_asked=asked) is U
    assert reading.lost


CK_EVER = Lab(lab="ck", above="1", times="uln", take="highest")


def ck(value, when, **more):
    return lab("2157-6", value, "U/L", when, uln="200", **more)


@pytest.mark.parametrize(
    ("results", "truth"),
    [
        ((ck("900", "2024-01-01"), ck("90", "2026-10-01")), T),
        ((ck("200", "2024-01-01"), ck("90", "2026-10-01")), U),
        ((ck("900", "2024-01-01", status="preliminary"), ck("90", "2026-10-01")), U),
        ((ck("900", "2024-01-01", status="entered-in-error"), ck("90", "2026-10-01")), U),
        ((ck("900", "2024-01-01"), ck("90", "2024-01-01", status="corrected")), U),
        ((lab("2157-6", "900", "U/L", "2024-01-01"), ck("90", "2026-10-01")), U),
        ((ck("200", "2024-01-01", comparator=">"), ck("90", "2026-10-01")), T),
        ((), U),
    ],
)
def test_the_highest_of_all_results_is_a_lower_bound(results, truth):
    assert verdict(CK_EVER, *results) is truth


def test_the_highest_result_is_shown_and_never_bounds_above():
    reading = read(CK_EVER, ck("900", "2024-01-01"), ck("90", "2026-10-01"))
    assert (reading.high, reading.reason) == (None, Reason.NEEDS_CLINICIAN)
    assert [each.date for each in reading.evidence] == ["2024-01-01"]
    assert reading.said.startswith("Highest on record: Creatine kinase 900 U/L (4.5 × ULN 200")


@pytest.mark.parametrize("more", [{"take": "lowest", "above": "1"}, {"take": "highest", "at_most": "1"}])
def test_only_the_highest_can_be_taken_and_only_with_a_lower_limit(more):
    assert any("take" in fault for fault in Lab(lab="ck", times="uln", **more).check(concepts()))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Fraction("119.99") / 40, "2.9997…"),
        (Fraction(120, 40), "3"),
        (Fraction(1, 3), "0.3333…"),
        (Fraction("2.5"), "2.5"),
        (Fraction(221 * 10, 884), "2.5"),
        (Fraction(1, 700000), "0.000001428…"),
        (Fraction(1000001, 3), "333333.6666…"),
    ],
)
def test_a_number_is_cut_and_never_rounded_over_a_limit(value, said):
    assert number_said(value) == said
