"""Criteria that no case, or not every kind of case, holds to what they say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from cds_service.features.question import Amount, Question
from cds_service.fhir.partial_date import Span
from cds_service.kleene import Truth
from cds_service.trials.cases import Case
from cds_service.trials.lint.finding import ERROR, WARNING, Draft, Finding, option, questions
from cds_service.trials.lint.reachable import possible
from cds_service.trials.model import Criterion

_WINDOWS = ("within", "within_next", "at_least_before", "for")


class CriterionWithoutCase:
    """A criterion that no case expects anything of."""

    def check(self, draft: Draft) -> Iterator[Finding]:
        if not draft.cases:
            said = "The trial has no cases. Write a cases.yaml: satisfied, failed, unknown, on the limit."
            yield draft.at(ERROR, 1, said)
            return
        expected = {id for case in draft.cases for id in case.expect}  # noqa: A001
        for criterion in draft.trial.criteria:
            if criterion.id not in expected:
                said = f"No case expects anything of {criterion.id}. Add one to cases.yaml."
                yield draft.at(ERROR, criterion.line, said)


class OutcomeWithoutCase:
    """A criterion that can be satisfied, failed or unknown, and no case shows one of them."""

    def check(self, draft: Draft) -> Iterator[Finding]:
        for criterion in draft.trial.criteria:
            shown = {case.expect[criterion.id].outcome for case in draft.cases if criterion.id in case.expect}
            if not shown:
                continue
            for truth in sorted(possible(criterion.requirement, draft)):
                outcome = _outcome(criterion, truth)
                if outcome not in shown:
                    said = f"No case shows {criterion.id} {outcome}. Add one to cases.yaml."
                    yield draft.at(WARNING, criterion.line, said)


def _outcome(criterion: Criterion, truth: Truth) -> str:
    met = truth if criterion.kind == "inclusion" else ~truth
    return {Truth.TRUE: "satisfied", Truth.FALSE: "failed", Truth.UNKNOWN: "unknown"}[met]


class LimitWithoutBoundaryCase:
    """A limit or a window with no case exactly on it, where most mistakes are."""

    def check(self, draft: Draft) -> Iterator[Finding]:
        for criterion in draft.trial.criteria:
            cases = [case for case in draft.cases if criterion.id in case.expect]
            if not cases:
                continue
            for question in questions(criterion):
                for limit in _limits(question):
                    if not any(_on_limit(case, question, limit) for case in cases):
                        said = f"No case puts {criterion.id} exactly on {limit}. Add one to cases.yaml."
                        yield draft.at(WARNING, draft.line(question, criterion), said)


def _limits(question: Question) -> Iterator[str]:
    if isinstance(question, Amount):
        yield from (str(limit) for _, limit in question.limits())
    yield from filter(None, (option(question, name) for name in _WINDOWS))


def _on_limit(case: Case, question: Question, limit: str) -> bool:
    numbers, days = _content(case)
    if " " in limit:  # a length of time
        span = Span.parse(limit)
        edges = {span.before(case.as_of), span.after(case.as_of)}
        return any(abs((day - edge).days) <= 1 for day in days for edge in edges)
    if question.keyword == "age":
        years = Decimal(limit)
        return any(
            _birthday(day, case.as_of) and abs(case.as_of.year - day.year - years) <= 1 for day in days
        )
    wanted = _digits(Decimal(limit))
    near = {_digits(one) for one in numbers}
    near |= {_digits(one / two) for one in numbers for two in numbers if two}
    near |= {_digits(one * two) for one in numbers for two in numbers}
    return wanted in near or Decimal(limit) in (len(numbers), len(json.loads(case.bundle)["entry"]) - 1)


def _birthday(born: date, day: date) -> bool:
    return abs((born.replace(year=2000) - day.replace(year=2000)).days) <= 1


def _digits(value: Decimal) -> str:
    """The figures of a number, wherever its point is: 25, 25000 and 0.025 are one limit in three units."""
    return re.sub(r"^0+|0+$", "", f"{round(value, 6):f}".replace(".", "").lstrip("-")) or "0"


def _content(case: Case) -> tuple[list[Decimal], list[date]]:
    numbers: list[Decimal] = []
    days: list[date] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)
        elif isinstance(node, int | float) and not isinstance(node, bool):
            numbers.append(Decimal(str(node)))
        elif isinstance(node, str) and re.match(r"\d{4}-\d\d-\d\d", node):
            days.append(date.fromisoformat(node[:10]))

    walk(json.loads(case.bundle))
    return numbers, days
