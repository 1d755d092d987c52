"""Diseases and procedures: each window on its boundary day, and what a record does not prove."""

import pytest
from charts_by_hand import (
    ALP,
    ALT,
    AST,
    CPT,
    ICD_10_CM,
    IM19,
    SNOMED,
    ULTRA_FAST,
    bundle,
    condition,
    lupus,
    outcome,
    procedure,
    result,
    trial_of,
    verdict,
    words,
)

YES, NO, OPEN = "satisfied", "failed", "unknown"
CANCER = "C50.911"
JOINT = "609588000"  # total knee replacement


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2026-05-17", NO),  # 24 weeks ago to the day
        ("2026-05-16", OPEN),
        ("2026-11-01", NO),
        ("2026-05", OPEN),
        ("2026-11-02", OPEN),  # tomorrow: not yet an event
    ],
)
def test_joint_surgery_within_24_weeks(http, on, expected):
    assert outcome(http, IM19, "E4a", procedure(JOINT, on)) == expected
    assert outcome(http, IM19, "E4a", procedure("27447", on, CPT)) == expected


@pytest.mark.parametrize("status", ["not-done", "entered-in-error", "preparation"])
def test_surgery_that_was_not_done(http, status):
    assert outcome(http, IM19, "E4a", procedure(JOINT, "2026-10-01", status=status)) == OPEN


@pytest.mark.parametrize(
    ("event", "criterion"),
    [
        (lambda day: condition("I21.4", clinical="resolved", onsetDateTime=day), "E8"),
        (lambda day: condition("22298006", SNOMED, clinical="resolved", onsetDateTime=day), "E8"),
        (lambda day: condition("I20.0", clinical="resolved", onsetDateTime=day), "E8"),
        (lambda day: procedure("415070008", day), "E8"),
        (lambda day: procedure("92928", day, CPT), "E8"),
        (lambda day: condition("I82.401", clinical="resolved", onsetDateTime=day), "E9"),
        (lambda day: condition("I26.99", clinical="resolved", onsetDateTime=day), "E9"),
    ],
)
def test_heart_and_clots_within_six_months(http, event, criterion):
    assert outcome(http, IM19, criterion, event("2026-05-01")) == NO  # six months ago to the day
    assert outcome(http, IM19, criterion, event("2026-05")) == NO
    assert outcome(http, IM19, criterion, event("2026-04-30")) == OPEN
    assert outcome(http, IM19, criterion, event("2026")) == OPEN


@pytest.mark.parametrize(
    "entry",
    [
        condition("I25.2", onsetDateTime=None, recordedDate="2026-10-01"),  # an old infarction, of no date
        condition("22298006", SNOMED, onsetDateTime=None, recordedDate="2026-10-01"),
        condition("I21.4", onsetDateTime="2026-10-01", verified="refuted"),
        condition("I10"),
    ],
)
def test_what_does_not_show_a_recent_infarction(http, entry):
    assert outcome(http, IM19, "E8", entry) == OPEN


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (condition(CANCER), NO),
        (condition(CANCER, clinical="resolved", abatementDateTime="2001"), NO),
        (condition("363346000", SNOMED), NO),
        (condition(CANCER, verified=None), NO),
        (condition("C50.9", "http://hl7.org/fhir/sid/icd-10"), NO),
        (condition("C50.9", "http://fhir.de/CodeSystem/bfarm/icd-10-gm"), NO),
        (condition(CANCER, "urn:oid:2.16.840.1.113883.6.90"), NO),
        (condition("Z85.3"), NO),
        (condition("C44.311", clinical="resolved"), NO),  # no exception for a cured basal cell carcinoma
        *(
            (condition(CANCER, verified=each), OPEN)
            for each in ("unconfirmed", "provisional", "differential")
        ),
        (condition(CANCER, verified="refuted"), OPEN),
        (condition(CANCER, verified="entered-in-error"), OPEN),
        (condition(CANCER, subject={"reference": "Patient/other"}), OPEN),
        (condition("Z80.3"), OPEN),  # a family history
        (condition("D05.10"), OPEN),
        (condition(text="Breast cancer"), OPEN),
        (condition(text="No history of breast cancer"), OPEN),
        *(
            (condition(each), OPEN) for each in ("C83.30", "C82.00", "C81.90", "C91.10")
        ),  # B-cell, or it may be
    ],
)
def test_a_history_of_malignant_tumours(http, entry, expected):
    assert outcome(http, IM19, "E3", entry) == expected


def test_an_allowed_lymphoma_excuses_no_other_tumour(http):
    assert outcome(http, IM19, "E3", condition("C83.30"), condition(CANCER)) == NO


@pytest.mark.parametrize(
    ("criterion", "entry", "expected"),
    [
        ("E2", condition("F10.10", clinical="resolved", abatementDateTime="2026-05-17"), NO),  # 24 weeks
        ("E2", condition("F10.10", clinical="resolved", abatementDateTime="2026-05-16"), YES),
        ("E2", condition("F10.10", onsetDateTime="2019-08-01"), NO),
        ("E2", condition("F10.21"), OPEN),  # in remission
        ("E2", condition("F17.210"), OPEN),  # tobacco
        ("E6a", condition("B20"), NO),
        ("E6a", condition("Z21"), NO),
        ("E6a", condition("86406008", SNOMED), NO),
        ("E6a", condition("R75"), OPEN),
        ("E6b", condition("D80.2"), NO),
        ("E6b", condition("D83.9"), OPEN),
        ("E6d", condition("B18.1"), NO),
        ("E6d", condition("B16.9"), OPEN),  # acute
        ("E6d", words("16933-4", "Positive"), OPEN),  # a core antibody alone
        ("E6d", words("22322-2", "Positive"), OPEN),  # immune
        ("E6e", condition("U07.1", onsetDateTime="2026-10-25"), NO),
        ("E6e", condition("U07.1", clinical="resolved", abatementDateTime="2022-01-20"), OPEN),
        ("E7", condition("A15.0"), NO),
        ("E7", condition("A15.0", clinical="resolved", abatementDateTime="2010"), OPEN),
        ("E7", condition("A15.0", verified="unconfirmed"), OPEN),
        ("E7", condition("Z22.7"), OPEN),  # latent
        ("E7", words("71773-6", "Positive"), OPEN),
        ("E7", condition("J15.9", onsetDateTime="2026-10-28"), NO),
        ("E7", condition("J10.1", onsetDateTime="2026-10-28"), OPEN),  # viral
    ],
)
def test_other_diseases(http, criterion, entry, expected):
    assert outcome(http, IM19, criterion, entry) == expected


@pytest.mark.parametrize(
    ("entry", "expected", "unsure"),
    [
        (lupus(), "possible-match", False),
        (condition("M32.14"), "possible-match", False),
        (condition("M329"), "possible-match", False),
        (condition("M32.9", "urn:oid:2.16.840.1.113883.6.3"), "possible-match", False),
        (condition("M32.900x001", "http://hl7.org/fhir/sid/icd-10"), "possible-match", False),
        (condition("M32.9", "http://fhir.de/CodeSystem/bfarm/icd-10-gm"), "possible-match", False),
        (condition("200936003", SNOMED), "possible-match", True),  # a code that only suggests it
        (lupus(verified="unconfirmed"), "possible-match", True),
        (condition(text="SLE"), "possible-match", True),
        (condition(text="系统性红斑狼疮"), "possible-match", True),
        (lupus(verified="refuted"), "not-relevant", False),
        (lupus(verified="entered-in-error"), "not-relevant", False),
        (lupus(subject={"reference": "Patient/other"}), "not-relevant", False),
        (condition("L93.0"), "not-relevant", False),  # of the skin
        (condition("M32.0"), "not-relevant", False),  # from a drug
        (condition(text="?SLE"), "not-relevant", False),
    ],
)
@pytest.mark.parametrize("trial", [IM19, ULTRA_FAST])
def test_whom_the_trial_concerns(http, trial, entry, expected, unsure):
    found = trial_of(http, trial, bundle(entry))
    assert (found["result"], found["relevance"]["needsClinician"]) == (expected, unsure)


def test_lupus_hepatitis_is_for_a_clinician(http):
    high = [result(ALT, 200, "U/L", uln=40), result(AST, 20, "U/L", uln=40), result(ALP, 80, "U/L", uln=120)]
    entry = verdict(http, IM19, "E10a", *high, condition(text="Lupus hepatitis"))
    assert (entry["outcome"], entry["reason"]) == ("unknown", "needs-clinician")
    entry = verdict(http, IM19, "E10a", *high, condition("K75.4", ICD_10_CM))
    assert entry["outcome"] == "failed"
    assert "SLE hepatitis" in entry["explanation"]


@pytest.mark.parametrize(
    ("trial", "criterion"),
    [
        *((IM19, each) for each in ("I1", "I9", "E1", "E6c", "E13")),
        *((ULTRA_FAST, each) for each in ("I5", "I6b", "I7", "I4e", "E*")),
    ],
)
def test_what_no_record_answers_is_always_asked(http, trial, criterion):
    entry = verdict(http, trial, criterion)
    assert (entry["outcome"], entry["reason"]) == ("unknown", "needs-clinician")
