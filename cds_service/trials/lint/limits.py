"""Limits that no value meets, that every value meets, or that no laboratory would report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from cds_service.concepts.units import factor, scales_of
from cds_service.features.question import Amount
from cds_service.trials.expression import AllOf, AnyOf, Expression, Leaf, Not, children
from cds_service.trials.lint.finding import ERROR, Draft, Finding, expressions, questions

# A range of values: its bounds, and whether each bound itself belongs to it.
Range = tuple[Fraction | None, bool, Fraction | None, bool]
EVERYTHING: Range = (None, False, None, False)


def meets_both(one: Range, other: Range) -> Range:
    """The values in both ranges."""
    low = max((one[:2], other[:2]), key=lambda bound: (bound[0] is not None, bound[0] or 0, not bound[1]))
    high = min(
        ((one[2], one[3]), (other[2], other[3])),
        key=lambda bound: (bound[0] is None, bound[0] or 0, bound[1]),
    )
    return (*low, *high)


def empty(values: Range) -> bool:
    low, low_in, high, high_in = values
    return low is not None and high is not None and (low > high or (low == high and not (low_in and high_in)))


def values_of(limits: Iterable[tuple[str, Decimal]]) -> Range:
    """The values that meet all of these limits."""
    values = EVERYTHING
    for word, limit in limits:
        at = Fraction(limit)
        one: Range = {
            "at_least": (at, True, None, False),
            "above": (at, False, None, False),
            "at_most": (None, False, at, True),
            "below": (None, False, at, False),
        }[word]
        values = meets_both(values, one)
    return values


class Contradiction:
    """``{at_least: "10", at_most: "5"}``: no value is both."""

    def check(self, draft: Draft) -> Iterator[Finding]:
        for criterion in draft.trial.criteria:
            for question in questions(criterion):
                if isinstance(question, Amount) and empty(values_of(question.limits())):
                    said = f"No value meets all limits of {criterion.id}. Mend the limits."
                    yield draft.at(ERROR, draft.line(question, criterion), said)


class UnreachableBranch:
    """An ``all_of`` that cannot be true, or an ``any_of`` that cannot be false."""

    def check(self, draft: Draft) -> Iterator[Finding]:
        for criterion in draft.trial.criteria:
            for expression in expressions(criterion):
                for said in _unreachable(expression):
                    yield draft.at(ERROR, criterion.line, f"{criterion.id}: {said}")


def _unreachable(expression: Expression) -> Iterator[str]:
    for part in children(expression):
        yield from _unreachable(part)
    if not isinstance(expression, AllOf | AnyOf):
        return
    word = "all_of" if isinstance(expression, AllOf) else "any_of"
    if len(set(expression.parts)) < len(expression.parts):
        yield f'"{word}" holds one part twice. Remove one.'
    if any(Not(part) in expression.parts for part in expression.parts):
        never = "can never be true" if word == "all_of" else "is always true or unknown"
        yield f'"{word}" holds a part and its opposite, so it {never}. Remove one.'
    amounts: dict[Amount, list[Range]] = {}
    for part in expression.parts:
        if isinstance(part, Leaf) and isinstance(part.question, Amount):
            limits = values_of(part.question.limits())
            amounts.setdefault(part.question.quantity(), []).append(limits)
    for ranges in amounts.values():
        if word == "all_of" and any(empty(meets_both(*pair)) for pair in combinations(ranges, 2)):
            yield '"all_of" asks one amount to be in two places at once. Mend the limits.'
        if word == "any_of" and _cover_everything(ranges):
            yield '"any_of" is met by every value of one amount. Mend the limits.'


def _cover_everything(ranges: list[Range]) -> bool:
    reached: tuple[Fraction | None, bool] | None = None  # up to where, and whether with that value
    for low, low_in, high, high_in in sorted(ranges, key=lambda each: (each[0] is not None, each[0] or 0)):
        if reached is None:
            if low is not None:
                return False
        elif low is not None and reached[0] is not None:
            gap = low > reached[0] or (low == reached[0] and not (low_in or reached[1]))
            if gap:
                return False
        if high is None:
            return True
        if reached is None or (reached[0] is not None and (high, high_in) > (reached[0], reached[1])):
            reached = (high, high_in)
    return False


class UnitMismatch:
    """A limit that the test cannot reach in the unit written, such as a hemoglobin of 70 g/dL."""

    def check(self, draft: Draft) -> Iterator[Finding]:
        labs = draft.concepts.labs
        for criterion in draft.trial.criteria:
            for question in questions(criterion):
                key, unit = getattr(question, question.keyword, None), getattr(question, "unit", None)
                if not isinstance(question, Amount) or not isinstance(unit, str) or key not in labs:
                    continue
                concept = labs.concept(str(key))
                own = concept.scale
                factors = [factor(scale, own, concept.conversion) for scale in scales_of(unit)] if own else []
                sizes = [size for size in factors if size is not None]
                for _, limit in question.limits():
                    reached = [Fraction(limit) * size for size in sizes]
                    if reached and all(_beyond(value, concept.least, concept.most) for value in reached):
                        said = (
                            f"{criterion.id}: {limit} {unit} is not a value that {concept.name} can have "
                            f"({concept.least} to {concept.most} {concept.unit}). Mend the limit or its unit."
                        )
                        yield draft.at(ERROR, draft.line(question, criterion), said)


def _beyond(value: Fraction, least: Fraction | None, most: Fraction | None) -> bool:
    return (least is not None and value < least) or (most is not None and value > most)
