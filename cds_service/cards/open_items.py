"""What still stands between a patient and a trial: data to get, and what only a person can confirm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cds_service.features.question import Need, Reason
from cds_service.matching import CriterionVerdict, Outcome, TrialMatch

DATA = frozenset({Reason.MISSING_DATA, Reason.STALE, Reason.UNUSABLE, Reason.CONFLICTING})
"""The reasons that a test or a record mends; the other two are for the patient or a clinician."""

Branches = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many requirements are open, alternatives and cohorts counted once."""

    data_missing: int
    to_confirm: int


def lacks_data(verdict: CriterionVerdict) -> bool:
    return verdict.outcome is Outcome.UNKNOWN and verdict.reason in DATA


def open_ones(verdicts: Iterable[CriterionVerdict]) -> list[CriterionVerdict]:
    """Those of which it is unknown whether they are satisfied."""
    unknown = Outcome.UNKNOWN
    return [verdict for verdict in verdicts if verdict.outcome is unknown]


def groups(match: TrialMatch) -> tuple[Branches, ...]:
    """The sets of branches of which one suffices: the trial's alternatives, and its cohorts."""
    cohorts: Branches = tuple((cohort.id,) for cohort in match.trial.cohorts)
    return (*match.trial.alternatives, cohorts) if cohorts else match.trial.alternatives


def living(match: TrialMatch) -> tuple[CriterionVerdict, ...]:
    """The verdicts that still matter: not those of a cohort or branch that is closed, or not needed."""
    moot = _moot(match)
    if not moot:
        return tuple(match.verdicts)
    verdicts = {verdict.criterion.id: verdict for verdict in match.verdicts}
    return tuple([verdict for verdict in match.verdicts if not _is_moot(verdict, moot, verdicts)])


def _is_moot(verdict: CriterionVerdict, moot: set[str], verdicts: Mapping[str, CriterionVerdict]) -> bool:
    """Whether it, or what it is part of, is moot."""
    seen: set[str] = set()
    at: CriterionVerdict | None = verdict
    while at is not None and at.criterion.id not in seen:
        if at.criterion.id in moot:
            return True
        if at.criterion.part_of is None:
            return False
        seen.add(at.criterion.id)
        at = verdicts.get(at.criterion.part_of)
    return False


def tally(match: TrialMatch) -> Tally:
    """The same counting as the answer's ``counts``, split by what would settle each open requirement."""
    grouped = {name for branches in groups(match) for branch in branches for name in branch}
    data = confirm = 0
    for verdict in open_ones(match.verdicts):
        criterion = verdict.criterion
        if criterion.part_of is None and criterion.id not in grouped:
            lacking = verdict.reason in DATA
            data += lacking
            confirm += not lacking
    if not grouped:
        return Tally(data, confirm)
    moot = _moot(match)
    verdicts = {verdict.criterion.id: verdict for verdict in match.verdicts}
    for branches in groups(match):
        rows = [verdicts[name] for branch in branches for name in branch if name not in moot]
        still_open = open_ones(rows)
        if still_open:
            lacking = any(verdict.reason in DATA for verdict in still_open)
            data += lacking
            confirm += not lacking
    return Tally(data, confirm)


def leaves(match: TrialMatch) -> tuple[CriterionVerdict, ...]:
    """The living verdicts that are not composites: each is one thing to know."""
    return tuple([verdict for verdict in living(match) if not verdict.criterion.parts])


def data_to_get(match: TrialMatch, shown: Sequence[CriterionVerdict] | None = None) -> dict[Need, list[str]]:
    """Each missing test or record once, with the criteria that wait for it, in the trial's order."""
    waiting: dict[Need, list[str]] = {}
    for verdict in open_ones(leaves(match) if shown is None else shown):
        for need in wanted(verdict):
            waiting.setdefault(need, []).append(verdict.criterion.id)
    return waiting


def wanted(verdict: CriterionVerdict) -> tuple[Need, ...]:
    """The tests and records that an open verdict waits for, each once."""
    tests = verdict.distance.tests if verdict.distance else ()
    both = verdict.needs + tests
    return tuple(dict.fromkeys(both)) if both else ()


def _moot(match: TrialMatch) -> set[str]:
    moot: set[str] = set()
    grouped = groups(match)
    if not grouped:
        return moot
    outcomes = {verdict.criterion.id: verdict.outcome for verdict in match.verdicts}
    for branches in grouped:
        # A branch that is wholly satisfied makes the others moot; a failed one is moot itself.
        chosen = [branch for branch in branches if all(outcomes[n] is Outcome.SATISFIED for n in branch)]
        for branch in branches:
            failed = any(outcomes[name] is Outcome.FAILED for name in branch)
            if failed or (chosen and branch not in chosen):
                moot.update(branch)
    moot.update(cohort.id for cohort in match.trial.cohorts if cohort.id not in match.cohorts)
    return moot
