"""One trial's verdicts laid out for a reader: a mark for each criterion, the criteria by what is to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cds_service.cards.open_items import data_to_get, groups, lacks_data, living, tally
from cds_service.features.question import Need, Reason
from cds_service.matching import CriterionVerdict, MatchAnswer, Outcome, Result, TrialMatch
from cds_service.web.timeline import Timeline, timeline


@dataclass(frozen=True, slots=True)
class Mark:
    """How a verdict looks: letter, shape and colour say the same, so that each suffices. ``style`` is the
    class of both.
    """

    letter: str
    style: str
    words: str


SATISFIED = Mark("S", "satisfied", "satisfied")
NOT_APPLICABLE = Mark("–", "satisfied", "satisfied, does not apply to this patient")
FAILED = Mark("F", "failed", "failed")
UNKNOWN = {
    Reason.MISSING_DATA: Mark("D", "data", "unknown: data is missing"),
    Reason.STALE: Mark("O", "data", "unknown: the data is too old"),
    Reason.UNUSABLE: Mark("U", "data", "unknown: the data cannot be used"),
    Reason.CONFLICTING: Mark("X", "data", "unknown: the data conflicts"),
    Reason.NOTHING_ON_RECORD: Mark("N", "confirm", "unknown: nothing on record, to confirm"),
    Reason.NEEDS_CLINICIAN: Mark("C", "confirm", "unknown: a clinician must say"),
}
LEGEND = (SATISFIED, NOT_APPLICABLE, FAILED, *UNKNOWN.values())
RESULTS = {
    Result.POSSIBLE_MATCH: "Possible match",
    Result.RULED_OUT: "Ruled out",
    Result.NOT_RELEVANT: "Not relevant",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion's verdict with its mark. ``needed`` is False where another way or cohort decides."""

    verdict: CriterionVerdict
    mark: Mark
    anchor: str
    needed: bool
    parts: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """Ways of which one suffices, each the criteria it needs; one way of one criterion where there is no
    choice.
    """

    ways: tuple[tuple[Line, ...], ...]


@dataclass(frozen=True, slots=True)
class Heap:
    """The criteria of one kind of verdict."""

    name: str
    heading: str
    lines: tuple[Line, ...]
    open: bool

    @property
    def parts(self) -> bool:
        """Whether parts of criteria are among them, so that the heap is more than the count says."""
        return any(line.verdict.criterion.part_of for line in self.lines)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that the result page tells of one trial."""

    match: TrialMatch
    result: str
    inclusions: tuple[Choice, ...]
    exclusions: tuple[Choice, ...]
    heaps: tuple[Heap, ...]
    data_missing: int
    to_confirm: int
    to_get: dict[Need, list[str]]
    not_sent: tuple[Line, ...]  # lacks a record that is no test: it has no name to order it by
    failed: tuple[Line, ...]
    timeline: Timeline | None


def sheet(match: TrialMatch, answer: MatchAnswer) -> Sheet:
    """Lay out one trial's match."""
    needed = {verdict.criterion.id for verdict in living(match)}
    lines = {verdict.criterion.id: _line(match, verdict, needed) for verdict in match.verdicts}
    heaps = _heaps(lines.values(), match.result)
    found = tally(match)
    return Sheet(
        match=match,
        result=RESULTS[match.result],
        inclusions=_choices(match, lines, "inclusion"),
        exclusions=_choices(match, lines, "exclusion"),
        heaps=heaps,
        data_missing=found.data_missing,
        to_confirm=found.to_confirm,
        to_get=data_to_get(match),
        not_sent=tuple(
            line for heap in heaps if heap.name == "data" for line in heap.lines if _no_test(line)
        ),
        failed=tuple(
            line
            for line in lines.values()
            if line.mark is FAILED and line.needed and not line.verdict.criterion.parts
        ),
        timeline=timeline(
            ((line.verdict, line.mark.style, line.mark.letter) for line in lines.values() if line.needed),
            answer.as_of,
        ),
    )


def mark(verdict: CriterionVerdict) -> Mark:
    """The mark of a verdict."""
    match verdict.outcome:
        case Outcome.FAILED:
            return FAILED
        case Outcome.SATISFIED:
            return NOT_APPLICABLE if verdict.not_applicable else SATISFIED
        case Outcome.UNKNOWN:
            return UNKNOWN[verdict.reason or Reason.NEEDS_CLINICIAN]


def _no_test(line: Line) -> bool:
    verdict = line.verdict
    return not (verdict.criterion.parts or verdict.needs or (verdict.distance and verdict.distance.tests))


def _line(match: TrialMatch, verdict: CriterionVerdict, needed: set[str]) -> Line:
    name = verdict.criterion.id
    return Line(verdict, mark(verdict), f"{match.trial.id}-{name}", name in needed)


def _choices(match: TrialMatch, lines: dict[str, Line], kind: str) -> tuple[Choice, ...]:
    """Every criterion of one kind exactly once: parts within their whole, ways beside each other."""
    within = {part for line in lines.values() for part in line.verdict.criterion.parts}
    branches = {name: found for found in groups(match) for branch in found for name in branch}

    def whole(line: Line) -> Line:
        parts = tuple(whole(lines[part]) for part in line.verdict.criterion.parts if part in lines)
        return Line(line.verdict, line.mark, line.anchor, line.needed, parts)

    choices: dict[str, Choice] = {}
    for name, line in lines.items():
        if line.verdict.criterion.kind != kind or name in within:
            continue
        ways = branches.get(name, ((name,),))
        known = tuple(tuple(whole(lines[each]) for each in way if each in lines) for way in ways)
        choices.setdefault(ways[0][0], Choice(known))
    return tuple(choices.values())


def _heaps(lines: Iterable[Line], result: Result) -> tuple[Heap, ...]:
    failed, data, confirm, satisfied, idle = [], [], [], [], []
    for line in lines:
        if not line.needed and line.mark is not FAILED:
            idle.append(line)
        elif line.verdict.outcome is Outcome.FAILED:
            failed.append(line)
        elif line.verdict.outcome is Outcome.SATISFIED:
            satisfied.append(line)
        elif lacks_data(line.verdict):
            data.append(line)
        else:
            confirm.append(line)
    unfolded = result is Result.POSSIBLE_MATCH
    heaps = (
        Heap("failed", "Failed", tuple(failed), open=True),
        Heap("data", "Data to get", tuple(data), open=unfolded),
        Heap("confirm", "To confirm with the patient or a clinician", tuple(confirm), open=unfolded),
        Heap("satisfied", "Satisfied", tuple(satisfied), open=False),
        Heap("idle", "Not needed: another way or cohort decides", tuple(idle), open=False),
    )
    return tuple(heap for heap in heaps if heap.lines)
