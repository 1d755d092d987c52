"""The matcher as the HTTP side uses it: rules loaded once, one call for each patient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cds_service.concepts.labs import LabConcepts
from cds_service.errors import EngineError, UnknownTrial
from cds_service.fhir.record import Record
from cds_service.fhir.resources import Patient
from cds_service.matching import MatchAnswer, Outcome, Result
from cds_service.trials.model import Trial

MatchCall = Callable[[Record, date, Sequence[str] | None], MatchAnswer]


@dataclass(frozen=True)
class Matcher:
    """``match`` decides; the rest says what is known. ``labs`` gives the codes to ask an EHR for."""

    trials: tuple[Trial, ...]
    version: str
    labs: LabConcepts
    match: MatchCall

    @classmethod
    def load(cls, rules_dir: Path | None = None, site: Path | None = None) -> Matcher:
        """Read the rules (those that ship with the service by default) and a site's own codes.

        Raises RuleError.
        """
        from cds_service.matching import match  # noqa: PLC0415  # the engine is wanted only where rules are
        from cds_service.rules import RuleSet, rules_directory  # noqa: PLC0415

        rules = RuleSet.load(rules_dir or rules_directory(), site)

        def decide(record: Record, as_of: date, trial_ids: Sequence[str] | None) -> MatchAnswer:
            return match(record, rules, as_of, trial_ids)

        return cls(rules.trials, rules.version, rules.concepts.labs, decide)

    def trial(self, id: str) -> Trial:  # noqa: A002  # the field's own word
        """The trial of that id. Raises UnknownTrial, which names the ids there are."""
        for trial in self.trials:
            if trial.id == id:
                return trial
        known = ", ".join(trial.id for trial in self.trials) or "none"
        raise UnknownTrial(f"No such trial is known here. The trials are: {known}.", "trial")

    def self_test(self, as_of: date) -> None:
        """A patient of whom nothing is known: every trial answers, none matches, none fails.

        Raises EngineError where the engine answers otherwise.
        """
        patient = Patient(resource_type="Patient", id="self-test", reference="Patient/self-test")
        answer = self.match(Record(patient), as_of, None)
        if {match.trial.id for match in answer.matches} != {trial.id for trial in self.trials}:
            raise EngineError("the self-test did not answer for every trial")
        for match in answer.matches:
            if match.result is not Result.NOT_RELEVANT:
                raise EngineError(f"the self-test found {match.trial.id} {match.result.value} for nobody")
            if len(match.verdicts) != len(match.trial.criteria):
                raise EngineError(f"the self-test lost a criterion of {match.trial.id}")
            if any(verdict.outcome is Outcome.FAILED for verdict in match.verdicts):
                raise EngineError(f"the self-test failed a criterion of {match.trial.id} on no data")
