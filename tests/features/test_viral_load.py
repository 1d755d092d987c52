"""Viral loads: above the range sent with them, and detected at all."""

import pytest
from chart_with import chart_with, number, obs

from cds_service.features.qualitative import QualitativeResult
from cds_service.features.question import Reason
from cds_service.kleene import Truth

HBV, HBV_LOG, CMV, HCV_QL = "42595-9", "48398-2", "72493-0", "11259-9"
YES, NO, OPEN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


def ask(observation, key="hbv_dna", is_="above_range"):
    return chart_with(observation).answer(QualitativeResult(result=(key,), is_=is_))


@pytest.mark.parametrize(
    ("value", "comparator", "high", "truth"),
    [
        ("21", None, "20", YES),
        ("20", None, "20", NO),
        ("19", None, "20", NO),
        ("0", None, None, NO),
        ("118", None, None, OPEN),
        ("20", "<", None, NO),
        ("20", "<", "20", NO),
        ("20", "<", "10", OPEN),
        ("170000000", ">", "20", YES),
        ("20", ">", "20", YES),
        ("20", ">=", "20", OPEN),
        ("10", ">", "20", OPEN),
        ("-1", None, "20", OPEN),
    ],
)
def test_above_range(value, comparator, high, truth):
    assert ask(obs(HBV, number(value, "IU/mL", comparator), high=high, unit="IU/mL")).truth is truth


@pytest.mark.parametrize(
    ("value", "truth"),
    [
        ("Not detected", NO),
        ("Target not detected", NO),
        ("<20 IU/mL", NO),
        ("< 20", NO),
        ("Detected <20 IU/mL", NO),
        ("Detected", OPEN),
        ("Detected 118 IU/mL", OPEN),
        ("118 IU/mL", OPEN),
        ("equivocal", OPEN),
        ("soon", OPEN),
    ],
)
def test_above_range_from_words(value, truth):
    assert ask(obs(HBV, value)).truth is truth


def test_detected_without_a_number_is_for_a_clinician():
    assert ask(obs(HBV, "Detected")).reason is Reason.NEEDS_CLINICIAN


def test_a_number_without_a_range_is_unusable():
    reading = ask(obs(HBV, number("118", "IU/mL")))
    assert reading.reason is Reason.UNUSABLE
    assert "reference range" in reading.said
    assert reading.needs


def test_copies_are_not_compared_with_international_units():
    assert ask(obs(HBV, number("5000", "copies/mL"), high="20", unit="IU/mL")).reason is Reason.UNUSABLE


def test_a_number_beside_not_detected_is_a_contradiction():
    assert ask(obs(HBV, number("118", "IU/mL"), flag="ND")).reason is Reason.UNUSABLE
    assert ask(obs(HBV, number("118", "IU/mL"), high="20", unit="IU/mL", flag="N")).reason is Reason.UNUSABLE


@pytest.mark.parametrize(
    ("observation", "truth"),
    [
        (obs(CMV, number("1", "IU/mL")), YES),
        (obs(CMV, number("0", "IU/mL")), NO),
        (obs(CMV, number("35", "IU/mL", "<")), OPEN),
        (obs(CMV, number("35", "IU/mL", "<"), flag="ND"), NO),
        (obs(CMV, "Detected <35 IU/mL"), YES),
        (obs(CMV, "Detected"), YES),
        (obs(CMV, "Not detected"), NO),
        (obs(CMV, number("0", "IU/mL"), flag="POS"), OPEN),
        (obs(CMV, flag="DET"), YES),
    ],
)
def test_detected(observation, truth):
    assert ask(observation, "cmv_dna", "detected").truth is truth


def test_below_quantification_does_not_say_whether_detected():
    assert ask(obs(CMV, "<35 IU/mL"), "cmv_dna", "detected").reason is Reason.NEEDS_CLINICIAN


def test_a_logarithm_of_zero_says_nothing():
    assert ask(obs(HBV_LOG, number("0", "{Log_IU}/mL"))).reason is Reason.UNUSABLE
    assert ask(obs(HBV_LOG, number("0", "{Log_IU}/mL")), is_="detected").reason is Reason.UNUSABLE
    assert ask(obs(HBV_LOG, number("2.1", "{Log_IU}/mL")), is_="detected").truth is YES


def test_a_qualitative_code_of_the_same_virus_counts():
    assert ask(obs(HCV_QL, "Positive"), "hcv_rna", "detected").truth is YES
    assert ask(obs(HCV_QL, "Negative"), "hcv_rna").truth is NO
