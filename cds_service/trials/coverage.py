"""The proof that nothing of a source's eligibility text was dropped.

Every word between the first and the last of it is covered by the verbatim text of a criterion, or by a
heading that the file lists as no requirement. List marks ("2)", "①", "a.") and bare "and" and "or" between
two criteria need no cover: how criteria are joined is in the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from cds_service.trials.schema import TrialFile
from cds_service.trials.verbatim import folded

_WORD = re.compile(r"\w+(?:[’'.,]\w+)*")
_LIST_MARK = re.compile(r"(?:\(?\d{1,2}\\?[.)]|[a-z]\\?[.)]|[①-⑳])(?=\s|[^\W\d]|$)")
_SENTENCE_END = re.compile(r"(?<=[;.])\s|\n")
_JOINING: Final = frozenset({"and", "or"})


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A run of words of the source that no criterion carries."""

    text: str
    line: int  # of the source


@dataclass(frozen=True)
class Coverage:
    """Which criteria carry each character of a source."""

    source: str
    start: int
    end: int
    carriers: tuple[tuple[str, ...], ...]  # for each character of the source

    def uncovered(self) -> Iterator[Uncovered]:
        """What is not covered, in source order."""
        extent = self.source[self.start : self.end]
        marks = [match.span() for match in _LIST_MARK.finditer(extent)]
        bare = [
            match
            for match in _WORD.finditer(extent)
            if not all(self.carriers[self.start + at] for at in range(*match.span()))
            and match[0].lower() not in _JOINING
            and not any(low <= match.start() < high for low, high in marks)
        ]
        while bare:
            run = [bare.pop(0)]
            while bare and not any(self.carriers[self.start + run[-1].end() : self.start + bare[0].start()]):
                run.append(bare.pop(0))
            at = self.start + run[0].start()
            yield Uncovered(
                folded(self.source[at : self.start + run[-1].end()]), self.source.count("\n", 0, at) + 1
            )

    def sentences(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Each sentence of the eligibility text with the criteria that carry a word of it."""
        begin, marks = self.start, re.compile(f"^\\W*(?:{_LIST_MARK.pattern})\\W*$")
        ends = [match.start() for match in _SENTENCE_END.finditer(self.source, self.start, self.end)]
        for end in (*ends, self.end):
            text = folded(self.source[begin:end])
            if marks.match(text):
                continue  # "2." belongs to what it numbers
            if re.search(r"\w", text):
                carried = (id for at in range(begin, end) for id in self.carriers[at])  # noqa: A001
                yield text, tuple(dict.fromkeys(carried))
            begin = end


NOT_A_CRITERION: Final = "(no requirement)"


def coverage(file: TrialFile, source: str) -> Coverage | None:
    """Lay the quotes over the source; None where the extent of the eligibility text is not to be found."""
    extent = file.eligibility
    if extent is None or not extent.start or not extent.end:
        return None
    first = _find(extent.start, source, 0)
    last = _find(extent.end, source, first[1]) if first else None
    if first is None or last is None:
        return None
    carriers: list[list[str]] = [[] for _ in source]
    quotes = [(id, piece) for id, pieces in file.quotes.items() for piece in pieces]  # noqa: A001
    for id, piece in quotes:  # noqa: A001
        places = list(_places(piece, source, first[0], last[0]))
        free = [place for place in places if not all(carriers[at] for at in range(*place))]
        _lay(id, (free or places)[:1], carriers)  # a text that stands there twice must be quoted twice
    for piece in extent.not_criteria:
        _lay(NOT_A_CRITERION, _places(piece, source, first[0], last[0]), carriers)
    return Coverage(source, first[0], last[0], tuple(map(tuple, carriers)))


def _lay(id: str, places: Iterable[tuple[int, int]], carriers: list[list[str]]) -> None:  # noqa: A002
    for begin, end in places:
        for at in range(begin, end):
            carriers[at].append(id)


def coverage_report(file: TrialFile, source: str) -> str:
    """The eligibility text sentence by sentence, with the criteria that carry it, as markdown."""
    lines = [f"# {file.trial.id}: {file.trial.title}", ""]
    found = coverage(file, source)
    if found is None:
        return "\n".join([*lines, "The eligibility text is not to be found in the source.", ""])
    lines += ["| Source | Criteria |", "|---|---|"]
    lines += [f"| {_cell(text)} | {', '.join(ids) or '**none**'} |" for text, ids in found.sentences()]
    missing = [criterion for criterion in file.trial.criteria if criterion.text is None]
    if missing:
        lines += ["", "Not in the source: " + "; ".join(f"{each.id}: {each.notes[0]}" for each in missing)]
    return "\n".join([*lines, ""])


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")


def _find(text: str, source: str, start: int) -> tuple[int, int] | None:
    return next(_places(text, source, start, len(source)), None)


def _places(text: str, source: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    pattern = r"\s+".join(re.escape(word) for word in text.split())
    for match in re.compile(pattern).finditer(source, start, end):
        yield match.span()
