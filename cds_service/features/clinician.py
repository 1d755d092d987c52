"""What no record can answer: a question put to the clinician, with what the chart shows beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from cds_service.features import traces
from cds_service.features.question import (
    Amount,
    Question,
    Reading,
    Reason,
    meets,
    unknown,
)
from cds_service.features.traces import Traces
from cds_service.kleene import Truth

if TYPE_CHECKING:
    from cds_service.features.chart import Chart


class AskClinician(Question, frozen=True, kw_only=True):
    """``{ask_clinician: "…", look_at: [<leaf>, …], supports: [<leaf>, …]}``: always UNKNOWN.

    ``look_at`` are questions whose answers are shown with it, whichever way they go; ``supports`` are those
    whose being so speaks for the statement. What found nothing is left out.
    """

    keyword: ClassVar[str] = "ask_clinician"
    label: ClassVar[str] = "Clinician's judgement"

    ask_clinician: str
    look_at: tuple[Question, ...] = ()
    supports: tuple[Question, ...] = ()

    def read(self, chart: Chart) -> Reading:
        found = [(question, chart.answer(question), False) for question in self.look_at]
        found += [(question, chart.answer(question), True) for question in self.supports]
        told = [each for each in found if _tells(each[1])]
        question = self.ask_clinician.strip().rstrip(".")
        if not told:
            return unknown(Reason.NEEDS_CLINICIAN, question)
        said = "; ".join(dict.fromkeys([_words(*each) for each in told]))
        between = " " if question.endswith("?") else ": "
        readings = [reading for _, reading, _ in told]
        return unknown(
            Reason.NEEDS_CLINICIAN,
            f"{question}{between}{said}" if said else question,
            evidence=dict.fromkeys(each for reading in readings for each in reading.evidence),
            notes=dict.fromkeys(note for reading in readings for note in reading.notes),
        )

    def traces(self, concepts: Any) -> Traces | None:
        return traces.together(each.traces(concepts) for each in (*self.look_at, *self.supports))

    def check(self, concepts: Any) -> Iterable[str]:
        if not self.ask_clinician.strip():
            yield "The question is empty. Write what the clinician must answer."
        for question in (*self.look_at, *self.supports):
            yield from question.check(concepts)


def _tells(reading: Reading) -> bool:
    """Whether something was found: a record, or an answer (age and sex need no more)."""
    return reading.truth is not Truth.UNKNOWN or bool(reading.evidence)


def _words(question: Question, reading: Reading, speaks: bool) -> str:
    if not speaks:
        return reading.said
    truth = meets(question, reading)
    if truth is Truth.TRUE:
        return f"speaks for it: {reading.said}"
    against = truth is Truth.FALSE and isinstance(question, Amount)
    return f"speaks against it: {reading.said}" if against else reading.said
