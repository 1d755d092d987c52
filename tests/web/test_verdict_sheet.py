import pytest
from synthetic import answer, cohort, criterion, matched, missing, platelets, to_confirm, trial, verdict

from cds_service.features.question import Reason
from cds_service.matching import Outcome, Result
from cds_service.web.verdict_sheet import LEGEND, UNKNOWN, mark, sheet


def laid(match):
    return sheet(match, answer(match))


def heap(found, name):
    return [line.verdict.criterion.id for each in found.heaps if each.name == name for line in each.lines]


def test_each_reason_has_a_mark_of_its_own_and_each_mark_is_explained():
    assert set(UNKNOWN) == set(Reason)
    letters = [each.letter for each in LEGEND]
    assert len(letters) == len(set(letters))


@pytest.mark.parametrize("reason", list(Reason))
def test_an_unknown_is_never_marked_as_satisfied_or_failed(reason):
    assert mark(verdict("I1", Outcome.UNKNOWN, reason=reason)).style in ("data", "confirm")


def test_an_unknown_without_a_reason_is_for_the_clinician():
    assert mark(verdict("I1", Outcome.UNKNOWN)).letter == "C"


def test_what_does_not_apply_is_told_apart_from_what_is_met():
    assert mark(verdict("I1")).letter == "S"
    assert mark(verdict("I1", not_applicable=True)).letter == "–"


def test_every_criterion_is_in_one_heap():
    failed = verdict("I1", Outcome.FAILED)
    match = matched(failed, platelets(), missing(), to_confirm(), result=Result.RULED_OUT)
    found = laid(match)
    assert heap(found, "failed") == ["I1"]
    assert heap(found, "data") == ["E10a"]
    assert heap(found, "confirm") == ["I9"]
    assert heap(found, "satisfied") == ["E11f"]
    assert sum(len(each.lines) for each in found.heaps) == len(match.verdicts)


def test_what_has_no_test_to_order_is_named_too():
    bare = missing("E4a", needs=())
    found = laid(matched(missing(), bare))
    assert [need.name for need in found.to_get] == ["ALT"]
    assert [line.verdict.criterion.id for line in found.not_sent] == ["E4a"]


def test_another_cohort_is_not_needed_but_shown():
    rows = [
        verdict("SLE", criterion_more={"parts": ("SLE-1",)}),
        verdict("SLE-1", criterion_more={"part_of": "SLE"}),
        to_confirm("ITP", criterion_more={"parts": ("ITP-1",)}),
        to_confirm("ITP-1", criterion_more={"part_of": "ITP"}),
    ]
    study = trial(cohorts=(cohort("SLE"), cohort("ITP")))
    found = laid(matched(*rows, of=study, cohorts=("SLE",)))
    (either,) = found.inclusions
    assert [[line.verdict.criterion.id for line in way] for way in either.ways] == [["SLE"], ["ITP"]]
    assert [part.verdict.criterion.id for part in either.ways[1][0].parts] == ["ITP-1"]
    assert heap(found, "idle") == ["ITP", "ITP-1"]
    assert not either.ways[1][0].needed
    assert either.ways[0][0].needed


def test_an_alternative_that_names_its_group_as_its_whole_is_shown():
    rows = [verdict("I2"), verdict("I5", Outcome.UNKNOWN, criterion_more={"part_of": "I2-I5"})]
    found = laid(matched(*rows, of=trial(alternatives=((("I2",), ("I5",)),))))
    assert [[line.verdict.criterion.id for line in way] for way in found.inclusions[0].ways] == [
        ["I2"],
        ["I5"],
    ]


def test_a_trial_without_exclusions_has_none_to_show():
    assert laid(matched(to_confirm())).exclusions == ()
    assert criterion("I9").kind == "inclusion"
