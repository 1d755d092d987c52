"""Criteria that repeat, contradict or forget one another."""

from __future__ import annotations

from collections.abc import Iterator

from cds_service.trials.expression import (
    AllOf,
    AnyOf,
    CriterionRef,
    Expression,
    Leaf,
    Not,
    OnRecord,
    children,
)
from cds_service.trials.lint.finding import ERROR, WARNING, Draft, Finding, expressions
from cds_service.trials.model import Criterion
from cds_service.trials.verbatim import folded


class DuplicateCriterion:
    """The same words of the source with the same rule, twice."""

    def check(self, draft: Draft) -> Iterator[Finding]:
        seen: dict[object, Criterion] = {}
        for criterion in draft.trial.criteria:
            text = folded(criterion.text) if criterion.text else None
            key = (criterion.kind, text, criterion.when, criterion.only_if, criterion.unless)
            first = seen.setdefault(key, criterion)
            if text is not None and first is not criterion:
                said = f"{criterion.id} says what {first.id} on line {first.line} says. Remove one."
                yield draft.at(ERROR, criterion.line, said)


class SameInBoth:
    """What an inclusion demands, an exclusion forbids: no patient can pass, so a sign is wrong."""

    def check(self, draft: Draft) -> Iterator[Finding]:
        demanded: dict[Expression, Criterion] = {}
        for criterion in draft.trial.criteria:
            if criterion.kind == "inclusion" and criterion.part_of is None and criterion.only_if is None:
                for part in _necessary(criterion.when):
                    demanded.setdefault(part, criterion)
        for criterion in draft.trial.criteria:
            if criterion.kind != "exclusion" or criterion.part_of is not None or criterion.unless is not None:
                continue
            for part in _sufficient(criterion.when):
                if part in demanded:
                    other = demanded[part]
                    said = (
                        f"{criterion.id} excludes what {other.id} on line {other.line} demands. "
                        "One of the two has the wrong sign."
                    )
                    yield draft.at(ERROR, criterion.line, said)


def _necessary(expression: Expression) -> Iterator[Expression]:
    """What must be true for the whole to be."""
    if isinstance(expression, AllOf):
        for part in expression.parts:
            yield from _necessary(part)
    elif isinstance(expression, Leaf | Not | OnRecord):
        yield expression


def _sufficient(expression: Expression) -> Iterator[Expression]:
    """What is enough for the whole to be true."""
    if isinstance(expression, AnyOf):
        for part in expression.parts:
            yield from _sufficient(part)
    elif isinstance(expression, Leaf | Not | OnRecord):
        yield expression


class ForgottenPart:
    """A criterion that says it is part of another, which never asks for it."""

    def check(self, draft: Draft) -> Iterator[Finding]:
        by_id = {criterion.id: criterion for criterion in draft.trial.criteria}
        for criterion in draft.trial.criteria:
            whole = by_id.get(criterion.part_of or "")
            if whole is not None and criterion.id not in set(_named(whole)):
                said = f"{whole.id} never asks for its part {criterion.id}. Add {{criterion: …}} to it."
                yield draft.at(WARNING, criterion.line, said)


def _named(criterion: Criterion) -> Iterator[str]:
    ahead = list(expressions(criterion))
    while ahead:
        part = ahead.pop()
        if isinstance(part, CriterionRef):
            yield part.id
        ahead.extend(children(part))
