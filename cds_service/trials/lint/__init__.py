"""What can be wrong in a rule file that loads: one small class for each mistake."""

from __future__ import annotations

from cds_service.trials.lint.cases import CriterionWithoutCase, LimitWithoutBoundaryCase, OutcomeWithoutCase
from cds_service.trials.lint.concepts import EmptyConcept, unused_concepts
from cds_service.trials.lint.criteria import DuplicateCriterion, ForgottenPart, SameInBoth
from cds_service.trials.lint.finding import ERROR, NOTE, WARNING, Check, Draft, Finding
from cds_service.trials.lint.limits import Contradiction, UnitMismatch, UnreachableBranch
from cds_service.trials.lint.quotes import DroppedWords, NotInSource
from cds_service.trials.lint.windows import WindowForgotten, WindowNotInSource

CHECKS: tuple[Check, ...] = (
    Contradiction(),
    UnreachableBranch(),
    UnitMismatch(),
    DuplicateCriterion(),
    SameInBoth(),
    ForgottenPart(),
    WindowNotInSource(),
    WindowForgotten(),
    EmptyConcept(),
    DroppedWords(),
    NotInSource(),
    CriterionWithoutCase(),
    OutcomeWithoutCase(),
    LimitWithoutBoundaryCase(),
)

__all__ = ["CHECKS", "ERROR", "NOTE", "WARNING", "Check", "Draft", "Finding", "unused_concepts"]
