"""Qualitative results: every spelling, contradictions, confirmation, held codes, lists."""

from decimal import Decimal

import msgspec
import pytest
from chart_with import chart_with, coded, concepts, number, obs

from cds_service.features.qualitative import QualitativeResult
from cds_service.features.question import Reason
from cds_service.fhir.record import Asked
from cds_service.fhir.resources import CodeableConcept, Quantity, Ratio
from cds_service.kleene import Truth

HBSAG, HBCAB, ANA_TITRE, ANA, DSDNA = "5196-1", "13952-7", "5048-4", "8061-4", "5130-0"
COMBO, HIV_AB, BLOT = "56888-1", "31201-7", "5221-7"
YES, NO, OPEN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


def ask(chart, *keys, is_="positive", **more):
    return chart.answer(QualitativeResult(result=keys, is_=is_, **more))


@pytest.mark.parametrize(
    "word",
    ["Positive", " POS ", "Detected", "reactive", "+", "3+", "阳性", "Strongly positive", "Nachweisbar"],
)
def test_spellings_of_positive(word):
    assert ask(chart_with(obs(HBSAG, word)), "hbsag").truth is YES


@pytest.mark.parametrize(
    "word",
    [
        "Negative",
        "NEG",
        "Non-Reactive",
        "non reactive",
        "NONREACTIVE",
        "Not detected",
        "not  Detected",
        "Target not detected",
        "Undetected",
        "-",
        "阴性",
        "nicht nachweisbar",
        "Negative.",
    ],
)
def test_spellings_of_negative(word):
    assert ask(chart_with(obs(HBSAG, word)), "hbsag").truth is NO


@pytest.mark.parametrize(
    "word",
    [
        "Weakly positive",
        "weak positive",
        "Equivocal",
        "borderline",
        "Indeterminate",
        "+/-",
        "弱阳性",
        "grenzwertig",
    ],
)
def test_what_lies_between_is_for_a_clinician(word):
    reading = ask(chart_with(obs(HBSAG, word)), "hbsag")
    assert (reading.truth, reading.reason) == (OPEN, Reason.NEEDS_CLINICIAN)
    assert reading.evidence[0].value == word


@pytest.mark.parametrize(
    "word", ["not positive", "positive control failed", "see comment", "no", "unknown", "not done", "pending"]
)
def test_what_is_not_in_the_list_is_unusable(word):
    reading = ask(chart_with(obs(HBSAG, word)), "hbsag")
    assert (reading.truth, reading.reason) == (OPEN, Reason.UNUSABLE)
    assert reading.needs[0].name == "Hepatitis B surface antigen" or reading.needs


@pytest.mark.parametrize(
    ("code", "truth"),
    [
        ("10828004", YES),
        ("260373001", YES),
        ("11214006", YES),
        ("52101004", YES),
        ("260385009", NO),
        ("260415000", NO),
        ("131194007", NO),
        ("2667000", NO),
        ("260408008", OPEN),
        ("82334004", OPEN),
        ("419984006", OPEN),
        ("125154007", OPEN),
    ],
)
def test_coded_values(code, truth):
    assert ask(chart_with(obs(HBSAG, coded(code))), "hbsag").truth is truth


def test_a_code_whose_display_says_the_opposite_is_unusable():
    reading = ask(chart_with(obs(HBSAG, coded("11214006", display="Non-Reactive"))), "hbsag")
    assert reading.reason is Reason.UNUSABLE


def test_a_local_code_is_read_by_its_display():
    assert ask(chart_with(obs(HBSAG, coded("P", "urn:lab", display="Positive"))), "hbsag").truth is YES


@pytest.mark.parametrize(
    ("flag", "truth"),
    [
        ("POS", YES),
        ("DET", YES),
        ("RR", YES),
        ("NEG", NO),
        ("ND", NO),
        ("NR", NO),
        ("IND", OPEN),
        ("WR", OPEN),
        ("H", OPEN),
        ("A", OPEN),
        ("N", OPEN),
    ],
)
def test_an_interpretation_alone(flag, truth):
    assert ask(chart_with(obs(HBSAG, flag=flag)), "hbsag").truth is truth


def test_value_and_interpretation_that_contradict_are_unusable():
    reading = ask(chart_with(obs(HBSAG, "Positive", flag="NEG")), "hbsag")
    assert reading.reason is Reason.UNUSABLE


def test_an_indeterminate_interpretation_of_a_positive_value_is_for_a_clinician():
    assert ask(chart_with(obs(HBSAG, "Positive", flag="IND")), "hbsag").reason is Reason.NEEDS_CLINICIAN


def test_a_flag_beside_a_word_changes_nothing():
    assert ask(chart_with(obs(HBSAG, "Negative", flag="A")), "hbsag").truth is NO


def test_true_and_false_do_not_say_positive():
    reading = ask(chart_with(obs(HBSAG, value_boolean=True)), "hbsag")
    assert reading.reason is Reason.UNUSABLE


@pytest.mark.parametrize(
    ("value", "high", "flag", "truth"),
    [
        ("31", "30", None, YES),
        ("30", "30", None, NO),
        ("29", "30", None, NO),
        ("300", None, None, OPEN),
        ("300", None, "H", OPEN),
        ("300", None, "POS", YES),
        ("300", "30", "NEG", OPEN),
        ("12", "30", "A", NO),
    ],
)
def test_an_antibody_concentration_against_its_own_range(value, high, flag, truth):
    chart = chart_with(obs(DSDNA, number(value, "IU/mL"), high=high, unit="IU/mL", flag=flag))
    assert ask(chart, "anti_dsdna").truth is truth


def test_value_and_range_in_different_units_are_not_compared():
    chart = chart_with(obs(DSDNA, number("31", "U/mL"), high="30", unit="IU/mL"))
    assert ask(chart, "anti_dsdna").reason is Reason.UNUSABLE


def test_a_bare_number_of_a_presence_test_is_unusable():
    assert ask(chart_with(obs(HBSAG, number("1.4"), high="1.0")), "hbsag").reason is Reason.UNUSABLE


@pytest.mark.parametrize(
    ("value", "truth"),
    [
        ("1:320", OPEN),
        ("Positive (1:320)", YES),
        ("positive 1:80", YES),
        ("1:80 Positive", YES),
        ("<1:40", NO),
        ("<1:80", NO),
        ("<1:160", OPEN),
        ("Negative <1:80", NO),
        (">1:640", OPEN),
        ("1:320 speckled", OPEN),
    ],
)
def test_titres_as_text(value, truth):
    assert ask(chart_with(obs(ANA_TITRE, value)), "ana").truth is truth


def test_a_titre_without_interpretation_is_shown_to_a_clinician():
    reading = ask(chart_with(obs(ANA_TITRE, "1:320")), "ana")
    assert reading.reason is Reason.NEEDS_CLINICIAN
    assert "1:320" in reading.said


def test_a_titre_as_a_ratio_and_as_a_number():
    ratio = Ratio(numerator=Quantity(value=Decimal(1)), denominator=Quantity(value=Decimal(160)))
    assert ask(chart_with(obs(ANA_TITRE, value_ratio=ratio)), "ana").reason is Reason.NEEDS_CLINICIAN
    assert ask(chart_with(obs(ANA_TITRE, value_ratio=ratio, flag="POS")), "ana").truth is YES
    assert "1:160" in ask(chart_with(obs(ANA_TITRE, number("160", "{titer}"))), "ana").said


def test_a_titre_above_the_range_sent_with_it_is_positive():
    assert (
        ask(chart_with(obs(ANA_TITRE, number("160", "{titer}"), high="80", unit="{titer}")), "ana").truth
        is YES
    )
    reading = ask(chart_with(obs(ANA_TITRE, number("80", "{titer}"), high="80", unit="{titer}")), "ana")
    assert reading.reason is Reason.NEEDS_CLINICIAN


def test_negative_is_the_opposite_question():
    assert ask(chart_with(obs(HBSAG, "Negative")), "hbsag", is_="negative").truth is YES
    assert ask(chart_with(obs(HBSAG, "Positive")), "hbsag", is_="negative").truth is NO


def test_the_newest_result_decides_and_an_earlier_one_is_told():
    reading = ask(chart_with(obs(ANA, "Positive", "2020-01-01"), obs(ANA, "Negative", "2026-01-01")), "ana")
    assert reading.truth is NO
    assert any("Positive on 2020-01-01" in note for note in reading.notes)


def test_any_result_that_was_ever_so_suffices_where_asked():
    ever = chart_with(obs(ANA, "Positive", "2020-01-01"), obs(ANA, "Negative", "2026-01-01"))
    reading = ask(ever, "ana", take="any")
    assert reading.truth is YES
    assert [each.date for each in reading.evidence] == ["2020-01-01"]
    assert "A later result differs" in reading.notes
    assert ask(chart_with(obs(ANA, "Negative")), "ana", take="any").truth is NO
    unread = obs(ANA, "Positive", "2020-01-01", status="preliminary")
    assert ask(chart_with(unread, obs(ANA, "Negative", "2026-01-01")), "ana", take="any").truth is NO


@pytest.mark.parametrize("more", [{"take": "all"}, {"take": "any", "within": "7 days"}])
def test_what_was_ever_so_has_no_other_word_and_no_window(more):
    assert any(
        "take" in fault
        for fault in QualitativeResult(result=("ana",), is_="positive", **more).check(concepts())
    )


def test_a_newer_preliminary_result_is_not_skipped():
    chart = chart_with(
        obs(HBSAG, "Negative", "2026-10-01"), obs(HBSAG, "Positive", "2026-11-01", status="preliminary")
    )
    assert ask(chart, "hbsag").reason is Reason.UNUSABLE


def test_two_tests_of_one_day_that_disagree_are_conflicting():
    screen = obs("13955-0", "Reactive", "2026-11-20T08:00:00Z")
    blot = obs("5199-5", "Negative", "2026-11-20T17:00:00Z")
    assert ask(chart_with(screen, blot), "hcv_ab").reason is Reason.CONFLICTING


def test_a_reactive_combination_test_needs_confirmation():
    reading = ask(chart_with(obs(COMBO, "Reactive")), "hiv_ab_ag")
    assert (reading.truth, reading.reason) == (OPEN, Reason.NEEDS_CLINICIAN)
    assert ask(chart_with(obs(COMBO, "Reactive"), obs(BLOT, "Positive")), "hiv_ab_ag").truth is YES
    assert ask(chart_with(obs(COMBO, "Non-reactive")), "hiv_ab_ag").truth is NO
    assert ask(chart_with(obs(HIV_AB, "Reactive")), "hiv_ab_ag").truth is YES


def test_a_held_code_is_for_a_clinician_and_never_decides():
    reading = ask(chart_with(obs("82425-0", "Positive")), "anti_nxp2")
    assert (reading.truth, reading.reason) == (OPEN, Reason.NEEDS_CLINICIAN)


def test_a_negative_beside_a_held_positive_is_not_final():
    accepted = obs("105528-4", number("1", "U/mL"), high="20", unit="U/mL")
    assert ask(chart_with(accepted), "anti_nxp2").truth is NO
    assert ask(chart_with(accepted, obs("82425-0", "Positive")), "anti_nxp2").reason is Reason.NEEDS_CLINICIAN
    assert ask(chart_with(accepted, obs("82425-0", "Positive", "2020-01-01")), "anti_nxp2").truth is NO


def test_anti_ssa_that_is_not_split_does_not_answer_ro52():
    reading = ask(chart_with(obs("8093-7", "Positive")), "anti_ro52")
    assert (reading.truth, reading.reason) == (OPEN, Reason.NEEDS_CLINICIAN)
    assert ask(chart_with(obs("8093-7", "Negative")), "anti_ro52").reason is Reason.MISSING_DATA
    assert ask(chart_with(obs("53018-8", "Positive")), "anti_ro52").reason is Reason.MISSING_DATA
    assert ask(chart_with(obs("8093-7", "Positive"), obs("53016-2", "Negative")), "anti_ro52").truth is NO


def test_of_a_list_any_positive_suffices():
    chart = chart_with(obs(HBSAG, "Negative"), obs(HBCAB, "Reactive"))
    reading = ask(chart, "hbsag", "hbcab_total")
    assert reading.truth is YES
    assert [each.code for each in reading.evidence] == [HBCAB]


def test_of_a_list_false_only_when_all_are_known():
    reading = ask(chart_with(obs(HBSAG, "Negative")), "hbsag", "hbcab_total")
    assert (reading.truth, reading.reason) == (OPEN, Reason.MISSING_DATA)
    assert [need.loinc for need in reading.needs] == [concepts().labs.concept("hbcab_total").order[0]]
    assert ask(chart_with(obs(HBSAG, "Negative"), obs(HBCAB, "Negative")), "hbsag", "hbcab_total").truth is NO


def test_no_result_is_missing_data_and_a_failed_query_is_lost():
    assert ask(chart_with(), "hbsag").reason is Reason.MISSING_DATA
    assert ask(chart_with(asked={"Observation": Asked.FAILED}), "hbsag", "hbcab_total").lost


def test_an_old_result_is_stale_where_the_rule_gives_a_time():
    assert ask(chart_with(obs(HBSAG, "Negative", "2026-11-18")), "hbsag", within="7 days").truth is NO
    assert (
        ask(chart_with(obs(HBSAG, "Negative", "2026-11-17")), "hbsag", within="7 days").reason is Reason.STALE
    )


def test_nothing_in_a_chart_raises():
    odd = [
        obs(HBSAG, CodeableConcept()),
        obs(HBSAG, ""),
        obs(HBSAG, "1:" + "9" * 5000),
        obs(HBSAG, "9" * 9999),
        obs(ANA_TITRE, Quantity(value=Decimal("9" * 30))),
        obs(ANA_TITRE, Quantity()),
        obs(DSDNA, "1e9 U/mL"),
        obs(ANA_TITRE, value_ratio=Ratio()),
        obs(HBSAG, value_integer=3),
        obs(HBSAG, "Positive", "not a date"),
    ]
    for each in odd:
        for is_ in ("positive", "negative", "detected", "above_range"):
            assert ask(chart_with(each), "hbsag", "ana", "anti_dsdna", is_=is_).said


def test_the_word_is_read_from_a_rule_file():
    made = msgspec.convert({"result": ["hbsag"], "is": "positive"}, QualitativeResult)
    assert made == QualitativeResult(result=("hbsag",), is_="positive")


def test_an_authors_errors_are_told():
    assert list(QualitativeResult(result=("hbsag",), is_="positive").check(concepts())) == []
    assert len(list(QualitativeResult(result=("hbsga",), is_="maybe", within="soon").check(concepts()))) == 3
