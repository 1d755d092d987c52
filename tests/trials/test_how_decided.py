import pytest
from synthetic import ASK, criterion, trial

from cds_service.features.age import Age
from cds_service.features.reports import ReportOnRecord
from cds_service.trials.expression import AllOf, CriterionRef, Leaf
from cds_service.trials.how_decided import HowDecided, how_decided

AGE = Leaf(Age(age="years", at_least="18"))
REPORT = Leaf(ReportOnRecord(report="ecg"))


@pytest.mark.parametrize(
    ("when", "decided"),
    [
        (AGE, HowDecided.COMPUTED),
        (ASK, HowDecided.ASKED),
        (REPORT, HowDecided.ASKED),
        (AllOf((ASK, REPORT)), HowDecided.ASKED),
        (AllOf((AGE, REPORT)), HowDecided.IN_PART),
        (AllOf((AGE, ASK)), HowDecided.IN_PART),
        (CriterionRef("I9"), HowDecided.ASKED),
        (AllOf((AGE, CriterionRef("I9"))), HowDecided.IN_PART),
    ],
)
def test_what_the_record_alone_can_say(when, decided):
    row = criterion("I1", when=when)
    assert how_decided(trial(criteria=(row, criterion("I9"))), row) is decided
