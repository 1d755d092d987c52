"""The dates of the records that a trial's verdicts rest on, as a picture ending at the evaluation date.

Recent dates matter most and old ones reach far back, so the scale is logarithmic in days before the
evaluation date; the ticks say so. Records that fall together are stacked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import log

from cds_service.cards.markdown import clip
from cds_service.fhir.partial_date import PartialDate, parse
from cds_service.matching import CriterionVerdict

WIDTH, LEFT, RIGHT = 720, 34, 64
STEP, ROW, MOST = 19, 18, 7
TICKS = (
    (7, "1 week"),
    (30, "1 month"),
    (91, "3 months"),
    (365, "1 year"),
    (1826, "5 years"),
    (7305, "20 years"),
)
LANES = ("failed", "data", "confirm", "satisfied")


@dataclass(frozen=True, slots=True)
class Dot:
    """One record, or several that there was no room for (then ``letter`` is their number)."""

    x: int
    y: int
    style: str
    letter: str
    title: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Where everything is drawn, in the units of the picture's view box."""

    width: int
    height: int
    base: int
    now: int
    as_of: date
    ticks: tuple[tuple[int, str], ...]
    dots: tuple[Dot, ...]
    oldest: str
    newest: str
    records: int


@dataclass(frozen=True, slots=True)
class _Dated:
    when: PartialDate
    style: str
    letter: str
    title: str


def timeline(told: Iterable[tuple[CriterionVerdict, str, str]], as_of: date) -> Timeline | None:
    """The picture; None where no verdict rests on a dated record. ``told`` is verdict, style and letter."""
    dated = _dated(told)
    if not dated:
        return None
    furthest = max(_days(each, as_of) for each in dated)
    span = log(1 + max(furthest, 30))
    now = WIDTH - RIGHT

    def place(days: int) -> int:
        return round(now - (now - LEFT) * log(1 + days) / span)

    columns: dict[int, list[_Dated]] = {}
    for each in sorted(dated, key=lambda one: (LANES.index(one.style), one.when.last, one.title)):
        columns.setdefault(round((now - place(_days(each, as_of))) / STEP), []).append(each)
    tallest = max(min(len(column), MOST) for column in columns.values())
    base = 14 + tallest * ROW
    dots = tuple(dot for at, column in columns.items() for dot in _column(now - at * STEP, base, column))
    first = min(dated, key=lambda one: one.when.first).when
    last = max(dated, key=lambda one: one.when.last).when
    ticks = tuple((place(days), label) for days, label in TICKS if days <= max(furthest, 30) * 1.02)
    return Timeline(
        WIDTH, base + 40, base, now, as_of, ticks, dots, first.text[:10], last.text[:10], len(dated)
    )


def _dated(told: Iterable[tuple[CriterionVerdict, str, str]]) -> list[_Dated]:
    """Each record once, under the most telling verdict that rests on it; the Patient's birth is no event."""
    best: dict[tuple[str, str], _Dated] = {}
    ids: dict[tuple[str, str], list[str]] = {}
    for verdict, style, letter in sorted(told, key=lambda one: LANES.index(one[1])):
        for record in verdict.evidence:
            when = parse(record.date)
            if when is None or record.reference.startswith("Patient/"):
                continue
            key = (record.reference, when.text)
            what = clip(record.value or record.code or "", 60)
            best.setdefault(key, _Dated(when, style, letter, f"{when.text[:10]} {record.reference} {what}"))
            ids.setdefault(key, []).append(verdict.criterion.id)
    return [
        _Dated(one.when, one.style, one.letter, f"{one.title.strip()}: {', '.join(dict.fromkeys(ids[key]))}")
        for key, one in best.items()
    ]


def _days(each: _Dated, as_of: date) -> int:
    """Days before the evaluation date; a plan for later stands at that date itself."""
    return max((as_of - each.when.last).days, 0)


def _column(x: int, base: int, column: list[_Dated]) -> Iterable[Dot]:
    shown = column if len(column) <= MOST else column[: MOST - 1]
    for level, each in enumerate(shown):
        yield Dot(x, base - 12 - level * ROW, each.style, each.letter, each.title)
    rest = column[len(shown) :]
    if rest:
        title = "\n".join(each.title for each in rest)
        yield Dot(x, base - 12 - (MOST - 1) * ROW, "more", f"+{len(rest)}", title)
