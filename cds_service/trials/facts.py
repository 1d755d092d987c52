"""What the engine is told of one patient: truths, and bounds as integers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from cds_service.features.question import Question, Reading
from cds_service.kleene import Truth
from cds_service.trials.documented import relevant
from cds_service.trials.expression import Expression
from cds_service.trials.formula import SCALE, STEP, Count
from cds_service.trials.model import Trial

LARGEST: Final = 2**52


class Values:
    """What the slots hold for one patient; ``decided`` are the nodes, unknown until a page decides them."""

    def __init__(
        self, trial: Trial, answer: Callable[[Question], Reading], decided: dict[str, Truth]
    ) -> None:
        self._trial = trial
        self.answer = answer
        self.decided = decided
        self._concerns: dict[str, bool] = {}

    def count(self, slot: Count) -> tuple[int, int]:
        """How many of its nodes are true, and how many may be."""
        truths = [self.decided[node] for node in slot.nodes]
        possible = len(truths) - truths.count(Truth.FALSE)
        return truths.count(Truth.TRUE) * SCALE * STEP, possible * SCALE * STEP

    def concerns(self, cohort: str) -> bool:
        known = self._concerns.get(cohort)
        if known is None:
            found = next(each for each in self._trial.cohorts if each.id == cohort)
            known = self._concerns[cohort] = relevant(found.indication, self.answer)
        return known

    def requirement(self, id: str) -> Expression:  # noqa: A002
        return self._trial.criterion(id).requirement


def bounded(reading: Reading) -> tuple[int | None, int | None]:
    """The ends of an amount as integers; None is unknown and is left out."""
    low, high = reading.low, reading.high
    if low is high and not (reading.low_open or reading.high_open):
        exact = within(scaled(low, 0)) if low is not None else None
        return exact, exact
    least, most = scaled(low, reading.low_open), scaled(high, -reading.high_open)
    if least is not None and most is not None and least > most:
        return None, None  # bounds that no value lies between say nothing
    return within(least), within(most)


def scaled(bound: Fraction | None, shift: int) -> int | None:
    """A bound as an integer that compares with every scaled limit as the bound itself does.

    Limits stand on multiples of STEP. A bound between two limits stands half-way between them; one that is
    excluded itself stands one to its inner side. What has no bound is left out.
    """
    if bound is None:
        return None
    numerator, denominator = bound.as_integer_ratio()
    whole, rest = divmod(numerator * SCALE, denominator)
    return whole * STEP + (STEP // 2 if rest else int(shift))


def within(bound: int | None) -> int | None:
    """A bound too large for the engine stands where the engine's numbers end, beyond every limit (which has
    at most nine digits).
    """
    if bound is None or -LARGEST <= bound <= LARGEST:
        return bound
    return LARGEST if bound > 0 else -LARGEST
