"""A criterion's ``when``: questions joined by words, as a tree.

The words are ``all_of``, ``any_of``, ``not``, ``at_least`` n ``of`` and three that this field needs:

``on_record``
    TRUE where the inner statement is documented, FALSE where it is not (an absent record counts as not
    documented here and nowhere else), UNKNOWN only where the record could not be had. It is for conditions
    of an exception: "except Gilbert's".
``may_excuse``
    UNKNOWN (a clinician must judge) where the inner statement is documented or might be, FALSE where it is
    not. It is for exceptions about causation: "excluding abnormalities due to SLE hepatitis".
``criterion``
    another criterion of the same trial, by id.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cds_service.features.question import Amount, Question


@dataclass(frozen=True, slots=True)
class Leaf:
    """One question. ``asked`` is what a chart is asked: an amount without its limits."""

    question: Question
    asked: Question = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        question = self.question
        asked = question.quantity() if isinstance(question, Amount) else question
        object.__setattr__(self, "asked", asked)


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Expression


@dataclass(frozen=True, slots=True)
class AtLeast:
    count: int
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class OnRecord:
    part: Expression


@dataclass(frozen=True, slots=True)
class MayExcuse:
    part: Expression


@dataclass(frozen=True, slots=True)
class CriterionRef:
    id: str


Expression = Leaf | AllOf | AnyOf | Not | AtLeast | OnRecord | MayExcuse | CriterionRef


def children(expression: Expression) -> tuple[Expression, ...]:
    """The parts one level down."""
    match expression:
        case AllOf(parts) | AnyOf(parts) | AtLeast(_, parts):
            return parts
        case Not(part) | OnRecord(part) | MayExcuse(part):
            return (part,)
        case _:
            return ()


def leaves(expression: Expression) -> Iterator[Leaf]:
    """Every question in the tree, in reading order."""
    if isinstance(expression, Leaf):
        yield expression
    for part in children(expression):
        yield from leaves(part)
