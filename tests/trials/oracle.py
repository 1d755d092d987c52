"""The same decisions as the rule engine's, in plain Python: what the engine is held against."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar

from cds_service.features.question import Amount, Question, Reading, Reason, meets
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
from cds_service.trials.model import Cohort, Criterion, Source, Trial

Answer = Callable[[Question], Reading]


class Has(Question, frozen=True, kw_only=True):
    """A plain question for tests."""

    keyword: ClassVar[str] = "has"
    has: str
    also: tuple[str, ...] = ()
    within: str | None = None
    note: str | None = None


class Level(Amount, frozen=True, kw_only=True):
    """An amount for tests."""

    keyword: ClassVar[str] = "level"
    level: str
    unit: str | None = None


class Ask(Question, frozen=True, kw_only=True):
    """A question to the clinician, for tests."""

    keyword: ClassVar[str] = "ask_clinician"
    ask_clinician: str
    look_at: tuple[Question, ...] = ()


QUESTIONS = {kind.keyword: kind for kind in (Has, Level, Ask)}
SOURCE = Source("test", "source.txt", "0")


def asked(question: Question) -> Question:
    return question.quantity() if isinstance(question, Amount) else question


@dataclass
class Oracle:
    """Walks the tree. Slow, plain, and written apart from the compiler."""

    trial: Trial
    answer: Answer
    walked: dict[int, Truth] = field(default_factory=dict)
    required: dict[str, Expression] = field(default_factory=dict)  # kept, so that their ids stay their own

    def truth(self, expression: Expression) -> Truth:
        """Each part of a tree is walked once."""
        key = id(expression)
        if key not in self.walked:
            self.walked[key] = self._truth(expression)
        return self.walked[key]

    def requirement(self, name: str) -> Expression:
        if name not in self.required:
            self.required[name] = self.trial.criterion(name).requirement
        return self.required[name]

    def _truth(self, expression: Expression) -> Truth:
        match expression:
            case Leaf(question):
                return meets(question, self.answer(asked(question)))
            case CriterionRef(name):
                return self.truth(self.requirement(name))
            case Not(part):
                return ~self.truth(part)
            case AllOf(parts):
                return all_of(self.truth(part) for part in parts)
            case AnyOf(parts):
                return any_of(self.truth(part) for part in parts)
            case AtLeast(count, parts):
                return at_least(count, [self.truth(part) for part in parts])
            case OnRecord(part):
                return self.documented(part)
            case MayExcuse(part):
                return Truth.FALSE if self.documented(part) is Truth.FALSE else Truth.UNKNOWN
        raise AssertionError(expression)

    def documented(self, part: Expression) -> Truth:
        truth = self.truth(part)
        if truth is not Truth.UNKNOWN:
            return truth
        unsure = {Reason.NEEDS_CLINICIAN, Reason.CONFLICTING, Reason.UNUSABLE}
        if any(reading.lost or reading.reason in unsure for reading in self.deciding(part)):
            return Truth.UNKNOWN
        return Truth.FALSE

    def deciding(self, part: Expression) -> list[Reading]:
        """Of an unknown part, the readings of the unknown leaves reached through unknown parts only."""
        if self.truth(part) is not Truth.UNKNOWN:
            return []
        match part:
            case Leaf(question):
                return [self.answer(asked(question))]
            case CriterionRef(name):
                return self.deciding(self.requirement(name))
            case Not(inner) | OnRecord(inner):
                return self.deciding(inner)
            case MayExcuse():
                return [Reading(reason=Reason.NEEDS_CLINICIAN)]
            case AllOf(parts) | AnyOf(parts) | AtLeast(_, parts):
                return [reading for inner in parts for reading in self.deciding(inner)]
        raise AssertionError(part)

    def truths(self) -> dict[str, Truth]:
        return {each.id: self.truth(self.requirement(each.id)) for each in self.trial.criteria}

    def concerns(self, cohort: Cohort) -> bool:
        truth = self.truth(cohort.indication)
        suggests = {Reason.NEEDS_CLINICIAN, Reason.CONFLICTING, Reason.UNUSABLE}
        suggested = any(reading.reason in suggests for reading in self.deciding(cohort.indication))
        return truth is Truth.TRUE or (truth is Truth.UNKNOWN and suggested)

    def met(self, name: str) -> Truth:
        truth = self.truth(self.requirement(name))
        return truth if self.trial.criterion(name).kind == "inclusion" else ~truth

    def groups(self, relevance: Truth) -> list[Truth]:
        """Sorted, since only how many there are of each counts."""
        trial = self.trial
        folded = {name for branches in trial.alternatives for branch in branches for name in branch}
        folded |= {cohort.id for cohort in trial.cohorts}
        found = [
            self.met(criterion.id)
            for criterion in trial.criteria
            if criterion.part_of is None and criterion.id not in folded
        ]
        found += [
            any_of(all_of(self.met(name) for name in branch) for branch in branches)
            for branches in trial.alternatives
        ]
        if trial.cohorts:
            found.append(
                any_of(
                    self.met(cohort.id) if relevance is Truth.FALSE or self.concerns(cohort) else Truth.FALSE
                    for cohort in trial.cohorts
                )
            )
        return sorted(found)

    def cohorts_open(self) -> tuple[str, ...]:
        return tuple(
            cohort.id
            for cohort in self.trial.cohorts
            if self.concerns(cohort) and self.truth(self.requirement(cohort.id)) is not Truth.FALSE
        )

    def result(self, relevance: Truth) -> str:
        if relevance is Truth.FALSE:
            return "not-relevant"
        return "ruled-out" if Truth.FALSE in self.groups(relevance) else "possible-match"


LIMITS = ("0", "0.5", "1", "1.5", "2.00001", "3.0", "-1.25")
REASONS = (None, *Reason)


def random_question(chance: random.Random) -> Question:
    if chance.random() < 0.55:
        return Has(has=chance.choice("abcdefghijklmnop"))
    words = chance.sample(Amount.LIMITS, k=chance.choice((1, 1, 1, 2, 3)))
    limits = {word: chance.choice(LIMITS) for word in words}
    return Level(level=chance.choice("qrstuvw"), **limits)


def random_expression(
    chance: random.Random, depth: int, before: list[str], *, excused: bool = False
) -> Expression:
    kind = chance.random()
    if depth == 0 or kind < 0.2:
        if before and chance.random() < 0.15:
            return CriterionRef(chance.choice(before))
        return Leaf(random_question(chance))

    def part() -> Expression:
        return random_expression(chance, depth - 1, before, excused=excused)

    if kind < 0.42:
        return AllOf(tuple(part() for _ in range(chance.choice((1, 2, 2, 3, 5, 11)))))
    if kind < 0.64:
        return AnyOf(tuple(part() for _ in range(chance.choice((1, 2, 2, 3, 5, 11)))))
    if kind < 0.76:
        return Not(part())
    if kind < 0.86:
        parts = tuple(part() for _ in range(chance.randint(1, 7)))
        return AtLeast(chance.randint(1, len(parts)), parts)
    if excused:
        return part()
    word = OnRecord if kind < 0.94 else MayExcuse
    return word(random_expression(chance, depth - 1, before, excused=True))


def random_trial(chance: random.Random, name: str) -> Trial:
    """A trial with composites, alternatives, cohorts, exceptions and conditions."""
    criteria: list[Criterion] = []
    for number in range(chance.randint(8, 30)):
        before = [each.id for each in criteria]
        criteria.append(
            Criterion(
                id=f"{'IE'[number % 2]}{number}",
                kind=("inclusion", "exclusion")[number % 2],
                text="t",
                reading="r",
                when=random_expression(chance, chance.choice((0, 1, 1, 2, 3)), before),
                only_if=random_expression(chance, 1, []) if chance.random() < 0.2 else None,
                unless=Leaf(random_question(chance)) if chance.random() < 0.2 else None,
                part_of=chance.choice(before) if before and chance.random() < 0.1 else None,
            )
        )
    names = [each.id for each in criteria]
    chance.shuffle(names)
    with_alternatives, with_cohorts = chance.random() < 0.5, chance.random() < 0.5
    return Trial(
        id=name,
        title="t",
        status="recruiting",
        source=SOURCE,
        indication=Leaf(Has(has="a")),
        criteria=tuple(criteria),
        alternatives=((tuple(names[:2]), tuple(names[2:3])),) if with_alternatives else (),
        cohorts=tuple(Cohort(each, each, random_expression(chance, 1, [])) for each in names[3:6])
        if with_cohorts
        else (),
    )


def random_reading(chance: random.Random, question: Question) -> Reading:
    reason, lost = chance.choice(REASONS), chance.random() < 0.05
    if not isinstance(question, Amount):
        truth = chance.choice((Truth.FALSE, Truth.TRUE, Truth.UNKNOWN))
        return Reading(truth=truth, reason=reason, lost=lost)
    if chance.random() < 0.2:
        return Reading(reason=reason, lost=lost)
    at = Fraction(chance.choice(LIMITS)) + chance.choice((0, 0, 1, -1)) * Fraction(
        1, chance.choice((1, 3, 10**5, 10**9))
    )
    if chance.random() < 0.5:
        return Reading(low=at, high=at, reason=reason)
    width = Fraction(chance.choice(("0.5", "1", "1/3", "2")))
    low = None if chance.random() < 0.3 else at
    high = None if low is not None and chance.random() < 0.3 else at + width
    return Reading(
        low=low,
        high=high,
        low_open=low is not None and chance.random() < 0.4,
        high_open=high is not None and chance.random() < 0.4,
        reason=reason,
        lost=lost,
    )


def random_chart(chance: random.Random, trial: Trial) -> Mapping[Question, Reading]:
    return {question: random_reading(chance, question) for question in questions_of(trial)}


def questions_of(trial: Trial) -> list[Question]:
    """Every question of a trial, amounts without limits, once, in reading order."""
    from cds_service.trials.expression import leaves

    wholes = [each.requirement for each in trial.criteria]
    wholes += [trial.indication, *(cohort.indication for cohort in trial.cohorts)]
    return list(dict.fromkeys(asked(leaf.question) for whole in wholes for leaf in leaves(whole)))
