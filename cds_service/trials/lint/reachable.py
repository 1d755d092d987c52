"""Which outcomes a criterion can have at all: no case can show one that no chart ever brings about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cds_service.concepts.codes import Role
from cds_service.features.clinician import AskClinician
from cds_service.features.diagnoses import Diagnosis
from cds_service.features.distinct_drugs import DistinctDrugs
from cds_service.features.glucocorticoid_dose import GlucocorticoidDose
from cds_service.features.intolerance import Intolerance
from cds_service.features.measurements import Lab, Measurement
from cds_service.features.procedures import Procedure
from cds_service.features.question import Question
from cds_service.features.reports import ReportOnRecord
from cds_service.features.took import Took
from cds_service.kleene import Truth, at_least
from cds_service.trials.expression import (
    AllOf,
    AnyOf,
    AtLeast,
    CriterionRef,
    Expression,
    Leaf,
    MayExcuse,
    Not,
    OnRecord,
)
from cds_service.trials.lint.finding import Draft

_ANY: Final = frozenset(Truth)
_NEVER_FALSE: Final = frozenset({Truth.UNKNOWN, Truth.TRUE})


def _answers(question: Question, draft: Draft) -> frozenset[Truth]:
    """What a question can be answered with. What is not on record is unknown, so "ever" is never false."""
    match question:
        case AskClinician() | ReportOnRecord():
            return frozenset({Truth.UNKNOWN})
        case Took(within=None) | Procedure(within=None) | DistinctDrugs(at_most=None, below=None):
            return _NEVER_FALSE
        case Intolerance() | GlucocorticoidDose(for_at_least=str()):
            return _NEVER_FALSE
        case Lab(take=str()) | Measurement(take=str()):
            return _NEVER_FALSE
        case Diagnosis():
            return _of_diagnosis(question, draft)
        case _:
            return _ANY


def _of_diagnosis(question: Diagnosis, draft: Draft) -> frozenset[Truth]:
    """A refuted or past record denies only one disease, or an event of a given time."""
    known = draft.concepts.codes.concepts
    asked = [known[key] for key in question.diagnosis if key in known]
    deniable = question.within is not None or all(concept.one_disease for concept in asked)
    reached = _ANY if deniable else _NEVER_FALSE
    return reached - {Truth.TRUE} if all(concept.at_most is Role.REVIEW for concept in asked) else reached


def possible(expression: Expression, draft: Draft) -> frozenset[Truth]:
    """Which truths an expression can have at all: what only a clinician can answer is always unknown."""
    match expression:
        case Leaf(question):
            return _answers(question, draft)
        case CriterionRef(id):
            return possible(draft.trial.criterion(id).requirement, draft)
        case Not(part):
            return frozenset(~truth for truth in possible(part, draft))
        case OnRecord(part):
            return (_ANY - {Truth.TRUE}) | (possible(part, draft) & {Truth.TRUE})
        case MayExcuse():
            return _ANY - {Truth.TRUE}
        case AllOf(parts):
            return _folded(min, parts, draft)
        case AnyOf(parts):
            return _folded(max, parts, draft)
        case AtLeast(count, parts):
            return _counted(count, parts, draft)


def _folded(
    fold: Callable[[Truth, Truth], Truth], parts: tuple[Expression, ...], draft: Draft
) -> frozenset[Truth]:
    reached = possible(parts[0], draft)
    for part in parts[1:]:
        reached = frozenset(fold(one, two) for one in reached for two in possible(part, draft))
    return reached


def _counted(count: int, parts: tuple[Expression, ...], draft: Draft) -> frozenset[Truth]:
    reached = {(0, 0)}  # how many are true, and how many are false
    for part in parts:
        reached = {
            (true + (truth is Truth.TRUE), false + (truth is Truth.FALSE))
            for true, false in reached
            for truth in possible(part, draft)
        }
    return frozenset(
        at_least(
            count, [Truth.TRUE] * true + [Truth.FALSE] * false + [Truth.UNKNOWN] * (len(parts) - true - false)
        )
        for true, false in reached
    )
