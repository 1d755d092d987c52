"""Points of classification criteria: what the chart shows of them, for the clinician to look at."""

import pytest
from chart_with import chart_with, condition, number, obs

from cds_service.concepts.points import How, Item
from cds_service.errors import RuleError
from cds_service.features import QUESTIONS
from cds_service.features.classification_points import Points
from cds_service.features.clinician import AskClinician
from cds_service.features.descriptors import denied
from cds_service.features.question import Reason, meets
from cds_service.fhir.record import Asked
from cds_service.kleene import Truth
from cds_service.trials.parse import Parser
from cds_service.trials.problems import Problems
from cds_service.trials.yaml_source import Table, Text

SLE = Points(points="sle-2019", at_least="10")
SSC = Points(points="ssc-2013", at_least="9")
ANA = obs("8061-4", "Positive", "2019-01-01")
DSDNA = obs("31348-6", "Positive", "2020-01-01")
SM = obs("31627-3", "Positive", "2020-01-01")


def wbc(value, on="2020-01-01"):
    return obs("6690-2", number(value, "10*9/L"), on)


def plt(value, on="2020-01-01"):
    return obs("777-3", number(value, "10*9/L"), on)


@pytest.mark.parametrize(
    ("results", "points"),
    [
        ((), 0),
        ((obs("8310-5", number("38.4", "Cel")),), 2),
        ((obs("8310-5", number("38.3", "Cel")),), 0),
        ((wbc("3.9"),), 3),
        ((wbc("4.0"),), 0),
        ((plt("99"),), 4),
        ((plt("100"),), 0),
        ((wbc("3.9"), plt("99")), 4),  # one domain: the higher
        ((condition("373945007"),), 5),
        ((condition("373945007", verification="refuted"),), 0),
        ((obs("2889-4", number("0.51", "g/(24.h)")),), 4),
        ((obs("2889-4", number("0.5", "g/(24.h)")),), 0),
        ((obs("3181-5", number("50", "GPL"), high="20", unit="GPL"),), 2),
        ((DSDNA,), 6),
        ((DSDNA, SM), 6),
        ((obs("31348-6", "Negative"),), 0),
        ((DSDNA, obs("31348-6", "Negative", "2026-01-01")), 6),  # once is enough
        ((wbc("3.9"), plt("99"), DSDNA), 10),
    ],
)
def test_items_of_2019(results, points):
    reading = chart_with(ANA, *results).answer(SLE)
    assert (reading.low, reading.high) == (points, None)
    assert meets(SLE, reading) is (Truth.TRUE if points >= 10 else Truth.UNKNOWN)


def low(loinc, value):
    import msgspec

    from cds_service.fhir.resources import ReferenceRange

    return msgspec.structs.replace(
        obs(loinc, number(value, "g/L")), reference_range=(ReferenceRange(low=number("0.5", "g/L")),)
    )


@pytest.mark.parametrize(
    ("c3", "c4", "points"), [("0.4", "0.6", 3), ("0.6", "0.4", 3), ("0.4", "0.4", 4), ("0.5", "0.5", 0)]
)
def test_both_complement_proteins_make_more_than_one(c3, c4, points):
    assert chart_with(ANA, low("4485-9", c3), low("4498-2", c4)).answer(SLE).low == points


@pytest.mark.parametrize(
    ("ana", "low", "told"),
    [
        ((ANA,), 6, None),
        ((obs("5048-4", "1:160"),), 6, None),
        ((obs("5048-4", "1:80"),), 6, None),
        ((obs("5048-4", "1:40"),), 0, "contradicts"),
        ((obs("8061-4", "Negative"),), 0, "contradicts"),
        ((obs("8061-4", "Negative"), ANA), 6, None),  # positive once
        ((obs("8061-4", "Positive (1:40)"),), 6, "Entry criterion not shown"),
        ((obs("8061-4", "Equivocal"),), 6, "Entry criterion not shown"),
        ((), 6, "Entry criterion not shown"),
    ],
)
def test_the_entry_criterion(ana, low, told):
    reading = chart_with(DSDNA, *ana).answer(SLE)
    assert reading.low == low
    notes = [note for note in reading.notes if "clinical" not in note]
    assert [told in note for note in notes] == ([True] if told else [])
    assert {each.code for each in reading.evidence} >= {"31348-6"}


def test_a_result_under_an_uncertain_code_leaves_it_open():
    item = Item("entry", "RNA polymerase III", 0, How.POSITIVE, ("anti_rnap3",))
    negative, perhaps = obs("53893-4", "Negative"), obs("72316-3", "Positive")
    assert denied(chart_with(negative), item)
    assert not denied(chart_with(negative, perhaps), item)


def test_part_of_the_record_cannot_deny():
    held = chart_with(obs("8061-4", "Negative"), DSDNA, asked={"Observation": Asked.PARTIAL})
    assert held.answer(SLE).low == 6


def test_a_clinical_item_must_be_among_them():
    assert any("clinical" in note for note in chart_with(ANA, DSDNA).answer(SLE).notes)
    assert not chart_with(ANA, DSDNA, wbc("3")).answer(SLE).notes
    assert not chart_with(obs("5348-8", "Positive")).answer(SSC).notes  # asked of lupus only


@pytest.mark.parametrize(
    ("results", "points"),
    [
        ((), 0),
        ((obs("5348-8", "Positive"),), 3),
        ((obs("16137-2", "Positive"), obs("5348-8", "Positive")), 3),
        ((obs("5348-8", "Negative"),), 0),
        ((condition("J84.10", "http://hl7.org/fhir/sid/icd-10-cm"),), 2),
        ((condition("J84.10", "http://hl7.org/fhir/sid/icd-10-cm"), obs("5348-8", "Positive")), 5),
        ((condition("70995007"),), 0),  # pulmonary hypertension, which need not be arterial
    ],
)
def test_items_of_2013(results, points):
    assert chart_with(*results).answer(SSC).low == points


def test_the_words_name_each_item_with_its_record():
    reading = chart_with(ANA, DSDNA, plt("90")).answer(SLE)
    assert reading.reason is Reason.NEEDS_CLINICIAN
    assert reading.said == (
        "At least 10 points of the 2019 EULAR/ACR criteria for SLE, other explanations not judged "
        "(anti-dsDNA or anti-Sm 6 (Anti-dsDNA antibody Positive on 2020-01-01); "
        "thrombocytopenia 4 (Platelets 90 10*9/L on 2020-01-01)); "
        "entry criterion: Antinuclear antibody Positive on 2019-01-01"
    )


def test_beside_a_question_points_are_shown_and_nothing_found_is_no_noise():
    asked = AskClinician(ask_clinician="Are the criteria met?", look_at=(SLE,))
    assert "At least 6 points" in chart_with(ANA, DSDNA).answer(asked).said
    assert chart_with(ANA, DSDNA).answer(asked).truth is Truth.UNKNOWN
    assert chart_with().answer(asked).said == "Are the criteria met?"


def test_points_may_be_shown_but_never_decide():
    held = chart_with().concepts
    parser = Parser("trial.yaml", QUESTIONS, held, Problems())
    leaf = Table()
    leaf[Text("points")] = Text("sle-2019")
    leaf[Text("at_least")] = Text("10")
    assert parser.question(leaf, shown=True) == SLE
    with pytest.raises(RuleError, match="look_at"):
        parser.question(leaf)


def test_other_points_are_refused():
    assert list(SLE.check(chart_with().concepts)) == []
    assert "sle-2019" in next(iter(Points(points="sle", at_least="1").check(chart_with().concepts)))
