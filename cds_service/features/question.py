"""What a criterion may ask of a chart, and the shape of every answer.

A *question* is one leaf of a criterion (``{lab: alt, at_least: "3.0", times: uln}``): a frozen struct whose
fields are what the rule author wrote, with one method, :meth:`Question.read`. An answer is a *reading*. A
plain question is answered TRUE, FALSE or UNKNOWN. An *amount* is answered with the interval in which the
patient's value lies, in the unit the author wrote; the rule engine compares it with the limits.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

import msgspec
from msgspec.structs import replace

from cds_service.kleene import Truth

if TYPE_CHECKING:
    from cds_service.features.chart import Chart
    from cds_service.features.traces import Traces


class Reason(StrEnum):
    """Why something is unknown. The order is the order of telling: what can be mended comes first."""

    CONFLICTING = "conflicting"
    UNUSABLE = "unusable"
    STALE = "stale"
    MISSING_DATA = "missing-data"
    NOTHING_ON_RECORD = "nothing-on-record"
    NEEDS_CLINICIAN = "needs-clinician"


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """One record that a verdict rests on, as recorded: where it is, its code, its value, its date."""

    reference: str
    code: str | None = None
    value: str | None = None
    date: str | None = None


class Need(msgspec.Struct, frozen=True, gc=False):
    """A test or record that would settle the question: its name, and its LOINC code where it has one."""

    name: str
    loinc: str | None = None


class Reading(msgspec.Struct, frozen=True):
    """The answer to one question.

    ``truth`` answers a plain question. For an amount, ``low`` and ``high`` bound the patient's value
    (equal for an exact value, one of them None for "<20", ``*_open`` where the bound itself is excluded);
    both None is unknown. ``reason`` says why it is, or would be, unknown. ``said`` is one clinical phrase
    with the patient's own value and date ("Platelets 118 10*3/uL on 2026-11-02"). ``until`` is the day on
    which a window ends, so that waiting can be weighed. ``not_applicable`` marks what does not concern this
    patient. ``lost`` marks what could not be had (a failed query, unread pages), which nothing may take for
    "not documented". ``unjudged`` is a lower bound of an amount that only a clinician could confirm: it never
    decides, it only says whom to ask.
    """

    truth: Truth = Truth.UNKNOWN
    low: Fraction | None = None
    high: Fraction | None = None
    low_open: bool = False
    high_open: bool = False
    reason: Reason | None = None
    said: str = ""
    evidence: tuple[Evidence, ...] = ()
    needs: tuple[Need, ...] = ()
    notes: tuple[str, ...] = ()
    until: date | None = None
    not_applicable: bool = False
    lost: bool = False
    unjudged: Fraction | None = None

    def with_notes(self, *notes: str) -> Reading:
        """The same reading with more notes."""
        return replace(self, notes=(*self.notes, *notes)) if notes else self


def unknown(
    reason: Reason,
    said: str,
    *,
    evidence: Iterable[Evidence] = (),
    needs: Iterable[Need] = (),
    notes: Iterable[str] = (),
    lost: bool = False,
) -> Reading:
    """A reading that settles nothing, and why."""
    return Reading(
        reason=reason,
        said=said,
        evidence=tuple(evidence),
        needs=tuple(needs),
        notes=tuple(notes),
        lost=lost,
    )


def known(
    truth: Truth | bool,
    said: str,
    *,
    evidence: Iterable[Evidence] = (),
    notes: Iterable[str] = (),
    until: date | None = None,
    not_applicable: bool = False,
) -> Reading:
    """A plain question answered from the record."""
    if not isinstance(truth, Truth):
        truth = Truth.TRUE if truth else Truth.FALSE
    return Reading(
        truth=truth,
        said=said,
        evidence=tuple(evidence),
        notes=tuple(notes),
        until=until,
        not_applicable=not_applicable,
    )


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that a criterion asks of a chart. Subclasses add the words the author writes.

    The first field of a subclass is the keyword that opens the leaf in a trial file.
    """

    keyword: ClassVar[str]
    label: ClassVar[str] = ""
    only_shown: ClassVar[bool] = False
    """Whether it may only stand beside a question to the clinician: it supports, and never decides."""

    def read(self, chart: Chart) -> Reading:
        """Answer from the chart. Never raises for anything a chart contains."""
        raise NotImplementedError

    def traces(self, concepts: Any) -> Traces | None:  # noqa: ARG002  # for those that name some
        """Every kind of record that could change the answer; None where something else could.

        Naming too little would hide a record from a criterion: see :mod:`.traces`.
        """
        return None

    def check(self, concepts: Any) -> Iterable[str]:  # noqa: ARG002  # for those that know concepts
        """What is wrong with what the author wrote, each with its remedy; nothing when all is well."""
        return ()


class Amount(Question, frozen=True, kw_only=True):
    """A question whose answer is a number: the author's limits are words and quoted decimals."""

    at_least: str | None = None
    above: str | None = None
    at_most: str | None = None
    below: str | None = None

    LIMITS: ClassVar[tuple[str, ...]] = ("at_least", "above", "at_most", "below")

    def limits(self) -> tuple[tuple[str, Decimal], ...]:
        """The limits as written, such as ``(("at_least", Decimal("18")), ("at_most", Decimal("65")))``."""
        return _limits(self.at_least, self.above, self.at_most, self.below)

    def quantity(self) -> Self:
        """The same question without its limits: two criteria about one value share one reading."""
        return msgspec.structs.replace(self, at_least=None, above=None, at_most=None, below=None)

    def met_from(self, chart: Chart, word: str, limit: Decimal) -> date | None:  # noqa: ARG002
        """The first day on which time alone meets a limit that is not met today; None where it never does."""
        return None

    def unit_said(self) -> str:
        """The unit of the limits, in words for a reader: ``mg/dL``, ``× ULN``, ``years``."""
        return ""


class Interval(Protocol):
    """Where a value lies: a :class:`Reading` of an amount, or bounds."""

    @property
    def low(self) -> Fraction | None: ...
    @property
    def high(self) -> Fraction | None: ...
    @property
    def low_open(self) -> bool: ...
    @property
    def high_open(self) -> bool: ...


_exactly = lru_cache(maxsize=1024)(Fraction)


@lru_cache(maxsize=1024)
def _limits(*written: str | None) -> tuple[tuple[str, Decimal], ...]:
    """The limits that an author wrote, in the order of their words."""
    return tuple(
        (word, Decimal(value))
        for word, value in zip(Amount.LIMITS, written, strict=True)
        if value is not None
    )


def compare(word: str, limit: Decimal | Fraction, reading: Interval) -> Truth:
    """Whether the value that ``reading`` bounds meets one limit. The engine's own rules decide verdicts;
    this says which limit decided, for the explanation, and is the tests' oracle.
    """
    at = limit if isinstance(limit, Fraction) else _exactly(limit)
    if word == "at_least":
        return _at_least(at, reading)
    if word == "above":
        return _above(at, reading)
    if word == "below":
        return ~_at_least(at, reading)
    if word == "at_most":
        return ~_above(at, reading)
    raise ValueError(f"{word} is no limit")


def _at_least(at: Fraction, reading: Interval) -> Truth:
    low, high = reading.low, reading.high
    if low is not None and _over(low, at) >= 0:
        return Truth.TRUE
    if high is not None:
        over = _over(high, at)
        if over < 0 or (over == 0 and reading.high_open):
            return Truth.FALSE
    return Truth.UNKNOWN


def _above(at: Fraction, reading: Interval) -> Truth:
    low, high = reading.low, reading.high
    if low is not None:
        over = _over(low, at)
        if over > 0 or (over == 0 and reading.low_open):
            return Truth.TRUE
    return Truth.FALSE if high is not None and _over(high, at) <= 0 else Truth.UNKNOWN


def _over(value: Fraction, limit: Fraction) -> int:
    """Above 0 where the value is above the limit, 0 where it is the limit, else below 0; integers alone."""
    numerator, denominator = value.as_integer_ratio()
    at, parts = limit.as_integer_ratio()
    return numerator * parts - at * denominator


def meets(question: Question, reading: Reading) -> Truth:
    """The truth of a leaf: the reading's own for a plain question, all limits together for an amount."""
    if isinstance(question, Amount):
        if reading.low is None and reading.high is None:
            return Truth.UNKNOWN
        return min(
            [compare(word, limit, reading) for word, limit in question.limits()], default=Truth.UNKNOWN
        )
    return reading.truth


def why_unknown(question: Question, reading: Reading) -> Reason | None:
    """Why a leaf is unknown: what nobody has judged is for the clinician where it would settle the limits."""
    if reading.unjudged is not None and meets(question, Reading(low=reading.unjudged)) is not Truth.UNKNOWN:
        return Reason.NEEDS_CLINICIAN
    return reading.reason
