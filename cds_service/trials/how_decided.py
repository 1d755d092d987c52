"""How a criterion is decided: from the chart, in part, or by asking the clinician; for its reader."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from cds_service.features.clinician import AskClinician
from cds_service.features.question import Question
from cds_service.features.reports import ReportOnRecord
from cds_service.trials.expression import CriterionRef, Expression, Leaf, children
from cds_service.trials.model import Criterion, Trial


class HowDecided(StrEnum):
    """What the record alone can say of a criterion."""

    COMPUTED = "computed"
    IN_PART = "computed in part"
    ASKED = "asked of the clinician"


def how_decided(trial: Trial, criterion: Criterion) -> HowDecided:
    """By the questions it asks: a report that must be read is a question to the clinician too."""
    asked = [isinstance(question, AskClinician | ReportOnRecord) for question in questions(trial, criterion)]
    if criterion.unless_question:
        asked.append(True)
    if all(asked):
        return HowDecided.ASKED
    return HowDecided.IN_PART if any(asked) else HowDecided.COMPUTED


def asked_of_clinician(criterion: Criterion) -> tuple[str, ...]:
    """The questions put to the clinician, in reading order; not those of its parts."""
    asked = [
        question.ask_clinician
        for question in _leaves(criterion.requirement, None)
        if isinstance(question, AskClinician)
    ]
    if criterion.unless_question:
        asked.append(criterion.unless_question)
    return tuple(dict.fromkeys(asked))


def questions(trial: Trial, criterion: Criterion) -> Iterator[Question]:
    """Every question the criterion rests on, those of its parts included."""
    yield from _leaves(criterion.requirement, trial)


def looked_at(trial: Trial, criterion: Criterion) -> Iterator[Question]:
    """Every question put to the chart for it: also what is shown beside a question to the clinician."""
    for question in questions(trial, criterion):
        if isinstance(question, AskClinician):
            yield from (*question.look_at, *question.supports)
        else:
            yield question


def _leaves(expression: Expression, trial: Trial | None) -> Iterator[Question]:
    if isinstance(expression, Leaf):
        yield expression.question
    elif isinstance(expression, CriterionRef) and trial is not None:
        yield from _leaves(trial.criterion(expression.id).requirement, trial)
    for part in children(expression):
        yield from _leaves(part, trial)
