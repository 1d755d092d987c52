"""What is documented: the two words that read an absent record as "not documented".

``on_record`` and ``may_excuse`` look at *why* something is unknown, which a truth value does not carry. They
are decided here, from the readings, and reach the rules as facts of their own.
"""

from __future__ import annotations

from collections.abc import Callable

from cds_service.features.question import Question, Reading, Reason, meets
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

Answer = Callable[[Question], Reading]
Requirement = Callable[[str], Expression]
Judge = Callable[[Expression, Answer, Requirement], Truth]

MAY_BE_DOCUMENTED = frozenset({Reason.NEEDS_CLINICIAN, Reason.CONFLICTING, Reason.UNUSABLE})
SUGGESTS = MAY_BE_DOCUMENTED
_FOR_A_CLINICIAN = Reading(reason=Reason.NEEDS_CLINICIAN)

# A truth, and of an unknown one the readings that leave it open.
Walked = tuple[Truth, tuple[Reading, ...]]


def documented(expression: Expression, answer: Answer, requirement: Requirement) -> Truth:
    """``on_record``: TRUE where it is true, UNKNOWN where a record may say so or was not had, else FALSE."""
    truth, open_readings = _walk(expression, answer, requirement)
    if truth is not Truth.UNKNOWN:
        return truth
    for reading in open_readings:
        if reading.lost or reading.reason in MAY_BE_DOCUMENTED:
            return Truth.UNKNOWN
    return Truth.FALSE


def may_excuse(expression: Expression, answer: Answer, requirement: Requirement) -> Truth:
    """Never TRUE: where the exception is or may be documented, a clinician must judge the cause."""
    found = documented(expression, answer, requirement)
    return Truth.FALSE if found is Truth.FALSE else Truth.UNKNOWN


def judge_of(expression: OnRecord | MayExcuse) -> Judge:
    """What decides an expression of one of the two words from its part."""
    return documented if isinstance(expression, OnRecord) else may_excuse


def relevant(indication: Expression, answer: Answer) -> bool:
    """Whether an indication is there, or suggested by a code or an unclear record."""
    truth, open_readings = _walk(indication, answer, _no_criterion)
    if truth is Truth.UNKNOWN:
        return any(reading.reason in SUGGESTS for reading in open_readings)
    return truth is Truth.TRUE


def _no_criterion(id: str) -> Expression:  # noqa: A002
    raise LookupError(f"an indication names the criterion {id}")


def _walk(expression: Expression, answer: Answer, requirement: Requirement) -> Walked:
    if isinstance(expression, Leaf):
        reading = answer(expression.asked)
        truth = meets(expression.question, reading)
        return truth, (reading,) if truth is Truth.UNKNOWN else ()
    match expression:
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
            return _settled(Truth.FALSE, parts, answer, requirement)
        case AnyOf(parts):
            return _settled(Truth.TRUE, parts, answer, requirement)
        case AtLeast(count, parts):
            walked = [_walk(part, answer, requirement) for part in parts]
            truth = at_least(count, [truth for truth, _ in walked])
            return truth, _open_ones(walked) if truth is Truth.UNKNOWN else ()
    raise TypeError(f"{type(expression).__name__} is no expression")


def _settled(by: Truth, parts: tuple[Expression, ...], answer: Answer, requirement: Requirement) -> Walked:
    """Parts that are joined, of which the first that is ``by`` settles the whole."""
    walked: list[Walked] = []
    for part in parts:
        found = _walk(part, answer, requirement)
        if found[0] is by:
            return by, ()
        if found[0] is Truth.UNKNOWN:
            walked.append(found)
    return (Truth.UNKNOWN, _open_ones(walked)) if walked else (~by, ())


def _open_ones(walked: list[Walked]) -> tuple[Reading, ...]:
    if len(walked) == 1:
        return walked[0][1]
    return tuple([reading for _, readings in walked for reading in readings])
