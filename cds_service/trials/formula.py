"""A criterion as the rule engine sees it: a formula over slots, in two rules that say true and false.

A *slot* is one thing the engine is told as typed integers: whether a question is true, between which bounds
an amount lies, what was decided of another node, how many of a list are true. Each node of a program has two
rules from its formula in negation normal form: one fires when it is definitely true, one when it is
definitely false. Neither is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from cds_service.features.question import Amount, Question
from cds_service.trials.expression import MayExcuse, OnRecord

SCALE: Final = 10**5  # limits have at most five decimals
STEP: Final = 10  # room between two limits, so that a value between them, or an open bound, has a place


@dataclass(frozen=True, slots=True)
class Asked:
    """Whether a plain question is true."""

    question: Question


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which bounds an amount lies, whatever its limits."""

    quantity: Amount


@dataclass(frozen=True, slots=True)
class Documented:
    """What an ``on_record`` or ``may_excuse`` comes to."""

    expression: OnRecord | MayExcuse


@dataclass(frozen=True, slots=True)
class Concerns:
    """Whether a cohort's indication is there or suggested."""

    cohort: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided of another node, in an earlier round."""

    node: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many of these nodes are true: at least those that are, at most those that may be."""

    nodes: tuple[str, ...]


Slot = Asked | Bounds | Documented | Concerns | Decided | Count
Limits = tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Is:
    """A slot that is true or false."""

    slot: Asked | Documented | Concerns | Decided


@dataclass(frozen=True, slots=True)
class Meets:
    """A slot with bounds, against all of these limits."""

    slot: Bounds | Count
    limits: Limits


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Opposite:
    part: Formula


Formula = Is | Meets | Every | Some | Opposite


def slots(formula: Formula) -> Iterator[Slot]:
    """Every slot, in reading order, as often as it stands there."""
    match formula:
        case Is(slot) | Meets(slot, _):
            yield slot
        case Every(parts) | Some(parts):
            for part in parts:
                yield from slots(part)
        case Opposite(part):
            yield from slots(part)


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison of one property: ``side`` is "" for a truth, "l" or "h" for a bound."""

    slot: Slot
    side: str
    operator: str
    value: int


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions joined by ``$and`` or ``$or``."""

    word: str
    parts: tuple[Condition, ...]


Condition = Test | Joined

# For each limit: which bound shows that it is met, and which that it is not.
_MET: Final = {
    "at_least": ("l", "$gte"),
    "above": ("l", "$gt"),
    "at_most": ("h", "$lte"),
    "below": ("h", "$lt"),
}
_BROKEN: Final = {
    "at_least": ("h", "$lt"),
    "above": ("h", "$lte"),
    "at_most": ("l", "$gt"),
    "below": ("l", "$gte"),
}


def condition(formula: Formula, *, true: bool) -> Condition:
    """When the formula is definitely true (or definitely false): its negation normal form."""
    match formula:
        case Is(slot):
            return Test(slot, "", "$eq", 2 if true else 0)
        case Meets(slot, limits):
            sides = _MET if true else _BROKEN
            tests = [Test(slot, *sides[word], int(limit * SCALE) * STEP) for word, limit in limits]
            return _joined("$and" if true else "$or", tests)
        case Every(parts):
            return _joined("$and" if true else "$or", [condition(part, true=true) for part in parts])
        case Some(parts):
            return _joined("$or" if true else "$and", [condition(part, true=true) for part in parts])
        case Opposite(part):
            return condition(part, true=not true)


def _joined(word: str, parts: list[Any]) -> Condition:
    flat: list[Condition] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Joined) and part.word == word else (part,))
    return flat[0] if len(flat) == 1 else Joined(word, tuple(flat))


def paths(tested: Condition) -> int:
    """In how many ways the rule can fire: the engine follows each, and its stack holds 64."""
    if isinstance(tested, Test):
        return 1
    ways = [paths(part) for part in tested.parts]
    if tested.word == "$or":
        return sum(ways)
    product = 1
    for way in ways:
        product *= way
    return product


def groups(tested: Condition) -> int:
    """How many ``$and`` and ``$or`` a condition holds: the engine takes 14."""
    return 0 if isinstance(tested, Test) else 1 + sum(groups(part) for part in tested.parts)
