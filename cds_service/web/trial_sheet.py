"""A trial laid out for reading: its criteria in the source's order, parts under their whole, and where one of
several ways suffices, those ways side by side.
"""

from __future__ import annotations

from dataclasses import dataclass

from cds_service.trials.how_decided import HowDecided, asked_of_clinician, how_decided
from cds_service.trials.model import Criterion, Trial


@dataclass(frozen=True, slots=True)
class Row:
    """One criterion as a reader sees it."""

    criterion: Criterion
    decided: HowDecided
    asked: tuple[str, ...]
    parts: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """One of several branches, or the one there is (then without a name)."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Consecutive criteria that must all hold, or several ways of which one suffices."""

    heading: str
    ways: tuple[Way, ...]


def criteria_groups(trial: Trial, kind: str) -> tuple[Group, ...]:
    """The trial's inclusion or exclusion criteria, every one exactly once."""
    grouped = _ways(trial)
    within = {part for criterion in trial.criteria for part in criterion.parts}
    groups: list[Group] = []
    plain: list[Row] = []
    told: set[int] = set()

    def close() -> None:
        if plain:
            groups.append(Group("", (Way("", tuple(plain)),)))
            plain.clear()

    for criterion in trial.criteria:
        if criterion.kind != kind or criterion.id in within:
            continue
        group = grouped.get(criterion.id)
        if group is None:
            plain.append(_row(trial, criterion))
        elif id(group) not in told:
            close()
            told.add(id(group))
            groups.append(group)
    close()
    return tuple(groups)


def _ways(trial: Trial) -> dict[str, Group]:
    """By criterion id, the group of ways it belongs to."""
    found: dict[str, Group] = {}
    for branches in trial.alternatives:
        ways = tuple(_way(trial, _and(branch), branch) for branch in branches)
        group = Group("One of these ways suffices", ways)
        found |= {name: group for branch in branches for name in branch}
    if trial.cohorts:
        ways = tuple(
            _way(trial, f"Cohort {cohort.id}: {cohort.name}", (cohort.id,)) for cohort in trial.cohorts
        )
        group = Group("Cohorts: one suffices, and which is asked follows from the disease", ways)
        found |= {cohort.id: group for cohort in trial.cohorts}
    return found


def _way(trial: Trial, name: str, ids: tuple[str, ...]) -> Way:
    return Way(name, tuple(_row(trial, trial.criterion(each)) for each in ids))


def _and(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _row(trial: Trial, criterion: Criterion) -> Row:
    return Row(
        criterion,
        how_decided(trial, criterion),
        asked_of_clinician(criterion),
        tuple(_row(trial, trial.criterion(part)) for part in criterion.parts),
    )


def how_many(trial: Trial) -> dict[HowDecided, int]:
    """How many criteria are decided in each way; of one with parts only the parts count."""
    decided = [how_decided(trial, each) for each in trial.criteria if not each.parts]
    return {way: decided.count(way) for way in HowDecided}
