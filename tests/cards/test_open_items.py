import pytest
from synthetic import ALT, cohort, matched, missing, to_confirm, trial, verdict

from cds_service.cards.open_items import Tally, data_to_get, leaves, tally
from cds_service.features.question import Need, Reason
from cds_service.matching import Distance, Outcome

FAILED, UNKNOWN, SATISFIED = Outcome.FAILED, Outcome.UNKNOWN, Outcome.SATISFIED


def names(verdicts):
    return [v.criterion.id for v in verdicts]


@pytest.mark.parametrize(
    ("reason", "counted"),
    [
        (Reason.MISSING_DATA, Tally(1, 0)),
        (Reason.STALE, Tally(1, 0)),
        (Reason.UNUSABLE, Tally(1, 0)),
        (Reason.CONFLICTING, Tally(1, 0)),
        (Reason.NOTHING_ON_RECORD, Tally(0, 1)),
        (Reason.NEEDS_CLINICIAN, Tally(0, 1)),
    ],
)
def test_each_reason_is_data_or_for_a_person(reason, counted):
    assert tally(matched(verdict("I1", UNKNOWN, reason=reason))) == counted


def test_parts_are_not_counted_beside_their_whole():
    whole = missing("I2", criterion_more={"parts": ("I2a",)})
    part = missing("I2a", criterion_more={"part_of": "I2"})
    assert tally(matched(whole, part)) == Tally(1, 0)
    assert names(leaves(matched(whole, part))) == ["I2a"]


ALTERNATIVES = trial(alternatives=((("I2", "I3"), ("I5",)),))


@pytest.mark.parametrize(
    ("i2", "i3", "i5", "counted", "living"),
    [
        (UNKNOWN, UNKNOWN, UNKNOWN, 1, ["I2", "I3", "I5"]),
        (UNKNOWN, UNKNOWN, FAILED, 1, ["I2", "I3"]),
        (UNKNOWN, FAILED, UNKNOWN, 1, ["I5"]),
        (SATISFIED, SATISFIED, UNKNOWN, 0, ["I2", "I3"]),
        (UNKNOWN, SATISFIED, SATISFIED, 0, ["I5"]),
    ],
)
def test_alternatives_count_once_and_a_closed_branch_asks_for_nothing(i2, i3, i5, counted, living):
    made = [
        verdict(id, outcome, reason=Reason.MISSING_DATA if outcome is UNKNOWN else None)
        for id, outcome in (("I2", i2), ("I3", i3), ("I5", i5))
    ]
    match = matched(*made, of=ALTERNATIVES)
    assert tally(match) == Tally(counted, 0)
    assert names(leaves(match)) == living


def test_a_closed_cohort_asks_for_nothing():
    study = trial(cohorts=(cohort("SLE"), cohort("ITP")))
    match = matched(
        missing("SLE", criterion_more={"parts": ("SLE-1",)}),
        missing("SLE-1", criterion_more={"part_of": "SLE"}),
        verdict("ITP", FAILED, criterion_more={"parts": ("ITP-1",)}),
        to_confirm("ITP-1", criterion_more={"part_of": "ITP"}),
        of=study,
        cohorts=("SLE",),
    )
    assert tally(match) == Tally(1, 0)
    assert names(leaves(match)) == ["SLE-1"]


def test_a_cohort_that_does_not_concern_the_patient_asks_for_nothing_either():
    study = trial(cohorts=(cohort("SLE"), cohort("ITP")))
    match = matched(missing("SLE"), to_confirm("ITP"), of=study, cohorts=("SLE",))
    assert tally(match) == Tally(1, 0)
    assert names(leaves(match)) == ["SLE"]


def test_a_test_is_wanted_once_for_all_that_wait_for_it():
    match = matched(
        missing("E1"),
        missing("E2", distance=Distance("x", tests=(ALT, Need("Hemoglobin", "718-7")))),
        verdict("I1", needs=(Need("never"),)),
    )
    assert data_to_get(match) == {ALT: ["E1", "E2"], Need("Hemoglobin", "718-7"): ["E2"]}
