"""What the engine is told of one patient: the slots' values as integers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from cds_service.features.question import Question, Reading
from cds_service.kleene import Truth
from cds_service.trials.documented import documented, may_excuse, relevant
from cds_service.trials.expression import Expression, OnRecord
from cds_service.trials.formula import SCALE, STEP, Bounds, Concerns, Count, Decided, Documented, Slot
from cds_service.trials.model import Trial

LARGEST: Final = 2**52


class Values:
    """What the slots hold for one patient, as integers; None is unknown and is left out."""

    def __init__(self, trial: Trial, answer: Callable[[Question], Reading]) -> None:
        self._trial = trial
        self.answer = answer
        self.decided: dict[str, Truth] = {}
        self._concerns: dict[str, bool] = {}

    def truth(self, slot: Slot) -> int | None:
        truth = Truth.UNKNOWN
        match slot:
            case Decided(node):
                truth = self.decided[node]
            case Documented(expression):
                judge = documented if isinstance(expression, OnRecord) else may_excuse
                truth = judge(expression.part, self.answer, self._requirement)
            case Concerns(cohort):
                truth = Truth.TRUE if self.concerns(cohort) else Truth.FALSE
        return None if truth is Truth.UNKNOWN else int(truth)

    def bounds(self, slot: Bounds | Count) -> tuple[int | None, int | None]:
        if isinstance(slot, Count):
            truths = [self.decided[node] for node in slot.nodes]
            sure = sum(truth is Truth.TRUE for truth in truths)
            possible = sum(truth is not Truth.FALSE for truth in truths)
            return sure * SCALE * STEP, possible * SCALE * STEP
        reading = self.answer(slot.quantity)
        low, high = scaled(reading.low, reading.low_open), scaled(reading.high, -reading.high_open)
        if low is not None and high is not None and low > high:
            return None, None  # bounds that no value lies between say nothing
        return within(low), within(high)

    def concerns(self, cohort: str) -> bool:
        known = self._concerns.get(cohort)
        if known is None:
            found = next(each for each in self._trial.cohorts if each.id == cohort)
            known = self._concerns[cohort] = relevant(found.indication, self.answer)
        return known

    def _requirement(self, id: str) -> Expression:  # noqa: A002
        return self._trial.criterion(id).requirement


def scaled(bound: Fraction | None, shift: int) -> int | None:
    """A bound as an integer that compares with every scaled limit as the bound itself does.

    Limits stand on multiples of STEP. A bound between two limits stands half-way between them; one that is
    excluded itself stands one to its inner side. What has no bound is left out.
    """
    if bound is None:
        return None
    whole, rest = divmod(bound.numerator * SCALE, bound.denominator)
    return whole * STEP + (STEP // 2 if rest else int(shift))


def within(bound: int | None) -> int | None:
    """A bound too large for the engine stands where the engine's numbers end, beyond every limit (which has
    at most nine digits).
    """
    return None if bound is None else max(-LARGEST, min(bound, LARGEST))
