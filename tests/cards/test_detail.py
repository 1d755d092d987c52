from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from synthetic import answer, cohort, matched, missing, platelets, to_confirm, trial, verdict

from cds_service.cards.detail import DECISIVE_ROWS, decisive, detail
from cds_service.features.question import Evidence, Need, Reason
from cds_service.fhir.record import Issue
from cds_service.matching import Outcome

GFM = MarkdownIt("gfm-like", {"html": True, "linkify": False})


def said(match, **more):
    return detail(match, answer(match, **more))


def dated(id, date, outcome=Outcome.SATISFIED, kind="inclusion", **more):
    return verdict(id, outcome, kind, evidence=(Evidence(f"Observation/{id}", "1", "5", date),), **more)


def test_the_whole_detail():
    match = matched(
        platelets(),
        missing(explanation="ALT: no result"),
        to_confirm(explanation="Is consent given?"),
        verdict(
            "E1",
            Outcome.UNKNOWN,
            "exclusion",
            reason=Reason.NOTHING_ON_RECORD,
            explanation="No record of CAR-T",
        ),
    )
    assert said(match) == (
        "**Test CAR-T Cells in Test Lupus** (NCT00000001, recruiting)\n\n"
        "This is not an eligibility decision: nothing on the record failed, and the study team decides.\n\n"
        "Why this trial: Test lupus, active, since 2020\n\n"
        "| Criterion | On record | Verdict |\n"
        "|---|---|---|\n"
        "| E11f | Platelets 118 10\\*9/L on 2026-11-02; limit below 25 | satisfied |\n\n"
        "**Data to get**\n\n"
        "- ALT (LOINC 1742-6): E10a\n\n"
        "**To confirm with the patient or a clinician**\n\n"
        "- I9: Is consent given?\n"
        "- E1: No record of CAR-T (nothing on record)\n\n"
        "Evaluated on 2026-11-22, which stands in for the date of screening. "
        "The data used is dated 2026-11-02.\n\n"
        "**What the source leaves out or gets wrong**\n\n"
        "- Both lists start at item 2.\n\n"
        "**Contact, as the source gives it**\n\n"
        "- Test Contact, study@example.org"
    )


def test_every_open_criterion_is_in_it():
    open_ones = [to_confirm(f"I{n}") for n in range(60)]
    text = said(matched(*open_ones))
    assert all(f"- I{n}: " in text for n in range(60))


def test_the_table_is_short_and_its_most_telling_rows_come_first():
    match = matched(
        *(dated(f"I{n}", "2026-01-01") for n in range(9)),
        dated("E1", "2026-01-01", kind="exclusion"),
        dated("E2", "2026-01-01", Outcome.UNKNOWN, reason=Reason.NEEDS_CLINICIAN),
        dated("E3", "2026-01-01", Outcome.UNKNOWN, reason=Reason.CONFLICTING),
        dated("E4", "2026-01-01", not_applicable=True),
        dated("E6", "2026-01-01", Outcome.UNKNOWN, reason=Reason.MISSING_DATA),
        verdict("E5", evidence=(Evidence("Patient/123"),)),
    )
    assert [v.criterion.id for v in decisive(match)] == ["E3", *(f"I{n}" for n in range(DECISIVE_ROWS - 1))]


def test_what_only_the_patient_resource_says_comes_last():
    age = verdict("I1", evidence=(Evidence("Patient/123", None, "1990-01-01"),))
    match = matched(age, dated("E2", "2026-01-01", Outcome.UNKNOWN, reason=Reason.NEEDS_CLINICIAN))
    assert [v.criterion.id for v in decisive(match)] == ["E2", "I1"]


def test_the_age_of_the_data_is_told_over_partial_dates():
    match = matched(dated("I1", "2025-06"), dated("I2", "2026-11-02T10:00:00+01:00"), dated("I3", "soon"))
    assert "dated from 2025-06 to 2026-11-02." in said(match)


def test_no_dated_value_no_age():
    assert "The data used" not in said(matched(missing()))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"complete": False}, "**Incomplete:**"),
        ({"contacts": ()}, "- The source carries no contact."),
        ({"registry_number": None}, "- The source carries no registry number."),
    ],
)
def test_what_the_source_leaves_out_is_said(change, words):
    assert words in said(matched(missing(), of=trial(**change)))
    assert words not in said(matched(missing()))


def test_a_source_without_exclusions_says_that_this_means_nothing():
    words = "The source lists no exclusion criteria; that does not mean there are none."
    assert words in said(matched(verdict("I1")))
    assert words not in said(matched(missing()))


def test_a_gap_that_a_defect_already_tells_is_not_told_twice():
    study = trial("test-local", defects=("The source carries no registry number; none is asserted.",))
    assert said(matched(missing(), of=study)).count("registry number") == 1


def test_an_unsure_diagnosis_comes_first():
    text = said(matched(missing(), relevance_unsure=True, relevance="Only a code that suggests lupus"))
    assert "**Confirm the diagnosis first:** Only a code that suggests lupus" in text


def test_open_cohorts_are_named():
    study = trial(cohorts=(cohort("SLE"), cohort("ITP")))
    match = matched(missing("SLE"), verdict("ITP", Outcome.FAILED), of=study, cohorts=("SLE",))
    assert "Cohorts still open: SLE (Cohort SLE)." in said(match)


def test_input_that_could_not_be_used_is_told():
    issues = tuple(Issue("warning", f"problem {n}", f"Observation/{n}") for n in range(7))
    text = said(matched(missing()), issues=(*issues, Issue("information", "nothing much")))
    assert "- Observation/4: problem 4" in text
    assert "- and 2 more" in text
    assert "nothing much" not in text


def test_missing_data_without_a_test_is_told_in_words():
    text = said(matched(missing(needs=(), explanation="Platelets: unit missing on 2026-11-02")))
    assert "**Data to get**\n\n- E10a: Platelets: unit missing on 2026-11-02" in text


HOSTILE = "<img src=x> | [a](javascript:b) `c` **d**\n\n# e\n| f | <script>g</script> https://evil.example"


def test_hostile_text_from_chart_and_trial_adds_no_element():
    def shape(text):
        tokens = GFM.parse(detail(*made(text)))
        inline = [child.type for token in tokens for child in token.children or ()]
        return [token.type for token in tokens], [
            kind for kind in inline if kind not in ("text", "text_special")
        ]

    def made(text):
        study = trial(
            title=text,
            status=text,
            defects=(text,),
            contacts=(text,),
            cohorts=(replace(cohort("S"), name=text),),
        )
        match = matched(
            dated("I1", text, explanation=text, notes=(text,)),
            platelets(),
            missing(explanation=text, needs=(Need(text, text), Need("other"))),
            missing("E3", explanation=text, needs=()),
            to_confirm(explanation=text),
            missing("S"),
            of=study,
            cohorts=("S",),
            relevance=text,
        )
        return match, answer(match, issues=(Issue("warning", text, text),))

    assert shape(HOSTILE) == shape("harmless")
