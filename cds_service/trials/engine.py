"""The rule engine, behind one seam: trials in, a decision for each patient out.

durable_rules decides. It is used through its C module alone: no Host, no decorators, no background threads.
Each ruleset has one session behind a lock; a fact is asserted, its actions are drained, and it is retracted.
A fact carries integers under names of ours only, so nothing from a chart, and no rule author's text, ever
reaches it. What is unknown is left out of the fact, and left out means unknown. A sentinel must fire for
every fact, and true and false never both: else the answer is withheld.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import durable_rules_engine

from cds_service.errors import EngineError
from cds_service.features.question import Question, Reading
from cds_service.kleene import Truth, any_of
from cds_service.trials.compile import COHORTS, Page, Program, compile_trial, criterion_node
from cds_service.trials.documented import judge_of
from cds_service.trials.facts import Values, bounded
from cds_service.trials.formula import (
    Asked,
    Bounds,
    Concerns,
    Condition,
    Count,
    Decided,
    Documented,
    Joined,
    Slot,
    Test,
    condition,
)
from cds_service.trials.model import Trial

RESULTS: Final = ("possible-match", "ruled-out", "not-relevant")

Answers = Mapping[Question, Reading] | Callable[[Question], Reading]
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules decided of one trial.

    ``truths`` are of each criterion's requirement (an exclusion that is TRUE is present); ``groups`` of what
    counts once, TRUE where it is met; ``result`` is the trial's.
    """

    truths: Mapping[str, Truth]
    groups: Mapping[str, Truth]
    cohorts_open: tuple[str, ...]
    result: str


class Engine:
    """Decides trials. Safe for any number of threads; a trial's rulesets live as long as the engine."""

    def __init__(self, trials: Sequence[Trial]) -> None:
        verdict = _Ruleset(_VERDICT_RULES)
        self._loaded = {trial.id: _LoadedTrial(compile_trial(trial), verdict) for trial in trials}

    def decide(self, trial: Trial, readings: Answers, relevance: Truth | bool = True) -> Decision:
        """Decide every criterion and the trial; ``relevance`` is FALSE where it does not concern the patient.

        ``readings`` is asked for an amount by its ``quantity()``, without limits.

        Raises EngineError where the engine breaks one of its promises.
        """
        answer = readings if callable(readings) else _look_up(readings)
        return self._loaded[trial.id].decide(answer, relevance)

    def without_relevance(self, trial: Trial) -> str:
        """What the rules say of a trial that does not concern the patient; its criteria are not looked at."""
        return self._loaded[trial.id].without_relevance()


def _look_up(readings: Mapping[Question, Reading]) -> Callable[[Question], Reading]:
    return readings.__getitem__


class _LoadedTrial:
    def __init__(self, program: Program, verdict: _Ruleset) -> None:
        self._trial = program.trial
        self._pages = tuple(map(_LoadedPage, program.pages))
        self._undecided = {rule.name: Truth.UNKNOWN for page in program.pages for rule in page.rules}
        self._ids = tuple(criterion.id for criterion in self._trial.criteria)
        self._nodes = tuple(map(criterion_node, self._ids))
        self._groups = tuple((each.name, each.node, each.met_when_true) for each in program.groups)
        self._verdict = verdict
        self._self_test()

    def _self_test(self) -> None:
        """A patient of whom nothing is known, nor what might be documented: nothing at all may be decided."""
        empty = Reading(lost=True)
        truths = self.decide(lambda _: empty, relevance=True).truths
        fired = [id for id, truth in truths.items() if truth is not Truth.UNKNOWN]  # noqa: A001
        if fired:
            raise EngineError(f"Rules of {self._trial.id} decide where nothing is known: {', '.join(fired)}")
        if self.decide(lambda _: empty, relevance=False).result != "not-relevant":
            raise EngineError(f"The rules of {self._trial.id} do not see that it does not concern a patient")

    def decide(self, answer: Callable[[Question], Reading], relevance: Truth | bool) -> Decision:
        trial = self._trial
        values = Values(trial, answer, self._undecided.copy())
        for page in self._pages:
            page.decide(values)
        decided = values.decided
        truths = dict(zip(self._ids, map(decided.__getitem__, self._nodes), strict=True))
        groups = {
            name: decided[node] if straight else ~decided[node] for name, node, straight in self._groups
        }
        concerned = int(relevance) != Truth.FALSE
        if trial.cohorts and not concerned:
            # No cohort concerns this patient, and that fails nothing: they count by their own criteria.
            groups[COHORTS] = any_of(
                truths[cohort.id] if trial.criterion(cohort.id).kind == "inclusion" else ~truths[cohort.id]
                for cohort in trial.cohorts
            )
        failed = list(groups.values()).count(Truth.FALSE)
        return Decision(
            truths=truths,
            groups=groups,
            cohorts_open=tuple(
                cohort.id
                for cohort in trial.cohorts
                if values.concerns(cohort.id) and truths[cohort.id] is not Truth.FALSE
            ),
            result=self._result(concerned=concerned, failed=failed),
        )

    def without_relevance(self) -> str:
        return self._result(concerned=False, failed=0)

    def _result(self, *, concerned: bool, failed: int) -> str:
        fired = self._verdict.fire(f',"f0":{int(concerned)},"f1":{failed}')
        results = [result for result in RESULTS if result in fired]
        if len(results) != 1:
            raise EngineError(f"The rules give {len(results)} results for {self._trial.id} in place of one")
        return results[0]


class _LoadedPage:
    """One page as a ruleset of its own, with what each of its slots may add to a fact written beforehand."""

    def __init__(self, page: Page) -> None:
        names = dict(zip(page.slots, _aliases(), strict=False))
        rules: Rules = {}
        self._says: dict[str, tuple[str, Truth]] = {}
        for index, rule in enumerate(page.rules):
            for letter, truth in (("T", Truth.TRUE), ("F", Truth.FALSE)):
                tested = condition(rule.formula, true=truth is Truth.TRUE)
                rules[f"{letter}{index}"] = _written(tested, names)
                self._says[f"{letter}{index}"] = (rule.name, truth)
        self.ruleset = _Ruleset(rules)
        asked, decided, judged, concerns, amounts, counts = [], [], [], [], [], []
        for slot, name in names.items():
            false, true, low, high = f',"{name}":0', f',"{name}":2', f',"{name}l":', f',"{name}h":'
            match slot:
                case Asked(question):
                    asked.append((question, false, true))
                case Decided(node):
                    decided.append((node, false, true))
                case Bounds(quantity):
                    amounts.append((quantity, low, high))
                case Count():
                    counts.append((slot, low, high))
                case Documented(expression):
                    judged.append((judge_of(expression), expression.part, false, true))
                case Concerns(cohort):
                    concerns.append((cohort, false, true))
        self._asked, self._decided, self._judged = tuple(asked), tuple(decided), tuple(judged)
        self._concerns, self._amounts, self._counts = tuple(concerns), tuple(amounts), tuple(counts)

    def decide(self, values: Values) -> None:
        """Add what the page's rules say of its nodes to what is decided."""
        decided, says, is_unknown = values.decided, self._says, Truth.UNKNOWN
        for name in self.ruleset.fire("".join(self._known(values))):
            node, truth = says[name]
            if decided[node] is not is_unknown:
                raise EngineError("The rules find one thing true and false at once")
            decided[node] = truth

    def _known(self, values: Values) -> list[str]:
        """What is known of the page's slots, each as it stands in a fact; what is unknown is left out."""
        known: list[str] = []
        answer, decided = values.answer, values.decided
        is_true, is_unknown = Truth.TRUE, Truth.UNKNOWN  # looked up once: these loops are most of the work
        for question, false, true in self._asked:
            truth = answer(question).truth
            if truth is not is_unknown:
                known.append(true if truth is is_true else false)
        for node, false, true in self._decided:
            truth = decided[node]
            if truth is not is_unknown:
                known.append(true if truth is is_true else false)
        for judge, part, false, true in self._judged:
            truth = judge(part, answer, values.requirement)
            if truth is not is_unknown:
                known.append(true if truth is is_true else false)
        for cohort, false, true in self._concerns:
            known.append(true if values.concerns(cohort) else false)
        for quantity, low_name, high_name in self._amounts:
            low, high = bounded(answer(quantity))
            if low is not None and high is not None:
                known.append(f"{low_name}{low}{high_name}{high}")
            elif low is not None:
                known.append(f"{low_name}{low}")
            elif high is not None:
                known.append(f"{high_name}{high}")
        for count, low_name, high_name in self._counts:
            sure, possible = values.count(count)
            known.append(f"{low_name}{sure}{high_name}{possible}")
        return known


Rules = dict[str, Any]
_VERDICT_RULES: Final[Rules] = {
    "possible-match": {"$and": [{"f0": 1}, {"f1": 0}]},
    "ruled-out": {"$and": [{"f0": 1}, {"$gt": {"f1": 0}}]},
    "not-relevant": {"f0": 0},
}


def _written(tested: Condition, names: Mapping[Slot, str]) -> Rules:
    if isinstance(tested, Joined):
        return {tested.word: [_written(part, names) for part in tested.parts]}
    assert isinstance(tested, Test)  # noqa: S101
    name = names[tested.slot] + tested.side
    return {name: tested.value} if tested.operator == "$eq" else {tested.operator: {name: tested.value}}


def _aliases() -> Iterator[str]:
    """Names f0, f1, …: the engine tells names apart by a 32-bit hash only, so none may share one."""
    taken = {_fnv(name) for name in ("sid", "id", "$s", "p")}
    for number in itertools.count():
        hashes = {_fnv(f"f{number}{side}") for side in ("", "l", "h")}
        if len(hashes) == 3 and not hashes & taken:
            taken |= hashes
            yield f"f{number}"


def _fnv(name: str) -> int:
    value = 2166136261
    for byte in name.encode():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


_SENTINEL: Final = "R"
_FACT: Final = '{"sid":"0","id":"0"}'  # a fact is known by its identity alone


class _Ruleset:
    """One compiled ruleset with its one session. Its sentinel must fire for every fact.

    Each page is a ruleset of its own: the more conditions one ruleset holds, the longer the engine searches
    its table of them, and it hangs from 512 at one level.
    """

    def __init__(self, rules: Rules) -> None:
        definitions = {
            name: {"all": [{"m": tested}]} for name, tested in ({_SENTINEL: {"p": 1}} | rules).items()
        }
        name = f"cart-{os.getpid()}-{next(_numbers)}"
        self._handle: int = durable_rules_engine.create_ruleset(name, json.dumps(definitions))
        self._lock = threading.Lock()
        self._session = _Session()
        closing = weakref.finalize(self, _close, self._handle, self._session)
        closing.atexit = False
        self.fire("")

    def fire(self, values: str) -> set[str]:
        """The names of the rules that hold for one fact. On any failure the session is thrown away.

        ``values`` are the fact's own, as they stand in it after its identity: ``,"f0":2,"f1l":3000000``.
        """
        fact = f'{_FACT[:-1]},"p":1{values}}}'
        with self._lock:
            try:
                fired = self._drain(fact)
            except BaseException as error:
                self._throw_away()
                if isinstance(error, Exception):
                    raise EngineError(f"The rule engine failed: {type(error).__name__}") from error
                raise
        if _SENTINEL not in fired:
            raise EngineError("The rule engine did not look at a fact")
        fired.remove(_SENTINEL)
        return fired

    def _throw_away(self) -> None:
        if self._session.ran:
            _delete_session(self._handle, self._session)
        else:
            with contextlib.suppress(Exception):  # the fact was not taken, or is taken back before any action
                durable_rules_engine.retract_fact(self._handle, _FACT)

    def _drain(self, fact: str) -> set[str]:
        handle, engine = self._handle, durable_rules_engine
        outcome, state = engine.assert_fact(handle, fact)
        if outcome:
            raise EngineError(f"The rule engine did not take a fact ({outcome})")
        fired: set[str] = set()
        started = engine.start_action_for_state(handle, state)
        message = started[1] if started else None
        if message is not None:
            self._session.ran = True
        while message:
            fired.add(message.split('"', 2)[1])  # {"name of the rule": …}
            message = engine.complete_and_start_action(handle, state)
        outcome, _ = engine.retract_fact(handle, _FACT)
        if outcome:
            raise EngineError(f"The rule engine did not let go of a fact ({outcome})")
        return fired


class _Session:
    """Whether an action ran in the session: deleting one in which none ran crashes the engine."""

    ran = False


def _delete_session(handle: int, session: _Session) -> None:
    if session.ran:
        session.ran = False
        durable_rules_engine.delete_state(handle, "0")


def _close(handle: int, session: _Session) -> None:
    _delete_session(handle, session)
    durable_rules_engine.delete_ruleset(handle)
