"""Diagnoses: roles, statuses, windows and what several records say together."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from coded_charts import CM, GILBERT, MI, MYOCARDITIS, SCT, SLE, SSC, WHO, chart, codes, condition, plain

from cds_service.features.diagnoses import Diagnosis
from cds_service.features.question import Reason
from cds_service.fhir.record import Asked
from cds_service.fhir.resources import Period, Quantity
from cds_service.kleene import Truth

EPILEPSY = "84757009"

TRUE, FALSE, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


def read(*conditions, diagnosis=("sle",), asked=None, born="1980-05-05", **options):
    return Diagnosis(diagnosis=diagnosis, **options).read(
        chart(conditions=conditions, asked=asked, born=born)
    )


def mi(onset=None, **more):
    return condition(MI, onset_date_time=onset, **more)


@pytest.mark.parametrize(
    ("code", "system", "truth", "reason"),
    [
        (SLE, SCT, TRUE, None),
        ("M32.14", CM, TRUE, None),
        ("M32.900x001", WHO, TRUE, None),
        ("200936003", SCT, UNKNOWN, Reason.NEEDS_CLINICIAN),  # "lupus erythematosus": relevant, to confirm
        ("M32.0", CM, UNKNOWN, Reason.NOTHING_ON_RECORD),  # drug-induced: a look-alike
        ("E11.9", CM, UNKNOWN, Reason.NOTHING_ON_RECORD),
    ],
)
def test_by_code(code, system, truth, reason):
    reading = read(condition(code, system))
    assert (reading.truth, reading.reason) == (truth, reason)


def test_the_evidence_is_the_record_itself():
    reading = read(condition(text="Systemic lupus", onset_date_time="2019-03"))
    assert reading.said == "Systemic lupus (active), onset 2019-03"
    (evidence,) = reading.evidence
    assert (evidence.reference, evidence.code, evidence.value, evidence.date) == (
        "Condition/c1",
        SLE,
        "Systemic lupus",
        "2019-03",
    )


def test_words_only_are_for_the_clinician():
    reading = read(condition(None, text="SLE"))
    assert (reading.truth, reading.reason) == (UNKNOWN, Reason.NEEDS_CLINICIAN)
    assert "named in words only" in reading.said


def test_words_against_the_code_are_said():
    reading = read(condition(text="Family history of lupus"))
    assert (reading.truth, reading.reason) == (UNKNOWN, Reason.NEEDS_CLINICIAN)
    assert "its own words question it" in reading.said


@pytest.mark.parametrize(
    ("asked", "reason", "lost"),
    [
        ({"Condition": Asked.ANSWERED}, Reason.NOTHING_ON_RECORD, False),
        ({"Condition": Asked.FAILED}, Reason.MISSING_DATA, True),
        ({}, Reason.MISSING_DATA, False),
    ],
)
def test_nothing_found(asked, reason, lost):
    reading = read(asked=asked)
    assert (reading.truth, reading.reason, reading.lost) == (UNKNOWN, reason, lost)


@pytest.mark.parametrize(
    ("verified", "options", "truth", "reason"),
    [
        ("confirmed", {}, TRUE, None),
        (None, {}, TRUE, None),
        ("unconfirmed", {}, UNKNOWN, Reason.NEEDS_CLINICIAN),
        ("provisional", {}, UNKNOWN, Reason.NEEDS_CLINICIAN),
        ("differential", {}, UNKNOWN, Reason.NEEDS_CLINICIAN),
        ("nonsense", {}, UNKNOWN, Reason.NEEDS_CLINICIAN),
        ("refuted", {}, FALSE, None),
        ("entered-in-error", {}, UNKNOWN, Reason.NOTHING_ON_RECORD),
        ("provisional", {"suspected": "counts"}, TRUE, None),
        ("refuted", {"suspected": "counts"}, FALSE, None),
        ("provisional", {"only": "confirmed"}, UNKNOWN, Reason.NOTHING_ON_RECORD),
        ("confirmed", {"only": "confirmed"}, TRUE, None),
        (None, {"only": "confirmed"}, TRUE, None),
    ],
)
def test_verification_status(verified, options, truth, reason):
    reading = read(condition(verified=verified), **options)
    assert (reading.truth, reading.reason) == (truth, reason)


def test_a_refuted_record_denies_one_disease_and_not_a_whole_group():
    assert read(condition(verified="refuted")).truth is FALSE
    reading = read(condition("C50.9", CM, verified="refuted"), diagnosis=("malignancy",))
    assert (reading.truth, reading.reason) == (UNKNOWN, Reason.NOTHING_ON_RECORD)
    assert read(condition(verified="refuted"), diagnosis=("sle", "ssc")).truth is UNKNOWN
    both = (condition(verified="refuted"), condition(SSC, verified="refuted", name="c2"))
    assert read(*both, diagnosis=("sle", "ssc")).truth is FALSE


@pytest.mark.parametrize(
    ("denied_on", "said_on", "truth", "reason"),
    [
        ("2020-01-01", "2021-01-01", TRUE, None),
        ("2021-01-01", "2020-01-01", UNKNOWN, Reason.CONFLICTING),
        ("2021-01-01", "2021-01-01", UNKNOWN, Reason.CONFLICTING),
        ("2021", "2021-06-01", UNKNOWN, Reason.CONFLICTING),
        (None, "2021-01-01", UNKNOWN, Reason.CONFLICTING),
    ],
)
def test_confirmed_and_refuted_at_once(denied_on, said_on, truth, reason):
    reading = read(
        condition(verified="refuted", recorded_date=denied_on, name="no"),
        condition(recorded_date=said_on, name="yes"),
    )
    assert (reading.truth, reading.reason) == (truth, reason)
    if reason:
        assert {item.reference for item in reading.evidence} == {"Condition/no", "Condition/yes"}


def test_another_refuted_cancer_does_not_contradict_this_one():
    breast, lung = condition("C50.9", CM, name="a"), condition("C34.9", CM, verified="refuted", name="b")
    assert read(breast, lung, diagnosis=("malignancy",)).truth is TRUE
    again = condition("C50.9", CM, verified="refuted", name="c")
    assert read(breast, again, diagnosis=("malignancy",)).reason is Reason.CONFLICTING


@pytest.mark.parametrize(
    ("status", "more", "truth"),
    [
        ("active", {}, TRUE),
        ("recurrence", {}, TRUE),
        ("relapse", {}, TRUE),
        ("inactive", {}, FALSE),
        ("remission", {}, FALSE),
        ("resolved", {}, FALSE),
        (None, {}, UNKNOWN),
        ("odd", {}, UNKNOWN),
        ("active", {"abatement_date_time": "2026-11-01"}, FALSE),
        ("active", {"abatement_date_time": "2026-11-02"}, TRUE),
        ("active", {"abatement_date_time": "2026"}, UNKNOWN),
        ("active", {"abatement_string": "last spring"}, UNKNOWN),
        (None, {"abatement_date_time": "2020"}, FALSE),
        (None, {"abatement_boolean": True}, FALSE),
        (None, {"abatement_boolean": False}, UNKNOWN),
        (None, {"abatement_age": Quantity(value=Decimal(30), code="a")}, FALSE),
    ],
)
def test_current(status, more, truth):
    reading = read(condition(EPILEPSY, status=status, **more), diagnosis=("epilepsy",), status="current")
    assert reading.truth is truth
    assert reading.reason is (Reason.NEEDS_CLINICIAN if truth is UNKNOWN else None)
    assert reading.evidence
    if truth is FALSE:
        assert any("past" in note for note in reading.notes)


def test_ever_does_not_care_for_the_clinical_status():
    for status in ("active", "resolved", None):
        assert read(condition(status=status)).truth is TRUE


def test_a_history_code_is_past_however_active_its_entry():
    old = condition("Z86.711", CM, status="active")
    assert read(old, diagnosis=("pe",)).truth is TRUE
    assert read(old, diagnosis=("pe",), status="current").truth is UNKNOWN


def test_one_infection_that_is_over_says_nothing_of_another():
    reading = read(condition(MYOCARDITIS, status="resolved"), diagnosis=("myocarditis",), status="current")
    assert (reading.truth, reading.reason) == (UNKNOWN, Reason.NOTHING_ON_RECORD)
    assert reading.notes


@pytest.mark.parametrize(
    ("onset", "truth"),
    [
        ("2026-11-01", TRUE),
        ("2026-05-01", TRUE),  # the boundary day is within
        ("2026-04-30", FALSE),
        ("2026-05", TRUE),
        ("2026", UNKNOWN),
        ("2026-04", FALSE),
        ("2025", FALSE),
        ("soon", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_within_six_months_by_onset(onset, truth):
    reading = read(mi(onset), diagnosis=("acute_mi",), within="6 months")
    assert reading.truth is truth
    assert reading.reason is (Reason.NEEDS_CLINICIAN if truth is UNKNOWN else None)
    assert [item.reference for item in reading.evidence] == ["Condition/c1"]


def test_weeks_count_days():
    for onset, truth in (("2026-05-17", TRUE), ("2026-05-16", FALSE)):
        assert read(mi(onset), diagnosis=("acute_mi",), within="24 weeks").truth is truth


def test_the_day_of_recording_is_not_the_day_of_the_event():
    reading = read(mi(recorded_date="2026-10-01"), diagnosis=("acute_mi",), within="6 months")
    assert reading.truth is UNKNOWN
    assert "the date of the event is not on record" in reading.said


def test_old_infarction_without_a_date_is_unknown_and_with_one_is_dated():
    def old(onset=None):
        return read(condition("I25.2", CM, onset_date_time=onset), diagnosis=("acute_mi",), within="6 months")

    assert old().truth is UNKNOWN
    assert old("2026-09-01").truth is TRUE
    assert old("2019-09-01").truth is FALSE


@pytest.mark.parametrize(
    ("onset", "until"),
    [("2026-08-01", date(2027, 2, 2)), ("2026-08-31", date(2027, 3, 1)), ("2026-08", date(2027, 3, 1))],
)
def test_until_is_the_first_day_outside_the_window(onset, until):
    assert read(mi(onset), diagnosis=("acute_mi",), within="6 months").until == until


def test_until_where_months_differ_in_length():
    reading = Diagnosis(diagnosis=("acute_mi",), within="6 months").read(
        chart(conditions=(mi("2025-02-28"),), as_of=date(2025, 3, 1))
    )
    assert reading.until == date(2025, 9, 1)  # 31 August less six months is 28 February still


def test_age_at_onset_is_an_interval_from_the_birthday():
    def at(years, unit="a", born="1980-05-05"):
        age = Quantity(value=Decimal(years), code=unit)
        return read(mi(onset_age=age), diagnosis=("acute_mi",), within="6 months", born=born).truth

    assert at(46) is TRUE  # on or after 2026-05-05
    assert at(46, born="1980-04-05") is UNKNOWN  # from 2026-04-05
    assert at(44) is FALSE
    assert at(46, born=None) is UNKNOWN
    assert at(46, unit="%") is UNKNOWN
    assert at("1E+9") is UNKNOWN


def test_onset_as_a_period_or_as_words():
    def of(**more):
        return read(mi(**more), diagnosis=("acute_mi",), within="6 months").truth

    assert of(onset_period=Period(start="2026-06-01", end="2026-07-01")) is TRUE
    assert of(onset_period=Period(start="2026-01-01", end="2026-07-01")) is UNKNOWN
    assert of(onset_string="last summer") is UNKNOWN


@pytest.mark.parametrize(
    ("status", "onset", "ended", "truth"),
    [
        ("active", "2010", None, TRUE),
        ("resolved", "2010-01-01", "2021-11-01", TRUE),  # the boundary day
        ("resolved", "2010-01-01", "2021-10-31", FALSE),
        ("resolved", "2010-01-01", "2021", UNKNOWN),
        ("resolved", None, "2025-01-01", TRUE),
        ("resolved", "2010-01-01", None, UNKNOWN),  # when it ended is not known
        ("resolved", "2024-01-01", None, TRUE),
        (None, "2010-01-01", None, UNKNOWN),
        (None, "2024-01-01", None, TRUE),
        ("resolved", None, None, UNKNOWN),
    ],
)
def test_presence_within_five_years(status, onset, ended, truth):
    cancer = condition("C50.9", CM, status=status, onset_date_time=onset, abatement_date_time=ended)
    reading = read(cancer, diagnosis=("malignancy",), within="5 years", by="presence")
    assert reading.truth is truth


def test_presence_ends_with_its_end():
    cancer = condition(
        "C50.9", CM, status="resolved", onset_date_time="2010", abatement_date_time="2024-01-01"
    )
    reading = read(cancer, diagnosis=("malignancy",), within="5 years", by="presence")
    assert reading.until == date(2029, 1, 2)
    assert (
        read(condition("C50.9", CM), diagnosis=("malignancy",), within="5 years", by="presence").until is None
    )


@pytest.mark.parametrize(
    ("code", "truth", "reason"),
    [
        ("C83.30", UNKNOWN, Reason.NOTHING_ON_RECORD),  # diffuse large B-cell: allowed
        ("C81.90", UNKNOWN, Reason.NEEDS_CLINICIAN),  # Hodgkin: may be meant or not
        ("Z85.72", UNKNOWN, Reason.NEEDS_CLINICIAN),  # a lymphoma once, lineage unknown
        ("C84.40", UNKNOWN, Reason.NEEDS_CLINICIAN),  # T-cell
        ("C50.9", TRUE, None),
    ],
)
def test_except(code, truth, reason):
    reading = read(
        condition(code, CM), diagnosis=("malignancy", "history_malignancy"), except_=("b_cell_lymphoma",)
    )
    assert (reading.truth, reading.reason) == (truth, reason)


def test_what_is_excepted_is_named_in_a_note():
    reading = read(
        condition("C83.30", CM, text="DLBCL"), diagnosis=("malignancy",), except_=("b_cell_lymphoma",)
    )
    assert any("DLBCL" in note and "does not count" in note for note in reading.notes)


def test_a_damaged_record_never_decides():
    for verified in ("confirmed", "refuted"):
        reading = read(condition(verified=verified, damaged=("verificationStatus",)))
        assert (reading.truth, reading.reason) == (UNKNOWN, Reason.UNUSABLE)
    assert read(condition(damaged=("stage",)), condition(name="c2")).truth is TRUE


def test_one_old_disease_says_nothing_of_another():
    reading = read(mi("2015-01-01"), diagnosis=("acute_mi", "unstable_angina"), within="6 months")
    assert (reading.truth, reading.reason) == (UNKNOWN, Reason.NOTHING_ON_RECORD)
    assert "2015-01-01" in reading.said
    assert reading.evidence
    angina = condition("I20.0", CM, onset_date_time="2014", name="c2")
    assert (
        read(mi("2015-01-01"), angina, diagnosis=("acute_mi", "unstable_angina"), within="6 months").truth
        is FALSE
    )
    assert (
        read(mi("2026-10-01"), angina, diagnosis=("acute_mi", "unstable_angina"), within="6 months").truth
        is TRUE
    )


def test_a_doubtful_record_outweighs_a_known_old_one():
    reading = read(mi("2015-01-01"), mi(name="c2"), diagnosis=("acute_mi",), within="6 months")
    assert (reading.truth, reading.reason) == (UNKNOWN, Reason.NEEDS_CLINICIAN)


def test_a_doubtful_old_record_is_no_ground_for_false():
    reading = read(mi("2015-01-01", verified="provisional"), diagnosis=("acute_mi",), within="6 months")
    assert (reading.truth, reading.reason) == (UNKNOWN, Reason.NOTHING_ON_RECORD)


def test_coded_once_as_an_encounter_diagnosis_is_noted():
    once = condition(category=(plain("encounter-diagnosis"),), recorded_date="2026-01-01")
    twice = condition(category=(plain("encounter-diagnosis"),), recorded_date="2026-02-01", name="c2")
    listed = condition(category=(plain("problem-list-item"),), recorded_date="2026-01-01")
    assert any("Coded once" in note for note in read(once).notes)
    assert read(once).truth is TRUE
    assert not read(once, twice).notes
    assert not read(listed).notes


@pytest.mark.parametrize(("onset", "found"), [("1990-01-01", True), ("2020-01-01", False), (None, True)])
def test_dermatomyositis_begun_in_adult_life_is_not_juvenile(onset, found):
    reading = read(condition("M33.10", CM, onset_date_time=onset), diagnosis=("jdm",))
    assert (reading.reason is Reason.NEEDS_CLINICIAN) is found


def test_gilbert_must_be_confirmed_where_the_rule_says_so():
    gilbert = condition(GILBERT, verified="unconfirmed")
    reading = read(gilbert, diagnosis=("gilbert",), only="confirmed")
    assert reading.reason is Reason.NOTHING_ON_RECORD
    assert any("unconfirmed" in note for note in reading.notes)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"diagnosis": ("lupus",)}, "lupus"),
        ({"except_": ("bcl",)}, "bcl"),
        ({"diagnosis": ()}, "at least one"),
        ({"within": "half a year"}, "half a year"),
        ({"status": "now"}, "now"),
        ({"by": "presence"}, "within"),
        ({"by": "recording"}, "recording"),
        ({"only": "confirmed", "suspected": "counts"}, "contradict"),
    ],
)
def test_what_an_author_gets_wrong(options, word):
    faults = list(Diagnosis(**{"diagnosis": ("sle",), **options}).check(chart().concepts))
    assert any(word in fault for fault in faults)


def test_a_sound_question_has_no_faults():
    question = Diagnosis(diagnosis=("sle",), within="6 months", by="presence", except_=("jdm",))
    assert list(question.check(chart().concepts)) == []
    assert set(codes().concepts) >= {"sle", "jdm"}
