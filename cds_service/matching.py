"""The spine, pure: one record, the trials, one day; out come verdicts with their reasons.

    Record -> readings (features) -> facts -> truths (durable-rules) -> verdicts -> TrialMatch

``match`` does no I/O and looks at no clock: the evaluation date is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cds_service.features.question import Evidence, Need, Reason
from cds_service.fhir.record import Issue
from cds_service.trials.model import Criterion, Trial


class Outcome(StrEnum):
    """Always about the requirement: an inclusion met or an exclusion absent is satisfied."""

    SATISFIED = "satisfied"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Result(StrEnum):
    """Of one trial for one patient. There is no "eligible": that is a clinician's word."""

    POSSIBLE_MATCH = "possible-match"
    RULED_OUT = "ruled-out"
    NOT_RELEVANT = "not-relevant"


@dataclass(frozen=True, slots=True)
class Distance:
    """What would change a failed or unknown verdict.

    ``amount`` with ``unit`` is how far the value is from the limit ("0.4", "× ULN"); ``until`` the first day
    on which waiting alone may change it; ``tests`` what to order. ``text`` says it in words.
    """

    text: str
    amount: str | None = None
    unit: str | None = None
    until: date | None = None
    tests: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class CriterionVerdict:
    """What is known of one criterion for this patient, and on what it rests."""

    criterion: Criterion
    outcome: Outcome
    explanation: str
    reason: Reason | None = None
    not_applicable: bool = False
    evidence: tuple[Evidence, ...] = ()
    needs: tuple[Need, ...] = ()
    notes: tuple[str, ...] = ()
    distance: Distance | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    satisfied: int
    failed: int
    unknown: int


@dataclass(frozen=True, slots=True)
class TrialMatch:
    """One trial for one patient: the result, the counts and every criterion's verdict.

    ``cohorts`` are those still open to this patient. ``relevance`` says why the trial concerns the patient
    or not, with its evidence; ``needs_clinician`` is True where a code only suggests the indication.
    """

    trial: Trial
    result: Result
    counts: Counts
    verdicts: tuple[CriterionVerdict, ...]
    relevance: str
    relevance_evidence: tuple[Evidence, ...] = ()
    relevance_unsure: bool = False
    cohorts: tuple[str, ...] = ()

    def verdict(self, id: str) -> CriterionVerdict:  # noqa: A002  # the field's own word
        return next(verdict for verdict in self.verdicts if verdict.criterion.id == id)


@dataclass(frozen=True, slots=True)
class MatchAnswer:
    """The answer for one patient, over all the trials asked for, best first."""

    patient: str
    as_of: date
    rules_version: str
    matches: tuple[TrialMatch, ...]
    issues: tuple[Issue, ...] = ()
