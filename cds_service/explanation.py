"""From a decided criterion to words: which answers decided it, why it is unknown, what would change it.

The truth of a criterion is the rule engine's. This module walks the same expression once more only to find
the *deciding* answers: of an ``all_of`` that is false, the false parts; of one that is unknown, the unknown
parts first and what is already known after them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from operator import attrgetter
from typing import Final, TypeVar

import msgspec
from msgspec.structs import replace

from cds_service.features.question import (
    Amount,
    Evidence,
    Need,
    Question,
    Reading,
    Reason,
    compare,
    meets,
    why_unknown,
)
from cds_service.kleene import Truth, all_of, any_of, at_least
from cds_service.trials.documented import documented, may_excuse
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
from cds_service.trials.model import Trial

T = TypeVar("T")
Answer = Callable[[Question], Reading]
# In words the day is enough; the evidence keeps the date as recorded.
_TIME_OF_DAY = re.compile(r"T(?<=\d{4}-\d\d-\d\dT)\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?")
_FIVE_DECIMALS = re.compile(r"\.\d{5}")
_LONG_DECIMAL = re.compile(r"(\b\d+\.\d{4})\d+(?![\d…])")
_ANNOTATION = re.compile(r"(?<=\d) \{[^{}]*\}(?![\w/])")  # UCUM's "{INR}", "{score}": no units
_OPPOSITE = tuple(~truth for truth in Truth)
_UNKNOWN: Final = Truth.UNKNOWN  # in Python 3.11 a member by its class costs as much as a call
LIMIT_WORDS = {"at_least": "at least", "above": "above", "at_most": "at most", "below": "below"}


class Point(msgspec.Struct, frozen=True, gc=False):
    """One deciding answer: the question, its reading, and what it says of the expression it stands in."""

    question: Question
    reading: Reading
    truth: Truth
    excuse: bool = False  # it stands in a ``may_excuse``: documented, so a clinician must judge the cause


class Decided(msgspec.Struct, frozen=True, gc=False):
    """An expression's truth with the points that decided it, most telling first, and the rest as context."""

    truth: Truth
    points: tuple[Point, ...] = ()
    context: tuple[Point, ...] = ()


class Walk:
    """Walks the expressions of one trial with one patient's answers, each criterion once."""

    def __init__(self, trial: Trial, answer: Answer) -> None:
        self._trial = trial
        self._answer = answer
        self._walked: dict[str, Decided] = {}

    def criterion(self, id: str) -> Decided:  # noqa: A002  # the field's own word
        decided = self._walked.get(id)
        if decided is None:
            decided = self._walked[id] = self.decide(self._trial.criterion(id).requirement)
        return decided

    def decide(self, expression: Expression) -> Decided:
        """An expression's truth, with three values, and the answers that decided it."""
        if isinstance(expression, Leaf):
            question = expression.question
            reading = self._answer(expression.asked)
            truth = meets(question, reading)
            return Decided(truth, (Point(question, reading, truth),))
        match expression:
            case AllOf(parts=parts):
                inners = list(map(self.decide, parts))
                return _gather(all_of(map(_truth_of, inners)), inners)
            case AnyOf(parts=parts):
                inners = list(map(self.decide, parts))
                return _gather(any_of(map(_truth_of, inners)), inners)
            case Not(part=part):
                inner = self.decide(part)
                return Decided(_OPPOSITE[inner.truth], inner.points, inner.context)
            case MayExcuse(part):
                inner = self.decide(part)
                truth = may_excuse(part, self._answer, self._requirement)
                points = [Point(each.question, each.reading, truth, excuse=True) for each in inner.points]
                return Decided(truth, tuple(points), inner.context)
            case OnRecord(part):
                inner = self.decide(part)
                truth = documented(part, self._answer, self._requirement)
                return Decided(truth, inner.points, inner.context)
            case CriterionRef(id):
                return self.criterion(id)
            case AtLeast(count, parts):
                inners = list(map(self.decide, parts))
                return _gather(at_least(count, map(_truth_of, inners)), inners)

    def _requirement(self, id: str) -> Expression:  # noqa: A002
        return self._trial.criterion(id).requirement


_truth_of: Callable[[Decided], Truth] = attrgetter("truth")


def _gather(truth: Truth, inners: list[Decided]) -> Decided:
    points: list[Point] = []
    context: list[Point] = []
    others: list[Point] = []
    for inner in inners:
        if inner.truth is truth:
            points += inner.points
            context += inner.context
        elif truth is _UNKNOWN:
            others += (*inner.points, *inner.context)
    if others:  # what is known already is worth telling beside an unknown; what was not found is not
        context += [point for point in others if point.reading.evidence]
    return Decided(truth, tuple(points), tuple(context))


def suggesting(indication: Decided) -> Decided:
    """Of an indication that is unknown or there: only the answers that speak for it."""
    points = tuple(point for point in indication.points if point.reading.evidence)
    return replace(indication, points=points) if points else indication


def reason(decided: Decided) -> Reason | None:
    """Why it is unknown: what can be mended first, the clinician's part last.

    A question for the clinician that a record supports is told before "nothing on record" of the rest.
    """
    if decided.truth is not _UNKNOWN:
        return None
    points = decided.points
    if len(points) == 1:
        return _why(points[0])[0]
    return min([_why(point) for point in points], key=_PLACE.__getitem__)[0] if points else _CLINICIAN


_CLINICIAN = Reason.NEEDS_CLINICIAN
_PLACE = {(why, supported): float(place) for place, why in enumerate(Reason) for supported in (False, True)}
"""The order of telling reasons, each with whether a record supports it."""
_PLACE[_CLINICIAN, True] = _PLACE[Reason.NOTHING_ON_RECORD, True] - 0.5


def _why(point: Point) -> tuple[Reason, bool]:
    why = _CLINICIAN if point.excuse else why_unknown(point.question, point.reading)
    return why or Reason.UNUSABLE, bool(point.reading.evidence)


def evidence(decided: Decided) -> tuple[Evidence, ...]:
    """The records it rests on, deciding ones first, each once."""
    points = decided.points + decided.context
    if len(points) == 1 and len(points[0].reading.evidence) <= 1:
        return points[0].reading.evidence
    return _each_once([item for point in points for item in point.reading.evidence])


def needs(decided: Decided) -> tuple[Need, ...]:
    """The tests and records that would settle an unknown."""
    if decided.truth is not _UNKNOWN:
        return ()
    points = decided.points
    if len(points) == 1 and len(points[0].reading.needs) <= 1:
        return points[0].reading.needs
    return _each_once([need for point in points for need in point.reading.needs])


def notes(decided: Decided) -> tuple[str, ...]:
    points = decided.points + decided.context
    return _each_once([note for point in points for note in point.reading.notes])


def _each_once(told: Sequence[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(told)) if len(told) > 1 else tuple(told)


def words(decided: Decided, kind: str) -> str:
    """The explanation: each deciding answer with its limit, then what is already known."""
    points = (*decided.points, *decided.context)
    if len(points) == 1:
        return _for_a_reader(_told(points[0], kind, once=True))
    said = [point.reading.said for point in points]
    return sentences([_told(point, kind, once=said.count(point.reading.said) == 1) for point in points])


def sentences(phrases: Iterable[str]) -> str:
    """Phrases as one text, each once: a full stop between two, unless the first has its own sign."""
    text = ""
    for phrase in dict.fromkeys(map(_for_a_reader, phrases)):
        if phrase in text:
            continue
        if text:
            text += " " if text[-1] in ".?!" else ". "
        text += phrase
    return text


def _for_a_reader(phrase: str) -> str:
    if ":" in phrase:
        phrase = _TIME_OF_DAY.sub("", phrase)
    if "{" in phrase:
        phrase = _ANNOTATION.sub("", phrase)
    return _LONG_DECIMAL.sub(r"\1…", phrase) if _FIVE_DECIMALS.search(phrase) else phrase


def _told(point: Point, kind: str, *, once: bool) -> str:
    said, question = point.reading.said, point.question
    if (window := _window_said(point)) and window not in said:
        return f"{said}; {window}"
    limits = limits_said(question) if isinstance(question, Amount) else ""
    if not limits:
        return said
    if not once and point.reading.low is None and point.reading.high is None:
        return said  # asked for against several limits and not there: telling it once is enough
    return f"{said}; {'needs' if kind == 'inclusion' else 'excluded if'} {limits}"


def _window_said(point: Point) -> str:
    """On which side of a trial's window a known event lies."""
    within = getattr(point.question, "within", None)
    if within is None or not point.reading.evidence or point.reading.truth is not Truth.TRUE:
        return ""
    return f"within the last {within}"


def limits_said(question: Amount) -> str:
    """The limits in words: ``at least 18, at most 65 years``; nothing where there is none."""
    unit = question.unit_said()
    return _limits_said(question.at_least, question.above, question.at_most, question.below, unit)


@lru_cache(maxsize=1024)  # what authors wrote
def _limits_said(*written: str | None) -> str:
    *limits, unit = written
    told = [
        f"{words} {Decimal(limit)}"
        for words, limit in zip(LIMIT_WORDS.values(), limits, strict=True)
        if limit is not None
    ]
    return f"{', '.join(told)} {unit}".strip() if told else ""


@dataclass(frozen=True, slots=True)
class Gap:
    """How far a value is from a limit that it breaks."""

    question: Amount
    word: str
    limit: Decimal
    amount: Fraction


def gaps(decided: Decided, wanted: Truth) -> Iterator[Gap]:
    """For each deciding amount that stands against ``wanted``: the distance to the nearest limit."""
    for point in decided.points:
        reading, question = point.reading, point.question
        if not isinstance(question, Amount) or meets(question, reading) is not ~wanted:
            continue
        if reading.low is None or reading.low != reading.high:
            continue
        broken = [
            (word, limit)
            for word, limit in question.limits()
            if wanted is Truth.FALSE or compare(word, limit, reading) is Truth.FALSE
        ]
        if broken:
            word, limit = min(broken, key=lambda pair: abs(reading.low - Fraction(pair[1])))  # type: ignore[operator]
            yield Gap(question, word, limit, abs(reading.low - Fraction(limit)))


def decimal_said(value: Fraction) -> str:
    """A number for a reader: at most four significant decimals, no trailing zeros."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    rounded = round(exact, 4)
    return f"{rounded.normalize():f}" if rounded else "0"
