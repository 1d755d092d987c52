"""What is not on record: read once for all patients, since it rests on nothing of any of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from cds_service.concepts import Concepts
from cds_service.features.chart import Chart
from cds_service.features.question import Question, Reading
from cds_service.features.traces import Traces
from cds_service.fhir.record import Record
from cds_service.fhir.resources import Patient

MOST_EMPTY_CHARTS = 32
_NOBODY = Patient(resource_type="Patient", reference="Patient/nobody")


class Absence:
    """The answers of empty charts: one chart for each day, and for what was asked and answered.

    It knows the questions of the rules, by their identity; any other question is read from the chart.
    """

    def __init__(self, concepts: Concepts, questions: Iterable[Question]) -> None:
        self._concepts = concepts
        self._known: dict[int, tuple[Question, Traces]] = {}
        for question in questions:
            if (traces := question.traces(concepts)) is not None:
                self._known[id(question)] = (question, traces)
        self._empty: dict[tuple[date, frozenset[tuple[str, str]]], Chart] = {}

    def traces(self, question: Question) -> Traces | None:
        """What could change the answer of a question of the rules; None where something else could too."""
        known = self._known.get(id(question))
        return known[1] if known else None

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

    def reading(self, question: Question, chart: Chart) -> Reading | None:
        """The answer where nothing on record bears on the question; None where the chart must be read."""
        traces = self.traces(question)
        return chart.empty.answer(question) if traces is not None and chart.lacks(traces) else None
