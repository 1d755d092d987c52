"""A trial as its rule file states it: verbatim source, our reading, and what to ask of a chart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from cds_service.features.question import Question
from cds_service.trials.expression import (
    AllOf,
    AnyOf,
    CriterionRef,
    Expression,
    Leaf,
    MayExcuse,
    Not,
    children,
    leaves,
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the words come from, and what that source does and does not say of itself."""

    registry: str  # the site or registry the text was taken from
    file: str  # beside the trial file
    sha256: str
    text: str = ""  # the whole source, byte for byte as UTF-8
    url: str | None = None  # only where the source carries a registry number
    updated: str | None = None  # the source's own date, with its own label in ``updated_label``
    updated_label: str | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One row of the criteria inventory.

    ``text`` is verbatim and found in the source; it is None only for an item that the source leaves out
    (its numbering shows the gap), whose criterion is always unknown. ``reading`` is our interpretation.
    """

    id: str
    kind: str  # "inclusion" or "exclusion"
    text: str | None
    reading: str
    when: Expression
    only_if: Expression | None = None
    unless: Expression | None = None
    unless_question: str | None = None  # what a clinician must judge where the exception may apply
    part_of: str | None = None
    parts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    line: int = 0
    requirement: Expression = field(init=False, compare=False, repr=False)
    """TRUE when an inclusion is met, or when an exclusion is present."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "requirement", self._requirement())

    def _requirement(self) -> Expression:
        inner = self.when
        if self.kind == "inclusion":
            if self.unless is not None:
                inner = AnyOf((inner, MayExcuse(self.unless)))
            return inner if self.only_if is None else AnyOf((Not(self.only_if), inner))
        if self.unless is not None:
            inner = AllOf((inner, Not(MayExcuse(self.unless))))
        return inner if self.only_if is None else AllOf((self.only_if, inner))


@dataclass(frozen=True, slots=True)
class Cohort:
    """One cohort of a basket trial; ``id`` is also the id of its composite criterion."""

    id: str
    name: str
    indication: Expression


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial. ``id`` is its registry number, or a local slug where the source carries none."""

    id: str
    title: str
    status: str  # as the source states it: "recruiting"
    source: Source
    indication: Expression
    criteria: tuple[Criterion, ...]
    registry_number: str | None = None
    complete: bool = (
        True  # False while some rows of the source are not yet criteria; then every answer says so
    )
    phase: str | None = None
    sponsor: str | None = None
    locations: tuple[str, ...] = ()  # as the source states them, defects and all
    contacts: tuple[str, ...] = ()  # empty where the source has none; never filled from elsewhere
    summary: str | None = None
    conditions: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    alternatives: tuple[
        tuple[tuple[str, ...], ...], ...
    ] = ()  # (("I2","I3","I4"),("I5",)): one branch suffices
    cohorts: tuple[Cohort, ...] = ()
    file: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)  # further labelled facts of the source, verbatim
    _by_id: Mapping[str, Criterion] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        by_id = {criterion.id: criterion for criterion in reversed(self.criteria)}
        object.__setattr__(self, "_by_id", by_id)

    def criterion(self, id: str) -> Criterion:  # noqa: A002  # the field's own word
        return self._by_id[id]

    @property
    def has_exclusions_in_source(self) -> bool:
        return any(criterion.kind == "exclusion" and criterion.text for criterion in self.criteria)


def questions(trials: Iterable[Trial]) -> Iterator[Question]:
    """What a chart is asked for these trials, without limits, question by question."""
    for trial in trials:
        for cohort in trial.cohorts:
            yield from (leaf.asked for leaf in leaves(cohort.indication))
        yield from (leaf.asked for leaf in leaves(trial.indication))
        for criterion in trial.criteria:
            yield from (leaf.asked for leaf in leaves(criterion.requirement))


def asked_for(trial: Trial, criterion: Criterion) -> Iterator[Question]:
    """What a chart is asked for one criterion and for those that it names."""
    return _asked_in(criterion.requirement, trial)


def _asked_in(expression: Expression, trial: Trial) -> Iterator[Question]:
    match expression:
        case Leaf():
            yield expression.asked
        case CriterionRef(id):
            yield from _asked_in(trial.criterion(id).requirement, trial)
        case _:
            for part in children(expression):
                yield from _asked_in(part, trial)
