"""What is not on record: read once for all patients, since it rests on nothing of any of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from cds_service.concepts import Concepts
from cds_service.features.chart import Chart
from cds_service.features.clinician import AskClinician
from cds_service.features.question import Amount, Question
from cds_service.features.traces import Traces
from cds_service.fhir.record import Record
from cds_service.fhir.resources import Patient

MOST_EMPTY_CHARTS = 32
_NOBODY = Patient(resource_type="Patient", reference="Patient/nobody")


class Absence:
    """The answers of empty charts: one chart for each day, and for what was asked and answered.

    It knows the questions of the rules, by their identity: equal ones are one, which is asked without limits.
    """

    def __init__(self, concepts: Concepts, questions: Iterable[Question]) -> None:
        self._concepts = concepts
        self._one: dict[Question, Question] = {}
        self._known: dict[int, tuple[Question, Question, Traces | None]] = {}
        for question in questions:
            self._learn(question)
        self._empty: dict[tuple[date, frozenset[tuple[str, str]]], Chart] = {}

    def _learn(self, question: Question) -> None:
        asked = question.quantity() if isinstance(question, Amount) else question
        one = self._one.setdefault(asked, asked)
        traces = one.traces(self._concepts)
        self._known[id(question)] = (question, one, traces)  # kept, so that its id stays its own
        self._known.setdefault(id(one), (one, one, traces))
        if isinstance(question, AskClinician):
            for inner in (*question.look_at, *question.supports):
                self._learn(inner)

    def one(self, question: Question) -> Question | None:
        """The question of the rules that asks the same; None where no rule asks it."""
        known = self._known.get(id(question))
        return known[1] if known else None

    def equal(self, question: Question) -> Question | None:
        """The same for a question that a feature made up."""
        return self._one.get(question)

    def traces(self, question: Question) -> Traces | None:
        """What could change the answer of a question of the rules; None where something else could too."""
        known = self._known.get(id(question))
        return known[2] if known else None

    def empty_like(self, chart: Chart) -> Chart:
        """The empty chart of the same day, for which the same was asked and answered."""
        place = (chart.as_of, frozenset(chart.record.asked.items()))
        found = self._empty.get(place)
        if found is None:
            if len(self._empty) >= MOST_EMPTY_CHARTS:
                self._empty.clear()
            record = Record(_NOBODY, asked=dict(chart.record.asked))
            found = self._empty[place] = Chart(record, chart.as_of, self._concepts)
        return found
