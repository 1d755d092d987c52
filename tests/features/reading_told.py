"""A reading in full, as text: what was found, why, from which records, and until when it holds.

``readings/<name>.txt`` holds what was read and approved. After a change that is meant, write the texts anew
with ``make words`` and read the difference before committing it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path

import msgspec

from cds_service.features.absence import Absence
from cds_service.features.chart import Chart
from cds_service.features.question import Amount, Question, Reading

READINGS = Path(__file__).parent / "readings"


def numbered(*resources):
    """The same records under short references that say nothing but their order: ``Condition/1``."""
    seen: Counter[str] = Counter()
    found = []
    for resource in resources:
        kind = type(resource).__name__
        seen[kind] += 1
        found.append(msgspec.structs.replace(resource, reference=f"{kind}/{seen[kind]}"))
    return found


def told(question: Question, reading: Reading) -> str:
    opening = _interval(reading) if isinstance(question, Amount) else reading.truth.name
    state = [str(reading.reason)] if reading.reason else []
    state += ["does not apply"] if reading.not_applicable else []
    state += ["lost"] if reading.lost else []
    state += [f"unjudged {reading.unjudged}"] if reading.unjudged is not None else []
    lines = [" ".join([opening, *state]), f"  {reading.said}"]
    lines += [f"  note: {note}" for note in reading.notes]
    lines += [
        f"  record: {item.reference} {item.code or '-'} {item.value or '-'} {item.date or '-'}"
        for item in reading.evidence
    ]
    lines += [f"  get: {need.name} {need.loinc or ''}".rstrip() for need in reading.needs]
    lines += [f"  until: {reading.until}"] if reading.until else []
    return "\n".join(lines)


def _interval(reading: Reading) -> str:
    low, high = _end(reading.low), _end(reading.high)
    if low == high != "…" and not reading.low_open and not reading.high_open:
        return low
    return f"{'(' if reading.low_open else '['}{low}, {high}{')' if reading.high_open else ']'}"


def _end(value: Fraction | None) -> str:
    """An end of an interval, exactly where its fraction is short."""
    if value is None:
        return "…"
    return str(value) if value.denominator < 10**9 else f"{float(value):.9f}…"


def answers(cases: Mapping[str, tuple[Question, Chart]]) -> str:
    """Every case by its name, and what is answered.

    Where the answer may be an empty chart's, which is read once for all patients, it must be the same.
    """
    blocks = []
    for name, (question, chart) in cases.items():
        reading = chart.answer(question)
        blocks.append(f"{name}\n{told(question, reading)}\n")
        sharing = Chart(chart.record, chart.as_of, chart.concepts, Absence(chart.concepts, [question]))
        assert sharing.answer(question) == reading, name
    return "\n".join(blocks)


def faults(cases: Iterable[tuple[Question, object]]) -> str:
    """What an author is told of each question that is written wrongly."""
    lines = []
    for question, concepts in cases:
        lines += [_written(question), *(f"  {fault}" for fault in question.check(concepts)), ""]
    return "\n".join(lines)


def _written(question: Question) -> str:
    written = {field: getattr(question, field) for field in type(question).__struct_fields__}
    return " ".join(f"{field}: {value!r}" for field, value in written.items() if value not in (None, ()))


def approve(name: str, text: str) -> None:
    """Hold a text to the approved one."""
    file = READINGS / f"{name}.txt"
    if os.environ.get("CART_CDS_WRITE_WORDS"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), "see the docstring of reading_told"
