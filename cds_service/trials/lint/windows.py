"""Lengths of time that the source does not state, or states and the rule forgets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cds_service.features.question import Question
from cds_service.trials.lint.finding import WARNING, Draft, Finding, option, questions, shown
from cds_service.trials.parse import LENGTHS

_NUMBER: Final = r"(?:\d+|one|two|three|four|five|six|twelve)"
_TIME: Final = re.compile(
    rf"{_NUMBER}[\s-]*(?:M\b|days?|weeks?|months?|years?|half[\s-]li(?:fe|ves))", re.IGNORECASE
)
_WINDOW: Final = re.compile(
    rf"(?:within|past|last|for more than|at least|prior to|before)\s+(?:the\s+(?:past|last)\s+)?{_NUMBER}"
    r"\s*(?:days?|weeks?|months?)",
    re.IGNORECASE,
)


class WindowNotInSource:
    """A rule asks for a length of time where the words of the source name none."""

    def check(self, draft: Draft) -> Iterator[Finding]:
        for criterion in draft.trial.criteria:
            if criterion.text is None or _TIME.search(criterion.text):
                continue
            for question in questions(criterion):
                for length in filter(None, (option(question, name) for name in LENGTHS)):
                    said = (
                        f'{criterion.id} asks for "{length}", and its text names no time. Quote the words '
                        "that do, or remove it."
                    )
                    yield draft.at(WARNING, draft.line(question, criterion), said)


class WindowForgotten:
    """The source limits a time ("within 6 months") and no question of the rule does."""

    def check(self, draft: Draft) -> Iterator[Finding]:
        for criterion in draft.trial.criteria:
            stated = _WINDOW.search(criterion.text or "")
            if not stated or criterion.parts:
                continue
            asked = [inner for question in questions(criterion) for inner in shown(question)]
            if all(_timeless(question) for question in asked):
                said = (
                    f'The source of {criterion.id} says "{stated[0]}", and nothing in its rule asks for a '
                    "time. Add the window, or put the time into the question to the clinician."
                )
                yield draft.at(WARNING, criterion.line, said)


def _timeless(question: Question) -> bool:
    asks = option(question, "ask_clinician") or ""
    return not any(option(question, name) for name in (*LENGTHS, "half_lives")) and not _TIME.search(asks)
