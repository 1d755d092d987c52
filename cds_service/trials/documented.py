"""What is documented: the two words that read an absent record as "not documented".

``on_record`` and ``may_excuse`` look at *why* something is unknown, which a truth value does not carry. They
are decided here, from the readings, and reach the rules as facts of their own.
"""

from __future__ import annotations

from collections.abc import Callable

from cds_service.features.question import Question, Reading, Reason, meets
from cds_service.kleene import Truth, all_of, any_of, at_least
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

Answer = Callable[[Question], Reading]
Requirement = Callable[[str], Expression]

MAY_BE_DOCUMENTED = frozenset({Reason.NEEDS_CLINICIAN, Reason.CONFLICTING, Reason.UNUSABLE})
SUGGESTS = MAY_BE_DOCUMENTED
_FOR_A_CLINICIAN = Reading(reason=Reason.NEEDS_CLINICIAN)

# A truth, and of an unknown one the readings that leave it open.
Walked = tuple[Truth, tuple[Reading, ...]]


def documented(expression: Expression, answer: Answer, requirement: Requirement) -> Truth:
    """``on_record``: TRUE where it is true, UNKNOWN where a record may say so or was not had, else FALSE."""
    truth, open_readings = _walk(expression, answer, requirement)
    if truth is Truth.UNKNOWN:
        unsure = any(reading.lost or reading.reason in MAY_BE_DOCUMENTED for reading in open_readings)
        return Truth.UNKNOWN if unsure else Truth.FALSE
    return truth


def may_excuse(expression: Expression, answer: Answer, requirement: Requirement) -> Truth:
    """Never TRUE: where the exception is or may be documented, a clinician must judge the cause."""
    found = documented(expression, answer, requirement)
    return Truth.FALSE if found is Truth.FALSE else Truth.UNKNOWN


def relevant(indication: Expression, answer: Answer) -> bool:
    """Whether an indication is there, or suggested by a code or an unclear record."""
    truth, open_readings = _walk(indication, answer, _no_criterion)
    if truth is Truth.UNKNOWN:
        return any(reading.reason in SUGGESTS for reading in open_readings)
    return truth is Truth.TRUE


def _no_criterion(id: str) -> Expression:  # noqa: A002
    raise LookupError(f"an indication names the criterion {id}")


def _walk(expression: Expression, answer: Answer, requirement: Requirement) -> Walked:
    match expression:
        case Leaf(question):
            reading = answer(expression.asked)
            truth = meets(question, reading)
            return truth, (reading,) if truth is Truth.UNKNOWN else ()
        case CriterionRef(id):
            return _walk(requirement(id), answer, requirement)
        case Not(part):
            truth, readings = _walk(part, answer, requirement)
            return ~truth, readings
        case OnRecord(part):
            truth = documented(part, answer, requirement)
            return truth, _walk(part, answer, requirement)[1] if truth is Truth.UNKNOWN else ()
        case MayExcuse(part):
            truth = may_excuse(part, answer, requirement)
            return truth, (_FOR_A_CLINICIAN,) if truth is Truth.UNKNOWN else ()
        case AllOf(parts):
            walked = [_walk(part, answer, requirement) for part in parts]
            return _gathered(all_of(truth for truth, _ in walked), walked)
        case AnyOf(parts):
            walked = [_walk(part, answer, requirement) for part in parts]
            return _gathered(any_of(truth for truth, _ in walked), walked)
        case AtLeast(count, parts):
            walked = [_walk(part, answer, requirement) for part in parts]
            return _gathered(at_least(count, [truth for truth, _ in walked]), walked)
    raise TypeError(f"{type(expression).__name__} is no expression")


def _gathered(truth: Truth, walked: list[Walked]) -> Walked:
    if truth is not Truth.UNKNOWN:
        return truth, ()
    return truth, tuple(reading for _, readings in walked for reading in readings)
