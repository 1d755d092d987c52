"""What a question is asked of: one record, the evaluation date, and what codes mean."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cds_service.concepts import Concepts
from cds_service.concepts.codes import Found
from cds_service.features.question import Amount, Need, Question, Reading, Reason, unknown
from cds_service.features.traces import Traces, present
from cds_service.fhir.record import Asked, Record
from cds_service.fhir.resources import CodeableConcept
from cds_service.pausing import pause

if TYPE_CHECKING:
    from cds_service.features.absence import Absence


@dataclass(frozen=True)
class Chart:
    """One patient on one day. The evaluation date stands in for screening and enrolment, and is shown."""

    record: Record
    as_of: date
    concepts: Concepts
    absence: Absence | None = field(default=None, repr=False, compare=False)
    """What is not on record, already read; without it every question is read from this chart."""
    _readings: dict[Question, Reading] = field(default_factory=dict, repr=False)
    _answered: dict[int, tuple[Question, Reading]] = field(default_factory=dict, repr=False, compare=False)
    _meanings: dict[CodeableConcept, Mapping[str, Found]] = field(default_factory=dict, repr=False)
    kept: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)
    """What a feature has worked out once for this chart, by a name of its own."""

    def answer(self, question: Question) -> Reading:
        """The reading of a question, asked once however many criteria rest on it."""
        held = self._answered.get(id(question))
        if held is not None:
            return held[1]
        one = self.absence.one(question) if self.absence is not None else None
        if one is None:
            reading = self._made_up(question)
        elif one is not question:
            reading = self.answer(one)
        else:
            traces = self.absence.traces(one) if self.absence is not None else None
            if traces is not None and self.lacks(traces):
                reading = self.empty.answer(one)
            else:
                pause()
                reading = one.read(self)
        # The question is kept beside its reading: so its id is no other one's while the chart lives.
        self._answered[id(question)] = (question, reading)
        return reading

    def _made_up(self, question: Question) -> Reading:
        """The reading of a question that is not, as it stands, one of the rules'."""
        asked = question.quantity() if isinstance(question, Amount) else question
        equal = self.absence.equal(asked) if self.absence is not None else None
        if equal is not None:
            return self.answer(equal)
        reading = self._readings.get(asked)
        if reading is None:
            reading = self._readings[asked] = asked.read(self)
        return reading

    def lacks(self, traces: Traces) -> bool:
        """Whether nothing on record is of any of these kinds."""
        return traces.isdisjoint(self._present)

    @cached_property
    def _present(self) -> frozenset[str]:
        return frozenset(present(self))

    @cached_property
    def empty(self) -> Chart:
        """The empty chart of the same day; this one where there is nothing to spare."""
        return self if self.absence is None else self.absence.empty_like(self)

    def meaning(self, recorded: CodeableConcept | None) -> Mapping[str, Found]:
        """Everything that a recorded concept says, by concept key; worked out once a chart."""
        if recorded is None:
            return {}
        found = self._meanings.get(recorded)
        if found is None:
            found = self._meanings[recorded] = self.concepts.codes.meaning(recorded)
        return found

    def find(self, keys: Iterable[str], recorded: CodeableConcept | None) -> Found | None:
        """The strongest thing that a recorded concept says of any of the keys; None where it says nothing."""
        return self.concepts.codes.strongest(keys, self.meaning(recorded))

    def nothing(self, what: str, *resource_types: str, needs: Iterable[Need] = ()) -> Reading:
        """Nothing was found: "nothing on record" only where all the types were asked for and answered."""
        match self.record.was_asked(*resource_types):
            case Asked.ANSWERED:
                return unknown(Reason.NOTHING_ON_RECORD, f"No record of {what}", needs=needs)
            case Asked.FAILED:
                said = f"{what}: the record could not be fetched"
            case Asked.PARTIAL:
                said = f"{what}: only part of the record was read"
            case Asked.NOT_ASKED:
                said = f"{what}: no such record was sent"
        lost = self.record.was_asked(*resource_types) in (Asked.FAILED, Asked.PARTIAL)
        return unknown(Reason.MISSING_DATA, said[0].upper() + said[1:], needs=needs, lost=lost)
