"""From a trial to a program of the rule engine: nodes, in rounds, on pages.

Every criterion is a node; so is each alternative and the fold of the cohorts. A node that rests on other
nodes is decided in a later round. What is too large for one rule is split into nodes of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from cds_service.features.question import Amount
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
from cds_service.trials.formula import (
    Asked,
    Bounds,
    Concerns,
    Count,
    Decided,
    Documented,
    Every,
    Formula,
    Is,
    Meets,
    Opposite,
    Slot,
    Some,
    condition,
    groups,
    paths,
    slots,
)
from cds_service.trials.model import Criterion, Trial

# The engine's own bounds are 64 paths, 14 groups and 252 properties; all of these stay well inside.
MOST_PATHS_A_NODE: Final = 24
MOST_PATHS_A_PAGE: Final = 60
MOST_GROUPS: Final = 12
MOST_SLOTS_A_PAGE: Final = 50
MOST_PARTS: Final = 8

COHORTS: Final = "cohorts"


@dataclass(frozen=True, slots=True)
class Rule:
    """One node: its name, its formula and the round in which it can be decided."""

    name: str
    formula: Formula
    round: int


@dataclass(frozen=True, slots=True)
class Page:
    """Nodes that are decided by one fact."""

    rules: tuple[Rule, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        return tuple(dict.fromkeys(slot for rule in self.rules for slot in slots(rule.formula)))


@dataclass(frozen=True, slots=True)
class Group:
    """What counts once: one criterion, one set of alternatives, or the cohorts together.

    ``met_when_true`` says whether its node's being true is good for the patient.
    """

    name: str
    node: str
    met_when_true: bool


@dataclass(frozen=True, slots=True)
class Program:
    """A whole trial: pages in the order in which they can be decided."""

    trial: Trial
    pages: tuple[Page, ...]
    groups: tuple[Group, ...]


def compile_trial(trial: Trial) -> Program:
    """The program of a trial that the loader has checked."""
    building = _Building()
    for criterion in _in_order(trial):
        building.add(criterion.id, building.formula(criterion.requirement))
    found = tuple(_groups(trial, building))
    return Program(trial, tuple(_pages(building.rules)), found)


def criterion_node(id: str) -> str:  # noqa: A002
    """The name of a criterion's node; no other node has a name like it."""
    return f"criterion {id}"


@dataclass
class _Building:
    rules: list[Rule] = field(default_factory=list)
    rounds: dict[str, int] = field(default_factory=dict)
    parts: Iterator[int] = field(default_factory=itertools.count)

    def add(self, id: str, formula: Formula) -> str:  # noqa: A002
        return self.node(criterion_node(id), formula)

    def node(self, name: str, formula: Formula) -> str:
        fitted = self._fitted(formula)
        if not _fits(fitted):
            fitted = self._narrowed(fitted)
        self.rounds[name] = 1 + max((self._round(slot) for slot in slots(fitted)), default=0)
        self.rules.append(Rule(name, fitted, self.rounds[name]))
        return name

    def formula(self, expression: Expression) -> Formula:
        match expression:
            case Leaf(question):
                if isinstance(question, Amount) and isinstance(expression.asked, Amount):
                    return Meets(Bounds(expression.asked), question.limits())
                return Is(Asked(question))
            case AllOf(parts):
                return Every(tuple(self.formula(part) for part in parts))
            case AnyOf(parts):
                return Some(tuple(self.formula(part) for part in parts))
            case Not(part):
                return Opposite(self.formula(part))
            case AtLeast(count, parts):
                nodes = tuple(self._split_off(self.formula(part)) for part in parts)
                return Meets(Count(nodes), (("at_least", Decimal(count)),))
            case OnRecord() | MayExcuse():
                return Is(Documented(expression))
            case CriterionRef(id):
                return Is(Decided(criterion_node(id)))

    def _split_off(self, formula: Formula) -> str:
        return self.node(f"part {next(self.parts)}", formula)

    def _round(self, slot: Slot) -> int:
        if isinstance(slot, Decided):
            return self.rounds[slot.node]
        return max(self.rounds[node] for node in slot.nodes) if isinstance(slot, Count) else 0

    def _fitted(self, formula: Formula) -> Formula:
        """The same with no list longer than MOST_PARTS and no part too large for one rule."""
        match formula:
            case Every(parts) | Some(parts):
                fitted = [self._fitted(part) for part in parts]
                fitted = [part if _fits(part) else self._narrowed(part) for part in fitted]
                while len(fitted) > MOST_PARTS:
                    head, fitted = fitted[:MOST_PARTS], fitted[MOST_PARTS:]
                    fitted.append(Is(Decided(self._split_off(type(formula)(tuple(head))))))
                return type(formula)(tuple(fitted))
            case Opposite(part):
                return Opposite(self._fitted(part))
            case _:
                return formula

    def _narrowed(self, formula: Formula) -> Formula:
        """The same with its largest parts split off until it fits."""
        match formula:
            case Every(parts) | Some(parts):
                remaining = list(parts)
                for index in sorted(range(len(parts)), key=lambda index: -_size(parts[index])):
                    whole = type(formula)(tuple(remaining))
                    if _fits(whole):
                        return whole
                    remaining[index] = Is(Decided(self._split_off(remaining[index])))
                return type(formula)(tuple(remaining))
            case Opposite(part):
                return Opposite(self._narrowed(part))
            case _:
                return formula


def _size(formula: Formula) -> int:
    return sum(paths(condition(formula, true=true)) for true in (True, False))


def _fits(formula: Formula) -> bool:
    most = max(groups(condition(formula, true=true)) for true in (True, False))
    return _size(formula) <= MOST_PATHS_A_NODE and most <= MOST_GROUPS


def _in_order(trial: Trial) -> Iterable[Criterion]:
    """Every criterion after those it names."""
    done: dict[str, Criterion] = {}

    def visit(criterion: Criterion) -> None:
        if criterion.id not in done:
            for id in _references(criterion.requirement):  # noqa: A001
                visit(trial.criterion(id))
            done[criterion.id] = criterion

    for criterion in trial.criteria:
        visit(criterion)
    return done.values()


def _references(expression: Expression) -> Iterable[str]:
    """The criteria that the rules name; those inside ``on_record`` and ``may_excuse`` are read elsewhere."""
    match expression:
        case CriterionRef(id):
            yield id
        case AllOf(parts) | AnyOf(parts) | AtLeast(_, parts):
            for part in parts:
                yield from _references(part)
        case Not(part):
            yield from _references(part)


def _groups(trial: Trial, building: _Building) -> Iterable[Group]:
    folded = {id for branches in trial.alternatives for branch in branches for id in branch}  # noqa: A001
    folded |= {cohort.id for cohort in trial.cohorts}
    for branches in trial.alternatives:
        name = " or ".join("+".join(branch) for branch in branches)
        met = Some(tuple(Every(tuple(_met(trial, id) for id in branch)) for branch in branches))  # noqa: A001
        yield Group(name, building.node(f"alternatives {name}", met), met_when_true=True)
    for criterion in trial.criteria:
        if criterion.part_of is None and criterion.id not in folded:
            yield Group(criterion.id, criterion_node(criterion.id), criterion.kind == "inclusion")
    if trial.cohorts:
        met = Some(
            tuple(Every((Is(Concerns(cohort.id)), _met(trial, cohort.id))) for cohort in trial.cohorts)
        )
        yield Group(COHORTS, building.node(COHORTS, met), met_when_true=True)


def _met(trial: Trial, id: str) -> Formula:  # noqa: A002
    decided = Is(Decided(criterion_node(id)))
    return decided if trial.criterion(id).kind == "inclusion" else Opposite(decided)


def _pages(rules: list[Rule]) -> Iterable[Page]:
    """Rules of one round together, as many as the engine can safely hold in one fact."""
    page: list[Rule] = []
    ways, held = 0, set[Slot]()
    for rule in sorted(rules, key=lambda rule: rule.round):
        more, wanted = _size(rule.formula), set(slots(rule.formula))
        full = ways + more > MOST_PATHS_A_PAGE or len(held | wanted) > MOST_SLOTS_A_PAGE
        if page and (full or page[-1].round != rule.round):
            yield Page(tuple(page))
            page, ways, held = [], 0, set()
        page.append(rule)
        ways, held = ways + more, held | wanted
    if page:
        yield Page(tuple(page))
