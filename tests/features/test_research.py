"""Other trials: statuses, windows, interventional or not."""

import pytest
from chart_with import chart_with

from cds_service.features.question import Reason
from cds_service.features.research import OtherTrial
from cds_service.fhir.resources import (
    CodeableConcept,
    Coding,
    Period,
    Reference,
    ResearchStudy,
    ResearchSubject,
)
from cds_service.kleene import Truth

YES, NO, OPEN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


def subject(status, start=None, end=None, study="ResearchStudy/1"):
    period = Period(start=start, end=end) if start or end else None
    return ResearchSubject(
        status=status,
        period=period,
        study=Reference(reference=study),
        reference=f"ResearchSubject/{status}-{end}",
    )


def study(*words, code=None, title="Trial Example-One"):
    coding = (Coding(code=code),) if code else ()
    return {
        "ResearchStudy/1": ResearchStudy(
            title=title, category=(CodeableConcept(coding=coding, text=" ".join(words) or None),)
        )
    }


def ask(*subjects, other_trial="any", within="3 months", studies=None):
    chart = chart_with(research_subjects=subjects, studies=studies or {})
    return chart.answer(OtherTrial(other_trial=other_trial, within=within))


@pytest.mark.parametrize(
    ("status", "start", "end", "truth", "reason"),
    [
        ("on-study", "2025-01-01", None, YES, None),
        ("on-study-intervention", None, None, YES, None),
        ("follow-up", "2024-01-01", None, YES, None),
        ("off-study", "2025-01-01", "2026-08-25", YES, None),
        ("off-study", "2025-01-01", "2026-08-24", NO, None),
        ("off-study", "2025-01-01", "2026-08", OPEN, Reason.UNUSABLE),
        ("off-study", "2025-01-01", None, OPEN, Reason.UNUSABLE),
        ("off-study", "2026-10-01", None, YES, None),
        ("withdrawn", None, None, OPEN, Reason.UNUSABLE),
        ("on-study", "2024-01-01", "2025-01-01", OPEN, Reason.CONFLICTING),
        ("candidate", "2026-11-01", None, OPEN, Reason.NOTHING_ON_RECORD),
        ("screening", "2026-11-01", None, OPEN, Reason.NOTHING_ON_RECORD),
        ("ineligible", "2026-11-01", "2026-11-02", OPEN, Reason.NOTHING_ON_RECORD),
        ("not-registered", None, None, OPEN, Reason.NOTHING_ON_RECORD),
        ("made-up", "2026-11-01", None, OPEN, Reason.UNUSABLE),
        (None, "2026-11-01", None, OPEN, Reason.UNUSABLE),
    ],
)
def test_taking_part(status, start, end, truth, reason):
    reading = ask(subject(status, start, end))
    assert (reading.truth, reading.reason) == (truth, reason)


def test_the_day_on_which_the_window_ends():
    assert ask(subject("off-study", "2025-01-01", "2026-09-01")).until.isoformat() == "2026-12-02"


def test_screening_is_told_and_is_not_taking_part():
    reading = ask(subject("screening", "2026-11-01"))
    assert reading.evidence
    assert "not taking part" in reading.notes[0]
    assert ask().reason is Reason.NOTHING_ON_RECORD


def test_any_trial_within_the_window_suffices():
    past, now = subject("off-study", "2020-01-01", "2021-01-01"), subject("on-study", "2026-01-01")
    assert ask(past, now).truth is YES
    assert ask(past).truth is NO


@pytest.mark.parametrize(
    ("studies", "truth"),
    [
        (study("Interventional"), YES),
        (study(code="SEVCO:01001"), YES),
        (study("Observational"), NO),
        (study("Registry"), NO),
        (study("Something else"), OPEN),
        (study(), OPEN),
        ({}, OPEN),
    ],
)
def test_interventional_is_never_guessed(studies, truth):
    reading = ask(subject("on-study", "2026-01-01"), other_trial="interventional", studies=studies)
    assert reading.truth is truth
    assert reading.reason is (Reason.NEEDS_CLINICIAN if truth is OPEN else None)


def test_outside_the_window_the_kind_does_not_matter():
    assert ask(subject("off-study", "2020-01-01", "2021-01-01"), other_trial="interventional").truth is NO


def test_authors_errors_are_told():
    assert len(list(OtherTrial(other_trial="some", within="soon").check(None))) == 2
