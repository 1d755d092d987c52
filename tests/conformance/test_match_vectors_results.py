"""Which result counts, in which shapes it comes, and what words and codes say yes or no."""

import pytest
from charts_by_hand import (
    HCG_BLOOD,
    HCG_URINE,
    HIV,
    IM19,
    LOINC,
    PLATELETS,
    SNOMED,
    TERMINOLOGY,
    ULTRA_FAST,
    concept,
    outcome,
    patient,
    procedure,
    result,
    verdict,
    words,
)

YES, NO, OPEN, NOT_ASKED = "satisfied", "failed", "unknown", "n/a"

EARLY, LATE = "2026-10-20T07:00:00Z", "2026-10-20T08:00:00Z"


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        ([(20, "2026-01-01", {}), (120, "2026-10-01", {})], YES),
        ([(120, "2026-01-01", {}), (20, "2026-10-01", {})], NO),
        ([(20, EARLY, {}), (120, LATE, {})], YES),
        ([(20, "2026-10-20T09:00:00+08:00", {}), (120, LATE, {})], YES),
        ([(20, LATE, {}), (21, LATE, {})], NO),  # both below
        ([(20, LATE, {}), (120, LATE, {})], OPEN),
        ([(20, "2026-10-20", {}), (120, LATE, {})], OPEN),  # which came first is not said
        ([(20, LATE, {}), (120, LATE, {"status": "corrected"})], YES),
        ([(120, LATE, {}), (20, LATE, {"status": "amended"})], NO),
        ([(120, EARLY, {}), (20, LATE, {"status": "entered-in-error"})], YES),
        ([(120, EARLY, {}), (20, LATE, {"status": "cancelled"})], YES),
        ([(120, EARLY, {}), (20, LATE, {"status": "preliminary"})], OPEN),
        ([(20, "2026-11-01", {})], NO),  # today
        ([(20, "2026-11-02", {})], OPEN),  # tomorrow
        ([(20, None, {"issued": LATE})], NO),
        ([(20, None, {"effectivePeriod": {"start": "2026-10-20"}})], NO),
        ([(20, None, {"effectiveInstant": LATE})], NO),
        ([(20, "20/10/2026", {})], OPEN),
        ([(20, None, {})], OPEN),
        ([(20, LATE, {"status": "registered"})], OPEN),
        ([(20, LATE, {"status": None})], OPEN),
    ],
)
def test_which_result_counts(http, chart, expected):
    results = [result(PLATELETS, value, "10*3/uL", on, **more) for value, on, more in chart]
    assert outcome(http, IM19, "E11f", *results) == expected


def test_a_newer_result_without_a_unit_is_not_passed_over(http):
    chart = [result(PLATELETS, 120, "10*3/uL", EARLY), result(PLATELETS, 20, None, LATE)]
    assert verdict(http, IM19, "E11f", *chart)["reason"] == "unusable"


def test_results_of_one_moment_that_differ_are_conflicting(http):
    chart = [result(PLATELETS, value, "10*3/uL", LATE) for value in (20, 120)]
    assert verdict(http, IM19, "E11f", *chart)["reason"] == "conflicting"


LOCAL = "urn:oid:1.2.840.114350.1.13.0.1.7.5.737384.1234"


@pytest.mark.parametrize(
    "chart",
    [
        result(
            {
                "coding": [
                    {"system": LOCAL, "code": "PLT", "display": "PLATELET COUNT"},
                    {"system": "urn:oid:2.16.840.1.113883.6.1", "code": PLATELETS},
                ],
                "text": "PLATELET COUNT",
            },
            20,
            "K/uL",
            ucum=False,
        ),
        result(
            "58410-2",
            component=[{"code": concept(PLATELETS), "valueQuantity": {"value": 20, "unit": "10*3/uL"}}],
        ),
        result(
            PLATELETS, valueRange={"low": {"value": 10, "unit": "/nL"}, "high": {"value": 20, "unit": "/nL"}}
        ),
        words(PLATELETS, "20 10*3/uL"),
        result(PLATELETS, 20, "10*3/uL", subject={"reference": "Patient/p/_history/3"}),
        result(PLATELETS, 20, "10*3/uL", subject={"reference": "https://ehr.example/fhir/Patient/p"}),
        result(PLATELETS, 20, "10*3/uL", comparator="<"),
    ],
)
def test_shapes_of_a_low_count(http, chart):
    assert outcome(http, IM19, "E11f", chart) == NO


@pytest.mark.parametrize(
    "chart",
    [
        words(PLATELETS, "clumped"),
        result(PLATELETS, valueInteger=20),
        result({"text": "Platelets"}, 20, "10*3/uL"),
        result(PLATELETS, 20, "10*3/uL", subject={"reference": "Patient/other"}),
        result(PLATELETS, 20, "10*3/uL", subject={"reference": "Group/g"}),
        result(PLATELETS, 30, "10*3/uL", comparator="<"),
    ],
)
def test_shapes_that_say_nothing_certain_of_a_count(http, chart):
    assert outcome(http, IM19, "E11f", chart) == OPEN


def called(code, system=f"{TERMINOLOGY}/v3-ObservationInterpretation"):
    return {"interpretation": [{"coding": [{"system": system, "code": code}]}]}


def coded(system, code, display):
    return {"valueCodeableConcept": {"coding": [{"system": system, "code": code, "display": display}]}}


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        (result(HCG_BLOOD, **coded(SNOMED, "260385009", "Negative")), YES),
        (result(HCG_BLOOD, **coded(SNOMED, "10828004", "Positive")), NO),
        (result(HCG_BLOOD, **coded(LOINC, "LA6577-6", "Negative")), YES),
        (result(HCG_BLOOD, **coded(LOINC, "LA6576-8", "Positive")), NO),
        *(
            (words(HCG_BLOOD, text), YES)
            for text in ("NEGATIVE", "neg.", "Not detected", "non reactive", "阴性", "negativ", "(-)")
        ),
        *((words(HCG_BLOOD, text), NO) for text in ("POS", "阳性", "positiv", "+")),
        *(
            (words(HCG_BLOOD, text), OPEN)
            for text in ("weak positive", "Indeterminate", "Pending", "Not performed", "see note", "NR")
        ),
        (result(HCG_BLOOD, **called("NEG")), YES),
        (result(HCG_BLOOD, **called("POS")), NO),
        (result(HCG_BLOOD, **called("A")), OPEN),  # abnormal is not yet positive
        (words(HCG_BLOOD, "Positive", **called("NEG")), OPEN),
        (words(HCG_BLOOD, "Negative", status="preliminary"), OPEN),
        (result("21198-7", 1, "m[IU]/mL", comparator="<"), YES),
        (result("21198-7", 2, "m[IU]/mL", uln=5), YES),
        (result("21198-7", 5000, "m[IU]/mL", uln=5), NO),
        (words(HCG_URINE, "Negative"), OPEN),  # the trial asks for blood
    ],
)
def test_a_blood_pregnancy_test(http, chart, expected):
    assert outcome(http, IM19, "I7a", chart) == expected


HYSTERECTOMY = procedure("236886002", "2015-01-01")


@pytest.mark.parametrize(
    ("trial", "criterion", "of", "chart", "expected"),
    [
        (IM19, "I7a", patient(gender="male"), [], NOT_ASKED),
        (IM19, "I7b", patient(gender="male"), [], NOT_ASKED),
        (IM19, "I8", patient(gender="male"), [], OPEN),
        (IM19, "I8", patient(gender="female"), [], NOT_ASKED),
        (IM19, "I7a", patient(gender="unknown"), [], OPEN),
        (IM19, "I7a", patient(gender=None), [], OPEN),
        (IM19, "I7a", patient(), [HYSTERECTOMY], NOT_ASKED),
        (ULTRA_FAST, "I6a", patient(gender="male"), [], NOT_ASKED),
        (ULTRA_FAST, "I6a", patient("2018-06-01"), [], NOT_ASKED),  # a girl of eight
        (ULTRA_FAST, "I6a", patient("2016-06-01"), [], OPEN),
        (ULTRA_FAST, "I6a", patient(), [words(HCG_URINE, "Negative")], YES),  # either specimen
        (ULTRA_FAST, "I6a", patient(), [words(HCG_BLOOD, "Negative")], YES),
        (ULTRA_FAST, "I6a", patient(), [words(HCG_URINE, "Positive")], NO),
    ],
)
def test_whom_the_pregnancy_test_concerns(http, trial, criterion, of, chart, expected):
    assert outcome(http, trial, criterion, *chart, of=of) == expected


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        (words(HIV, "Non-Reactive"), YES),
        (words(HIV, "Reactive"), OPEN),  # a screening test, not yet an infection
        (words(HIV, "Non-Reactive", status="preliminary"), OPEN),
        (words("75622-1", "Non-Reactive"), OPEN),  # a set of tests, not a result
    ],
)
def test_hiv_tests(http, chart, expected):
    assert outcome(http, IM19, "E6a", chart) == expected
