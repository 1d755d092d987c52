"""Pregnancy tests by specimen and time; pregnancy now."""

import pytest
from chart_with import chart_with, coded, condition, number, obs

from cds_service.features.pregnancy import PregnancyTest, Pregnant
from cds_service.features.question import Reason
from cds_service.fhir.systems import ICD_10_CM, LOINC
from cds_service.kleene import Truth

URINE, SERUM, QUANT, STATUS = "2106-3", "2118-8", "19080-1", "82810-3"
YES, NO, OPEN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


def ask(chart, specimen, is_="negative", within=None):
    return chart.answer(PregnancyTest(pregnancy_test=specimen, is_=is_, within=within))


def pregnant(*resources, **more):
    return chart_with(*resources, **more).answer(Pregnant())


@pytest.mark.parametrize(
    ("code", "specimen", "truth"),
    [
        (URINE, "urine", YES),
        (URINE, "blood", OPEN),
        (URINE, "any", YES),
        ("80384-1", "urine", YES),
        (SERUM, "blood", YES),
        (SERUM, "urine", OPEN),
        (SERUM, "any", YES),
        ("80385-8", "blood", YES),
    ],
)
def test_one_specimen_never_stands_for_the_other(code, specimen, truth):
    assert ask(chart_with(obs(code, "Negative")), specimen).truth is truth


def test_a_missing_test_names_what_to_order():
    reading = ask(chart_with(obs(URINE, "Negative")), "blood")
    assert reading.reason is Reason.MISSING_DATA
    assert reading.needs[0].loinc == SERUM


@pytest.mark.parametrize(
    ("quantity", "high", "flag", "negative"),
    [
        (number("2", "mIU/mL"), "5", None, YES),
        (number("5", "mIU/mL"), "5", None, YES),
        (number("6", "mIU/mL"), "5", None, NO),
        (number("6", "mIU/mL"), None, None, OPEN),
        (number("5", "mIU/mL", "<"), None, None, YES),
        (number("5", "IU/L", "<"), None, None, YES),
        (number("5", None, "<"), None, None, OPEN),
        (number("25", "mIU/mL", "<"), None, None, OPEN),
        (number("5", "ng/mL", "<"), None, None, OPEN),
        (number("2", "mIU/mL", "<"), "5", None, YES),
        (number("12000", "mIU/mL"), None, "POS", NO),
        (number("5", "mIU/mL", "<"), None, "POS", NO),
    ],
)
def test_quantitative_hcg(quantity, high, flag, negative):
    assert (
        ask(chart_with(obs(QUANT, quantity, high=high, unit="mIU/mL", flag=flag)), "blood").truth is negative
    )


def test_several_reference_ranges_of_hcg_are_not_guessed_between():
    many = obs(QUANT, number("40", "mIU/mL"), high="5", unit="mIU/mL")
    other = obs(QUANT, number("40", "mIU/mL"), high="426", unit="mIU/mL")
    both = obs(QUANT, number("40", "mIU/mL"), reference_range=many.reference_range + other.reference_range)
    assert ask(chart_with(both), "blood").reason is Reason.UNUSABLE


@pytest.mark.parametrize(
    ("on", "truth", "reason"),
    [
        ("2026-11-18", YES, None),
        ("2026-11-17", OPEN, Reason.STALE),
        ("2026-11", OPEN, Reason.STALE),
        ("2026-11-25", YES, None),
    ],
)
def test_the_boundary_day_counts_and_an_older_test_is_to_be_repeated(on, truth, reason):
    reading = ask(chart_with(obs(SERUM, "Negative", on)), "blood", within="7 days")
    assert (reading.truth, reading.reason) == (truth, reason)
    if reason:
        assert reading.needs[0].loinc == SERUM
    elif on == "2026-11-18":
        assert reading.until.isoformat() == "2026-11-26"


def test_an_old_positive_is_stale_too():
    assert (
        ask(chart_with(obs(SERUM, "Positive", "2026-11-01")), "blood", within="7 days").reason is Reason.STALE
    )


def test_a_positive_test_of_the_other_specimen_is_told():
    chart = chart_with(obs(URINE, "Negative", "2026-11-01"), obs(SERUM, "Positive", "2026-11-10"))
    reading = ask(chart, "urine")
    assert reading.truth is YES
    assert any("Blood pregnancy test Positive" in note for note in reading.notes)
    assert (
        ask(
            chart_with(obs(URINE, "Negative", "2026-11-12"), obs(SERUM, "Positive", "2026-11-10")), "urine"
        ).notes
        == ()
    )


def test_any_specimen_takes_the_newest_and_sees_a_conflict():
    older = obs(URINE, "Positive", "2026-11-01")
    assert ask(chart_with(older, obs(SERUM, "Negative", "2026-11-10")), "any").truth is YES
    assert ask(chart_with(older, obs(SERUM, "Negative", "2026-11-01")), "any").reason is Reason.CONFLICTING


def test_pregnant_by_test_status_or_condition():
    assert pregnant(obs(SERUM, "Positive")).truth is YES
    assert pregnant(obs(STATUS, coded("77386006"))).truth is YES
    assert pregnant(obs(STATUS, coded("LA15173-0", LOINC))).truth is YES
    assert pregnant(condition("77386006", onset="2026-09-01")).truth is YES
    assert pregnant(condition("Z33.1", ICD_10_CM, recorded_date="2026-09-01")).truth is YES


def test_not_pregnant_only_by_a_recent_negative():
    assert pregnant(obs(SERUM, "Negative", "2026-10-14")).truth is NO
    assert pregnant(obs(STATUS, coded("LA26683-5", LOINC))).truth is NO
    old = pregnant(obs(SERUM, "Negative", "2026-10-13"))
    assert (old.reason, old.needs[0].loinc) == (Reason.STALE, SERUM)
    assert pregnant().reason is Reason.MISSING_DATA


@pytest.mark.parametrize(
    ("word", "day", "asked", "truth"),
    [
        ("Negative", "2026-10-14", "negative", YES),
        ("Negative", "2026-10-13", "negative", None),
        ("Negative", "2024-01-01", "positive", None),
        ("Positive", "2026-02-04", "positive", YES),
        ("Positive", "2026-02-03", "positive", None),
        ("Positive", "2024-01-01", "negative", None),
    ],
)
def test_an_old_test_says_nothing_of_today_though_no_window_is_asked(word, day, asked, truth):
    reading = ask(chart_with(obs(SERUM, word, day)), "blood", is_=asked)
    assert reading.truth is (truth or Truth.UNKNOWN)
    assert reading.reason is (None if truth else Reason.STALE)


def test_the_newest_sign_decides():
    assert pregnant(obs(SERUM, "Positive", "2026-06-01"), obs(SERUM, "Negative", "2026-11-20")).truth is NO
    assert (
        pregnant(obs(STATUS, coded("60001007"), "2026-10-01"), obs(URINE, "Positive", "2026-11-01")).truth
        is YES
    )


def test_signs_of_one_day_or_beside_an_active_condition_conflict():
    status = obs(STATUS, coded("60001007"), "2026-11-20")
    assert pregnant(obs(SERUM, "Positive", "2026-11-20"), status).reason is Reason.CONFLICTING
    assert pregnant(condition("77386006", onset="2026-09-01"), status).reason is Reason.CONFLICTING


@pytest.mark.parametrize(
    "resource",
    [
        condition("77386006", onset="2026-09-01", clinical=None),
        condition("77386006", onset="2026-09-01", verification="provisional"),
        condition("77386006"),
        condition("O80", ICD_10_CM, onset="2026-09-01"),
        obs(SERUM, "Equivocal"),
    ],
)
def test_what_is_not_certain_is_for_a_clinician(resource):
    assert pregnant(resource).reason is Reason.NEEDS_CLINICIAN


def test_longer_ago_than_a_pregnancy_lasts():
    assert pregnant(obs(SERUM, "Positive", "2026-02-04")).truth is YES  # 294 days
    reading = pregnant(obs(SERUM, "Positive", "2026-02-03"))
    assert (reading.truth, reading.reason) == (OPEN, Reason.MISSING_DATA)
    assert any("2026-02-03" in note for note in reading.notes)
    assert pregnant(condition("77386006", onset="2026-02-03")).reason is Reason.MISSING_DATA
    assert (
        pregnant(condition("77386006", onset="2026-09-01", clinical="resolved")).reason is Reason.MISSING_DATA
    )


def test_males_are_not_concerned():
    reading = pregnant(obs(SERUM, "Positive"), gender="male")
    assert (reading.truth, reading.not_applicable) == (NO, True)


def test_authors_errors_are_told():
    assert len(list(PregnancyTest(pregnancy_test="saliva", is_="maybe", within="soon").check(None))) == 3
    assert list(PregnancyTest(pregnancy_test="urine", is_="negative").check(None)) == []
    assert list(Pregnant(pregnancy="past").check(None))
