import pytest
from synthetic import cohort, matched, missing, platelets, to_confirm, trial

from cds_service.cards.summary import summary


def test_it_names_the_trial_and_what_stands_between():
    said = summary(matched(platelets(), missing("E1"), missing("E2"), to_confirm()))
    assert said == (
        "NCT00000001 (Test CAR-T Cells in Test Lupus): possible match – "
        "nothing failed, 2 data missing, 1 to confirm"
    )


def test_what_is_none_is_not_said():
    assert summary(matched(platelets())).endswith("possible match – nothing failed")


def test_a_long_title_is_cut_to_139_characters():
    said = summary(matched(missing(), to_confirm(), of=trial(title="Very Long Title " * 30)))
    assert 130 <= len(said) <= 139
    assert "…)" in said


@pytest.mark.parametrize("title", ["<" * 300, "_" * 300, "& " * 200, "x" * 300, "<img src=x> " * 30])
def test_escaping_is_counted(title):
    said = summary(matched(missing(), of=trial(title=title)))
    assert len(said) <= 139
    assert "<" not in said
    assert said.endswith("1 data missing")


def test_an_incomplete_trial_and_an_unsure_diagnosis_are_said():
    said = summary(matched(missing(), of=trial(complete=False), relevance_unsure=True))
    assert (
        "possible match, criteria incomplete – nothing failed, diagnosis to confirm, 1 data missing" in said
    )


def test_the_cohorts_are_named():
    study = trial(cohorts=(cohort("SLE"), cohort("ITP")))
    assert "(SLE/ITP, Test" in summary(
        matched(missing("SLE"), to_confirm("ITP"), of=study, cohorts=("SLE", "ITP"))
    )


def test_a_trial_with_a_very_long_id_still_fits():
    assert len(summary(matched(missing(), of=trial("test-" + "x" * 200)))) <= 139
