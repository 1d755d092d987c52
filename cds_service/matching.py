"""The spine, pure: one record, the trials, one day; out come verdicts with their reasons.

    Record -> readings (features) -> facts -> truths (durable-rules) -> verdicts -> TrialMatch

``match`` does no I/O and looks at no clock: the evaluation date is an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from cds_service import explanation
from cds_service.errors import EngineError, UnknownTrial
from cds_service.explanation import Decided, Walk, decimal_said, gaps
from cds_service.features.chart import Chart
from cds_service.features.question import Evidence, Need, Reason
from cds_service.fhir.record import Issue, Record
from cds_service.kleene import Truth
from cds_service.rules import RuleSet
from cds_service.trials.documented import relevant as is_relevant
from cds_service.trials.engine import Decision
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

    @property
    def share(self) -> float:
        """What part of the requirements is satisfied."""
        return self.satisfied / max(self.satisfied + self.failed + self.unknown, 1)


@dataclass(frozen=True)
class TrialMatch:
    """One trial for one patient: the result, the counts and every criterion's verdict.

    ``cohorts`` are those still open to this patient. ``relevance`` says why the trial concerns the patient
    or not, with its evidence; ``needs_clinician`` is True where a code only suggests the indication.
    """

    trial: Trial
    result: Result
    counts: Counts
    verdicts: Sequence[CriterionVerdict]
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


def match(
    record: Record, rules: RuleSet, as_of: date, trial_ids: Collection[str] | None = None
) -> MatchAnswer:
    """Decide every criterion of every trial (or of those named) for one patient on one day, best match first.

    Raises UnknownTrial for an id that no rule file carries.
    """
    trials = rules.trials
    if trial_ids:
        unknown = sorted(set(trial_ids) - {trial.id for trial in trials})
        if unknown:
            known = ", ".join(trial.id for trial in trials)
            raise UnknownTrial(f"No trial with this id is known here. The trials are: {known}.")
        trials = tuple(trial for trial in trials if trial.id in trial_ids)
    chart = Chart(record, as_of, rules.concepts, rules.absence)
    matches = sorted((_match_one(trial, rules, chart) for trial in trials), key=rank)
    return MatchAnswer(record.patient.reference, as_of, rules.version, tuple(matches), record.issues)


def rank(found: TrialMatch) -> tuple[int, bool, int, float, str]:
    """The order of telling: possible matches, then what is ruled out, then what is not relevant.

    Within each a confirmed indication comes before a suggested one, then the fewest failed, then the
    largest share satisfied. The trial's id settles the rest, and alone orders what is not relevant.
    """
    place = _RESULTS.index(found.result)
    if found.result is Result.NOT_RELEVANT:
        return place, found.relevance_unsure, 0, 0, found.trial.id
    return place, found.relevance_unsure, found.counts.failed, -found.counts.share, found.trial.id


_RESULTS = list(Result)


class NotRelevant(TrialMatch):
    """A trial that does not concern the patient: its criteria are decided when somebody asks for them."""

    _later: Callable[[], TrialMatch]

    @classmethod
    def made(cls, trial: Trial, later: Callable[[], TrialMatch]) -> NotRelevant:
        made = object.__new__(cls)
        given = {"trial": trial, "result": Result.NOT_RELEVANT, "relevance_unsure": False, "_later": later}
        made.__dict__.update(given)
        return made

    @property
    def _whole(self) -> TrialMatch:
        # No cached_property: Python 3.11 holds a lock of all its instances while it works one out, and who
        # waits for that lock in a pause of this work would wait for ever.
        held: TrialMatch | None = self.__dict__.get("_held")
        if held is None:
            held = self.__dict__["_held"] = self._later()
        return held

    @property
    def counts(self) -> Counts:
        return self._whole.counts

    @property
    def verdicts(self) -> Sequence[CriterionVerdict]:
        return self._whole.verdicts

    @property
    def relevance(self) -> str:
        return self._whole.relevance

    @property
    def relevance_evidence(self) -> tuple[Evidence, ...]:
        return self._whole.relevance_evidence

    @property
    def cohorts(self) -> tuple[str, ...]:
        return self._whole.cohorts


def _match_one(trial: Trial, rules: RuleSet, chart: Chart) -> TrialMatch:
    if not is_relevant(trial.indication, chart.answer):
        if rules.engine.without_relevance(trial) != Result.NOT_RELEVANT:
            raise EngineError(f"The rules of {trial.id} do not see that it does not concern a patient")
        return NotRelevant.made(trial, lambda: _decided(trial, rules, chart, relevant=False))
    return _decided(trial, rules, chart, relevant=True)


def _decided(trial: Trial, rules: RuleSet, chart: Chart, *, relevant: bool) -> TrialMatch:
    walk = Walk(trial, chart.answer)
    indication = explanation.suggesting(walk.decide(trial.indication))
    decision = rules.engine.decide(trial, chart.answer, relevant)
    return TrialMatch(
        trial=trial,
        result=Result(decision.result),
        counts=_counts(decision),
        verdicts=Verdicts(lambda: _verdicts(trial, decision, walk, chart, rules)),
        relevance=explanation.words(indication, "inclusion"),
        relevance_evidence=explanation.evidence(indication),
        relevance_unsure=relevant and indication.truth is Truth.UNKNOWN,
        cohorts=decision.cohorts_open,
    )


class Verdicts(Sequence[CriterionVerdict]):
    """The verdicts of one trial, put into words when the first is asked for: no card tells of most trials."""

    def __init__(self, tell: Callable[[], tuple[CriterionVerdict, ...]]) -> None:
        self._tell = tell
        self._held: tuple[CriterionVerdict, ...] | None = None

    @property
    def _told(self) -> tuple[CriterionVerdict, ...]:
        if self._held is None:
            self._held = self._tell()
        return self._held

    def __len__(self) -> int:
        return len(self._told)

    def __iter__(self) -> Iterator[CriterionVerdict]:
        return iter(self._told)

    def __getitem__(self, index: Any) -> Any:
        return self._told[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._told == tuple(other)

    def __hash__(self) -> int:
        return hash(self._told)

    def __repr__(self) -> str:
        return repr(self._told)


def _verdicts(
    trial: Trial, decision: Decision, walk: Walk, chart: Chart, rules: RuleSet
) -> tuple[CriterionVerdict, ...]:
    """Each criterion's verdict in the source's order; a composite is worded by its parts."""
    verdicts: dict[str, CriterionVerdict] = {}
    spare = chart.empty is not chart
    on_nothing: dict[str, CriterionVerdict] = chart.empty.kept.setdefault(("verdicts", trial.id), {})
    for criterion in trial.criteria:
        id = criterion.id  # noqa: A001  # the field's own word
        traces = rules.traces[trial.id, id]
        if criterion.parts or not spare or traces is None or not chart.lacks(traces):
            verdicts[id] = _verdict(criterion, decision.truths[id], walk, chart)
            continue
        if id not in on_nothing:
            on_nothing[id] = _verdict_on_nothing(criterion, trial, chart.empty, rules)
        verdicts[id] = on_nothing[id]
    for whole in [criterion for criterion in trial.criteria if criterion.parts]:
        _set(verdicts[whole.id], "_parts", [verdicts[part] for part in whole.parts])
    return tuple(verdicts.values())


def _verdict_on_nothing(criterion: Criterion, trial: Trial, empty: Chart, rules: RuleSet) -> CriterionVerdict:
    """The verdict where nothing on record bears on the criterion: told once, for all patients."""
    decision: Decision | None = empty.kept.get(trial.id)
    if decision is None:
        decision = empty.kept[trial.id] = rules.engine.decide(trial, empty.answer)
    walk = Walk(trial, empty.answer)
    return replace(_verdict(criterion, decision.truths[criterion.id], walk, empty))


def _by_parts(parts: Sequence[CriterionVerdict]) -> str:
    """How the parts of a composite stand: "Satisfied: I2c, I2d. Unknown: I2a (needs-clinician)"."""
    told = []
    for outcome in Outcome:
        ids = [
            f"{part.criterion.id} ({part.reason})" if part.reason else part.criterion.id
            for part in parts
            if part.outcome is outcome
        ]
        if ids:
            told.append(f"{outcome.capitalize()}: {', '.join(ids)}")
    return ". ".join(told)


def _verdict(criterion: Criterion, truth: Truth, walk: Walk, chart: Chart) -> CriterionVerdict:
    outcomes = _OF_INCLUSION if criterion.kind == "inclusion" else _OF_EXCLUSION
    made = object.__new__(_Later)
    _set(made, "criterion", criterion)
    _set(made, "outcome", outcomes[truth])
    _set(made, "_walk", walk)
    _set(made, "_chart", chart)
    return made


# What each truth of a requirement comes to, from FALSE to TRUE.
_OF_INCLUSION = (Outcome.FAILED, Outcome.UNKNOWN, Outcome.SATISFIED)
_OF_EXCLUSION = (Outcome.SATISFIED, Outcome.UNKNOWN, Outcome.FAILED)


def _met(criterion: Criterion) -> Truth:
    return Truth.TRUE if criterion.kind == "inclusion" else Truth.FALSE


class _Later(CriterionVerdict):
    """A verdict of which no more than the outcome is worked out: the rest when it is asked for.

    A card asks nothing of a closed cohort, words few of what is satisfied, and never tells a distance.
    """

    __slots__ = ("_chart", "_parts", "_walk")
    _chart: Chart
    _parts: list[CriterionVerdict]  # of a composite
    _walk: Walk

    def __getattr__(self, name: str) -> Any:
        """The value of a field that is asked for the first time."""
        if name not in CriterionVerdict.__slots__:
            raise AttributeError(name)
        criterion = self.criterion
        decided = self._walk.criterion(criterion.id)
        if name == "explanation":
            parts = self._parts if criterion.parts else ()
            said = _by_parts(parts) if parts else _explanation(criterion, self.outcome, decided)
            _set(self, name, said)
        elif name == "distance" and self.outcome is not Outcome.SATISFIED:
            _set(self, name, _distance(decided, _met(criterion), self._chart))
        elif name == "notes":
            _set(self, name, tuple(dict.fromkeys((*criterion.notes, *explanation.notes(decided)))))
        else:
            self._weigh(decided)
        return getattr(self, name)

    def _weigh(self, decided: Decided) -> None:
        outcome = self.outcome
        satisfied = outcome is Outcome.SATISFIED
        needs = explanation.needs(decided)
        _set(self, "reason", explanation.reason(decided) if outcome is Outcome.UNKNOWN else None)
        _set(self, "not_applicable", satisfied and _not_applicable(self.criterion, decided, self._walk))
        _set(self, "evidence", explanation.evidence(decided))
        _set(self, "needs", needs)
        if satisfied or (decided.truth is Truth.UNKNOWN and not needs):
            _set(self, "distance", None)


_set = object.__setattr__  # a verdict does not change, but for what nobody has asked for yet


def _explanation(criterion: Criterion, outcome: Outcome, decided: Decided) -> str:
    words = explanation.words(decided, criterion.kind)
    if outcome is Outcome.FAILED and criterion.unless_question:
        return explanation.sentences((words, f"The exception is not on record: {criterion.unless_question}"))
    return words


def _not_applicable(criterion: Criterion, decided: Decided, walk: Walk) -> bool:
    for point in decided.points:
        if point.reading.not_applicable:
            return True
    return criterion.only_if is not None and walk.decide(criterion.only_if).truth is Truth.FALSE


def _distance(decided: Decided, met: Truth, chart: Chart) -> Distance | None:
    """What would change it: the gap to a limit, the day a window ends, or the tests to get."""
    if decided.truth is Truth.UNKNOWN:
        tests = explanation.needs(decided)
        if not tests:
            return None
        return Distance("Get: " + ", ".join(need.name for need in tests), tests=tests)
    parts, amount, unit, until = [], None, None, None
    ends = [point.reading.until for point in decided.points if point.reading.until]
    for gap in gaps(decided, met):
        amount, unit = decimal_said(gap.amount), gap.question.unit_said()
        said = "year" if (amount, unit) == ("1", "years") else unit
        parts.append(f"{amount} {said} from the limit".replace("  ", " "))
        if met is Truth.TRUE and (day := gap.question.met_from(chart, gap.word, gap.limit)):
            ends.append(day)
    if ends:
        until = max(ends)
        days = (until - chart.as_of).days
        parts.append(f"may change on {until} (in {days} day{'' if days == 1 else 's'})")
    return Distance("; ".join(parts), amount, unit, until) if parts else None


def _counts(decision: Decision) -> Counts:
    """Of the entries that are no part of another, alternatives and cohorts once by their fold; ``groups`` is
    about the requirement: TRUE is met.
    """
    folds = list(decision.groups.values())
    return Counts(
        satisfied=folds.count(Truth.TRUE),
        failed=folds.count(Truth.FALSE),
        unknown=folds.count(Truth.UNKNOWN),
    )
