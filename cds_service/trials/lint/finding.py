"""One remark about a rule file, and what a check is given to look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from cds_service.concepts import Concepts
from cds_service.features.question import Question
from cds_service.trials.cases import Case
from cds_service.trials.expression import Expression, leaves
from cds_service.trials.model import Criterion, Trial
from cds_service.trials.schema import TrialFile

ERROR: Final = "error"
WARNING: Final = "warning"
NOTE: Final = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """Where, how grave (``error``, ``warning`` or ``note``), and what to do about it."""

    file: str
    line: int
    severity: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity}: {self.text}"


@dataclass(frozen=True)
class Draft:
    """One loaded trial with its file, its source, its cases and the concepts."""

    file: TrialFile
    source: str
    cases: tuple[Case, ...]
    concepts: Concepts

    @property
    def trial(self) -> Trial:
        return self.file.trial

    def at(self, severity: str, line: int, text: str) -> Finding:
        return Finding(self.trial.file, line, severity, text)

    def line(self, question: Question, criterion: Criterion) -> int:
        """Where a question stands, so far as is known."""
        return self.file.parser.lines.get(question, criterion.line)


class Check(Protocol):
    """One mistake that an author can make."""

    def check(self, draft: Draft) -> Iterator[Finding]: ...


def expressions(criterion: Criterion) -> Iterator[Expression]:
    """What a criterion asks, its condition and its exception."""
    yield from (part for part in (criterion.when, criterion.only_if, criterion.unless) if part is not None)


def questions(criterion: Criterion) -> Iterator[Question]:
    """Every question of a criterion that takes part in deciding it."""
    for expression in expressions(criterion):
        for leaf in leaves(expression):
            yield leaf.question


def shown(question: Question) -> Iterator[Question]:
    """A question and those that are shown beside it."""
    yield question
    for name in ("look_at", "supports"):
        for inner in getattr(question, name, ()):
            yield from shown(inner)


def option(question: Question, name: str) -> str | None:
    """What an author wrote for one option of a question, by the word in the file."""
    for known in msgspec.structs.fields(question):
        if known.encode_name == name:
            value = getattr(question, known.name)
            return value if isinstance(value, str) else None
    return None


def words(question: Question) -> Iterator[str]:
    """Every word that an author wrote in one question."""
    for name in question.__struct_fields__:
        value = getattr(question, name)
        yield from (value,) if isinstance(value, str) else ()
        yield from (each for each in value if isinstance(each, str)) if isinstance(value, tuple) else ()
