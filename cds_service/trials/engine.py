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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import durable_rules_engine
import msgspec

from cds_service.errors import EngineError
from cds_service.features.question import Question, Reading
from cds_service.kleene import Truth, any_of
from cds_service.trials.compile import COHORTS, Page, Program, compile_trial, criterion_node
from cds_service.trials.facts import Values
from cds_service.trials.formula import (
    Asked,
    Bounds,
    Condition,
    Count,
    Joined,
    Slot,
    Test,
    condition,
    paths,
)
from cds_service.trials.model import Trial

MOST_PATHS_A_RULESET: Final = 300  # it hangs from 512 conditions at one level
RESULTS: Final = ("possible-match", "ruled-out", "not-relevant")

Answers = Mapping[Question, Reading] | Callable[[Question], Reading]
_numbers = itertools.count()
_encode = msgspec.json.Encoder().encode


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
        verdict = _Ruleset([_VERDICT_RULES])
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
        self._program = program
        self._trial = program.trial
        self._pages = tuple(_load_pages(program.pages))
        self._nodes = tuple((each.id, criterion_node(each.id)) for each in self._trial.criteria)
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
        values = Values(trial, answer)
        for page in self._pages:
            page.decide(values)
        decided = values.decided
        truths = {id: decided[node] for id, node in self._nodes}  # noqa: A001
        groups: dict[str, Truth] = {}
        for group in self._program.groups:
            truth = decided[group.node]
            groups[group.name] = truth if group.met_when_true else ~truth
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
        fired = self._verdict.fire(0, {"f0": int(concerned), "f1": failed})
        results = [result for result in RESULTS if result in fired]
        if len(results) != 1:
            raise EngineError(f"The rules give {len(results)} results for {self._trial.id} in place of one")
        return results[0]


class _LoadedPage:
    """One page with the names under which its slots travel."""

    def __init__(self, ruleset: _Ruleset, number: int, page: Page, names: Mapping[Slot, str]) -> None:
        self.ruleset = ruleset
        self._number = number
        self._asked = tuple((names[slot], slot.question) for slot in page.slots if isinstance(slot, Asked))
        self._truths = tuple(
            (names[slot], slot) for slot in page.slots if not isinstance(slot, Asked | Bounds | Count)
        )
        self._bounds = tuple(
            (f"{names[slot]}l", f"{names[slot]}h", slot)
            for slot in page.slots
            if isinstance(slot, Bounds | Count)
        )
        self._unknown = dict.fromkeys((rule.name for rule in page.rules), Truth.UNKNOWN)
        self._says: dict[str, tuple[str, Truth]] = {}
        for index, rule in enumerate(page.rules):
            self._says[f"T{number}_{index}"] = (rule.name, Truth.TRUE)
            self._says[f"F{number}_{index}"] = (rule.name, Truth.FALSE)

    def decide(self, values: Values) -> None:
        """Add what the page's rules say of its nodes to what is decided."""
        fact: dict[str, int] = {}
        answer = values.answer
        for alias, question in self._asked:
            truth = answer(question).truth
            if truth is not Truth.UNKNOWN:
                fact[alias] = int(truth)
        for alias, slot in self._truths:
            if (known := values.truth(slot)) is not None:
                fact[alias] = known
        for low_alias, high_alias, amount in self._bounds:
            low, high = values.bounds(amount)
            if low is not None:
                fact[low_alias] = low
            if high is not None:
                fact[high_alias] = high
        decided = self._unknown.copy()
        for name in self.ruleset.fire(self._number, fact):
            if name in self._says:
                node, truth = self._says[name]
                if decided[node] is not Truth.UNKNOWN:
                    raise EngineError("The rules find one thing true and false at once")
                decided[node] = truth
        values.decided.update(decided)


Rules = dict[str, Any]
_VERDICT_RULES: Final[Rules] = {
    "possible-match": {"$and": [{"f0": 1}, {"f1": 0}]},
    "ruled-out": {"$and": [{"f0": 1}, {"$gt": {"f1": 0}}]},
    "not-relevant": {"f0": 0},
}


def _load_pages(pages: Iterable[Page]) -> Iterable[_LoadedPage]:
    """Pages packed into as few rulesets as the engine takes, each with aliases of its own."""
    packed: list[list[Page]] = []
    ways = MOST_PATHS_A_RULESET
    for page in pages:
        more = sum(paths(condition(rule.formula, true=true)) for rule in page.rules for true in (True, False))
        if ways + more > MOST_PATHS_A_RULESET:
            packed.append([])
            ways = 0
        packed[-1].append(page)
        ways += more
    for together in packed:
        aliases = _aliases()
        named = [{slot: next(aliases) for slot in page.slots} for page in together]
        ruleset = _Ruleset(
            [
                _page_rules(number, page, names)
                for number, (page, names) in enumerate(zip(together, named, strict=True))
            ]
        )
        for number, (page, names) in enumerate(zip(together, named, strict=True)):
            yield _LoadedPage(ruleset, number, page, names)


def _page_rules(number: int, page: Page, names: Mapping[Slot, str]) -> Rules:
    rules: Rules = {}
    for index, rule in enumerate(page.rules):
        for letter, true in (("T", True), ("F", False)):
            rules[f"{letter}{number}_{index}"] = _written(condition(rule.formula, true=true), names)
    return rules


def _written(tested: Condition, names: Mapping[Slot, str]) -> Rules:
    if isinstance(tested, Joined):
        return {tested.word: [_written(part, names) for part in tested.parts]}
    assert isinstance(tested, Test)  # noqa: S101
    name = names[tested.slot] + tested.side
    return {name: tested.value} if tested.operator == "$eq" else {tested.operator: {name: tested.value}}


def _aliases() -> Iterator[str]:
    """Names f0, f1, …: the engine tells names apart by a 32-bit hash only, so none may share one."""
    taken = {_fnv(name) for name in ("sid", "id", "$s", *(f"p{number}" for number in range(256)))}
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


class _Ruleset:
    """One compiled ruleset with its one session. Each page has a sentinel, which must fire for every fact."""

    def __init__(self, pages: Sequence[Rules]) -> None:
        definitions: Rules = {}
        for number, rules in enumerate(pages):
            definitions[f"R{number}"] = {"all": [{"m": {f"p{number}": 1}}]}
            for name, tested in rules.items():
                definitions[name] = {"all": [{"m": tested}]}
        name = f"cart-{os.getpid()}-{next(_numbers)}"
        self._handle: int = durable_rules_engine.create_ruleset(name, json.dumps(definitions))
        self._lock = threading.Lock()
        self._session = _Session()
        closing = weakref.finalize(self, _close, self._handle, self._session)
        closing.atexit = False
        for number in range(len(pages)):
            self.fire(number, {})

    def fire(self, page: int, values: Mapping[str, int]) -> set[str]:
        """The names of the rules that hold for one fact. On any failure the session is thrown away."""
        fact = _encode({"sid": "0", "id": "0", f"p{page}": 1, **values}).decode()
        with self._lock:
            try:
                fired = self._drain(fact)
            except BaseException as error:
                self._throw_away(fact)
                if isinstance(error, Exception):
                    raise EngineError(f"The rule engine failed: {type(error).__name__}") from error
                raise
        if f"R{page}" not in fired:
            raise EngineError("The rule engine did not look at a fact")
        return fired

    def _throw_away(self, fact: str) -> None:
        if self._session.ran:
            _delete_session(self._handle, self._session)
        else:
            with contextlib.suppress(Exception):  # the fact was not taken, or is taken back before any action
                durable_rules_engine.retract_fact(self._handle, fact)

    def _drain(self, fact: str) -> set[str]:
        handle, engine = self._handle, durable_rules_engine
        outcome, state = engine.assert_fact(handle, fact)
        if outcome:
            raise EngineError(f"The rule engine did not take a fact ({outcome})")
        fired: set[str] = set()
        started = engine.start_action_for_state(handle, state)
        message = started[1] if started else None
        self._session.ran = self._session.ran or message is not None
        while message:
            fired.add(message.split('"', 2)[1])  # {"name of the rule": …}
            message = engine.complete_and_start_action(handle, state)
        outcome, _ = engine.retract_fact(handle, fact)
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
