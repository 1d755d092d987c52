"""A clinician's question carries what the chart shows, and never answers itself."""

from chart_with import chart_with, obs

from cds_service.features.age import Age
from cds_service.features.clinician import AskClinician
from cds_service.features.qualitative import QualitativeResult
from cds_service.features.question import Reason
from cds_service.kleene import Truth

HBSAG = QualitativeResult(result=("hbsag",), is_="positive")
HCV = QualitativeResult(result=("hcv_ab",), is_="positive")


def ask(*resources, **more):
    return chart_with(*resources).answer(AskClinician(ask_clinician="Is the infection chronic?", **more))


def test_always_unknown_with_the_question():
    reading = ask()
    assert (reading.truth, reading.reason) == (Truth.UNKNOWN, Reason.NEEDS_CLINICIAN)
    assert reading.said == "Is the infection chronic?"


def test_what_was_found_is_shown_and_what_was_not_is_no_noise():
    reading = ask(obs("5196-1", "Positive"), look_at=(HBSAG, HCV))
    assert reading.reason is Reason.NEEDS_CLINICIAN
    assert [each.code for each in reading.evidence] == ["5196-1"]
    assert "Positive on 2026-11-20" in reading.said
    assert reading.said == "Is the infection chronic? HBsAg Positive on 2026-11-20"
    assert reading.needs == ()


def test_a_contrary_or_unclear_finding_is_shown_too():
    assert "Negative" in ask(obs("5196-1", "Negative"), look_at=(HBSAG,)).said
    assert "Equivocal" in ask(obs("5196-1", "Equivocal"), look_at=(HBSAG,)).said


def test_support_is_named():
    assert "speaks for it: " in ask(obs("5196-1", "Positive"), supports=(HBSAG,)).said
    assert "speaks against it: Age 36" in ask(supports=(Age(below="17"),)).said


def test_a_question_with_leaves_can_be_remembered():
    question = AskClinician(ask_clinician="Why?", look_at=(HBSAG,))
    assert hash(question) == hash(AskClinician(ask_clinician="Why?", look_at=(HBSAG,)))
    assert list(question.check(chart_with().concepts)) == []
    assert list(AskClinician(ask_clinician=" ").check(None))
