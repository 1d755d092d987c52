"""durable_rules decides as plain Python does, and keeps its promises: memory, threads, reloads."""

from __future__ import annotations

import gc
import itertools
import os
import random
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import durable_rules_engine
import pytest
from oracle import (
    SOURCE,
    Has,
    Level,
    Oracle,
    questions_of,
    random_chart,
    random_trial,
)

from cds_service.errors import EngineError
from cds_service.features.question import Question, Reading, Reason
from cds_service.kleene import Truth
from cds_service.trials import engine as engine_module
from cds_service.trials.compile import MOST_GROUPS, MOST_PATHS_A_PAGE, compile_trial
from cds_service.trials.engine import Engine
from cds_service.trials.expression import (
    AllOf,
    AnyOf,
    AtLeast,
    CriterionRef,
    Expression,
    Leaf,
    MayExcuse,
    Not,
    OnRecord,
)
from cds_service.trials.facts import bounded, scaled
from cds_service.trials.formula import condition, groups, paths
from cds_service.trials.model import Cohort, Criterion, Trial

CASES = int(os.environ.get("CART_CDS_ORACLE_CASES", "100000"))
SEEDS = range(12)
RULES = Path(__file__).parents[2] / "rules"
F, U, T = Truth.FALSE, Truth.UNKNOWN, Truth.TRUE


def has(name: str) -> Leaf:
    return Leaf(Has(has=name))


def criterion(id: str, when: Expression, kind: str = "inclusion", **more: object) -> Criterion:
    return Criterion(id=id, kind=kind, text="t", reading="r", when=when, **more)  # type: ignore[arg-type]


def trial(*criteria: Criterion, **more: object) -> Trial:
    return Trial(id="t", title="t", status="s", source=SOURCE, indication=has("a"), criteria=criteria, **more)  # type: ignore[arg-type]


def decide(given: Trial, **truths: Truth):
    known = {Has(has=name): Reading(truth=truth) for name, truth in truths.items()}
    return Engine([given]).decide(given, lambda question: known.get(question, Reading()))


def resident() -> int:
    """Kilobytes of memory in use."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def agree(engine: Engine, given: Trial, readings, relevance: Truth) -> None:
    oracle = Oracle(given, readings.__getitem__)
    decision = engine.decide(given, readings, relevance)
    assert decision.truths == oracle.truths()
    assert sorted(decision.groups.values()) == oracle.groups(relevance)
    assert decision.cohorts_open == oracle.cohorts_open()
    assert decision.result == oracle.result(relevance)


def test_random_trials_are_decided_as_the_oracle_decides_them() -> None:
    """CART_CDS_ORACLE_CASES counts criteria decided, each for one random chart."""
    trials = [random_trial(random.Random(seed), f"t{seed}") for seed in SEEDS]
    engine = Engine(trials)
    chance = random.Random(20260101)
    decided = 0
    for given in itertools.cycle(trials):
        if decided >= CASES:
            break
        agree(engine, given, random_chart(chance, given), chance.choice((F, U, T)))
        decided += len(given.criteria)


@pytest.mark.parametrize("truth", [F, U, T])
def test_a_criterion_is_true_false_or_unknown(truth: Truth) -> None:
    assert decide(trial(criterion("I1", has("b"))), b=truth).truths == {"I1": truth}


def test_an_exclusion_that_is_absent_is_met() -> None:
    decision = decide(trial(criterion("E1", has("b"), "exclusion")), b=F)
    assert (decision.groups, decision.result) == ({"E1": T}, "possible-match")


@pytest.mark.parametrize(
    ("relevance", "b", "result"),
    [
        (T, T, "possible-match"),
        (T, U, "possible-match"),
        (U, T, "possible-match"),
        (T, F, "ruled-out"),
        (F, T, "not-relevant"),
        (F, F, "not-relevant"),
        (True, F, "ruled-out"),
        (False, F, "not-relevant"),
    ],
)
def test_the_result_is_one_of_three(relevance: Truth | bool, b: Truth, result: str) -> None:
    given = trial(criterion("I1", has("b")))
    assert Engine([given]).decide(given, lambda _: Reading(truth=b), relevance).result == result


ALTERNATIVES = trial(
    *(criterion(f"I{number}", has(name)) for number, name in enumerate("bcd", 1)),
    alternatives=((("I1", "I2"), ("I3",)),),
)


@pytest.mark.parametrize(
    ("b", "c", "d", "fold"),
    [(T, T, F, T), (F, T, T, T), (F, U, F, F), (F, T, U, U), (U, T, F, U), (T, U, U, U)],
)
def test_one_branch_of_alternatives_suffices(b: Truth, c: Truth, d: Truth, fold: Truth) -> None:
    decision = decide(ALTERNATIVES, b=b, c=c, d=d)
    assert list(decision.groups.values()) == [fold]
    assert decision.result == ("ruled-out" if fold is F else "possible-match")


def test_a_fold_is_named_by_its_alternatives():
    assert list(decide(ALTERNATIVES).groups) == ["I1+I2 or I3"]


@pytest.mark.parametrize("truth", [F, U, T])
def test_a_criterion_may_refer_to_the_opposite_of_a_later_one(truth: Truth) -> None:
    given = trial(criterion("I1", Not(CriterionRef("I2"))), criterion("I2", has("b"), part_of="I1"))
    assert decide(given, b=truth).truths == {"I1": ~truth, "I2": truth}


def cohorts() -> Trial:
    return trial(
        criterion("X", AllOf((CriterionRef("X-1"), CriterionRef("X-2")))),
        criterion("X-1", has("b"), part_of="X"),
        criterion("X-2", has("c"), part_of="X"),
        criterion("Y", has("d")),
        cohorts=(Cohort("X", "x", has("x")), Cohort("Y", "y", has("y"))),
    )


@pytest.mark.parametrize(
    ("truths", "open_cohorts", "result"),
    [
        ({"x": T, "b": T, "c": U}, ("X",), "possible-match"),
        ({"x": T, "b": F}, (), "ruled-out"),
        ({"x": T, "b": F, "y": T}, ("Y",), "possible-match"),
        ({"x": T, "y": T, "d": F}, ("X",), "possible-match"),
        ({"b": T, "c": T, "d": T}, (), "ruled-out"),
    ],
)
def test_a_cohort_is_open_while_it_concerns_the_patient_and_is_not_failed(
    truths, open_cohorts, result
) -> None:
    decision = decide(cohorts(), **truths)
    assert (decision.cohorts_open, decision.result) == (open_cohorts, result)
    assert list(decision.groups) == ["cohorts"]


@pytest.mark.parametrize(
    ("truths", "fold"), [({}, U), ({"b": F, "d": U}, U), ({"b": F, "d": F}, F), ({"d": T}, T)]
)
def test_cohorts_of_a_trial_that_does_not_concern_the_patient_count_by_their_criteria(truths, fold) -> None:
    given = cohorts()
    known = {Has(has=name): Reading(truth=truth) for name, truth in truths.items()}
    decision = Engine([given]).decide(given, lambda question: known.get(question, Reading()), F)
    assert (decision.groups, decision.result) == ({"cohorts": fold}, "not-relevant")


def test_a_cohort_that_a_code_only_suggests_is_open() -> None:
    suggested = Reading(reason=Reason.NEEDS_CLINICIAN)
    given = cohorts()
    decision = Engine([given]).decide(
        given, lambda question: suggested if question == Has(has="y") else Reading()
    )
    assert decision.cohorts_open == ("Y",)


@pytest.mark.parametrize(
    ("reading", "on_record", "may_excuse"),
    [
        (Reading(truth=T), T, U),
        (Reading(truth=F), F, F),
        (Reading(reason=Reason.NOTHING_ON_RECORD), F, F),
        (Reading(reason=Reason.MISSING_DATA), F, F),
        (Reading(reason=Reason.STALE), F, F),
        (Reading(reason=Reason.MISSING_DATA, lost=True), U, U),
        (Reading(reason=Reason.NEEDS_CLINICIAN), U, U),
        (Reading(reason=Reason.CONFLICTING), U, U),
        (Reading(reason=Reason.UNUSABLE), U, U),
    ],
)
def test_what_is_documented(reading: Reading, on_record: Truth, may_excuse: Truth) -> None:
    given = trial(criterion("I1", OnRecord(has("b"))), criterion("I2", MayExcuse(has("b"))))
    assert Engine([given]).decide(given, lambda _: reading).truths == {"I1": on_record, "I2": may_excuse}


def test_only_the_deciding_readings_say_whether_something_may_be_documented() -> None:
    """The unclear reading stands beside a false one, so the whole is known not to be documented."""
    given = trial(criterion("I1", OnRecord(AllOf((has("b"), has("c"))))))
    readings = {Has(has="b"): Reading(truth=F), Has(has="c"): Reading(reason=Reason.UNUSABLE)}
    assert Engine([given]).decide(given, readings).truths == {"I1": F}


def level(**limits: str) -> Leaf:
    return Leaf(Level(level="q", **limits))


def exact(value: str) -> Reading:
    return Reading(low=Fraction(value), high=Fraction(value))


@pytest.mark.parametrize(
    ("limits", "reading", "truth"),
    [
        ({"at_least": "3.0"}, exact("3"), T),
        ({"at_least": "3.0"}, exact("2.999999999"), F),
        ({"above": "3.0"}, exact("3"), F),
        ({"above": "3.0"}, exact("3.000000001"), T),
        ({"at_most": "3.0"}, exact("3.000000001"), F),
        ({"below": "3.0"}, exact("2.999999999"), T),
        ({"below": "-1"}, exact("-1"), F),
        ({"below": "-1"}, exact("-1.000001"), T),
        ({"at_least": "0.00001"}, exact("0.00001"), T),
        ({"at_least": "0.00001"}, exact("0.000009"), F),
        ({"above": "0.3"}, exact("1/3"), T),
        ({"at_least": "3"}, Reading(low=Fraction(3), low_open=True), T),
        ({"above": "3"}, Reading(low=Fraction(3), low_open=True), T),
        ({"above": "3"}, Reading(low=Fraction(3)), U),
        ({"at_least": "20"}, Reading(high=Fraction(20), high_open=True), F),
        ({"at_least": "20"}, Reading(high=Fraction(20)), U),
        ({"below": "20"}, Reading(high=Fraction(20), high_open=True), T),
        ({"at_least": "18", "at_most": "65"}, exact("18"), T),
        ({"at_least": "18", "at_most": "65"}, exact("66"), F),
        ({"at_least": "18", "at_most": "65"}, Reading(low=Fraction(17), high=Fraction(18)), U),
        ({"at_least": "1"}, Reading(), U),
        ({"at_least": "1"}, exact("1e12"), T),
        (
            {"at_least": "1"},
            Reading(low=Fraction(10**30), high=Fraction(10**30), low_open=True),
            U,
        ),  # nothing
        ({"at_least": "1"}, Reading(truth=T), U),
        ({"at_least": "2"}, Reading(low=Fraction(3), high=Fraction(1)), U),  # bounds of nothing
        ({"above": "3"}, Reading(low=Fraction(3), high=Fraction(3), low_open=True), U),
    ],
)
def test_limits_are_exact(limits: dict[str, str], reading: Reading, truth: Truth) -> None:
    given = trial(criterion("I1", level(**limits)), criterion("E1", Not(level(**limits)), "exclusion"))
    assert Engine([given]).decide(given, lambda _: reading).truths == {"I1": truth, "E1": ~truth}


def test_bounds_keep_the_order_of_the_values_they_stand_for() -> None:
    assert [scaled(Fraction(text), 0) for text in ("1", "1.000001", "1.00001")] == [
        10**6,
        10**6 + 5,
        10**6 + 10,
    ]
    assert (scaled(Fraction(1), 1), scaled(Fraction(1), -1)) == (10**6 + 1, 10**6 - 1)
    assert scaled(Fraction("-1.000001"), 0) == -(10**6) - 5
    assert scaled(None, 0) is None


def test_bounds_that_nothing_lies_between_say_nothing_to_the_engine():
    at = Fraction(3)
    assert bounded(Reading(low=at, high=at)) == (3 * 10**6, 3 * 10**6)
    assert bounded(Reading(low=at, high=at, low_open=True)) == (None, None)
    assert bounded(Reading(low=at, high=at, high_open=True)) == (None, None)
    assert bounded(Reading(low=at, high=at, low_open=True, high_open=True)) == (None, None)
    assert bounded(Reading(low=at, high=None, low_open=True)) == (3 * 10**6 + 1, None)
    assert bounded(Reading()) == (None, None)
    assert type(scaled(Fraction("0.00001"), 0)) is int


@pytest.mark.parametrize("value", [10**9, 10**10, 5 * 10**15, 10**40])
def test_a_value_beyond_what_the_engine_counts_to_is_still_compared(value: int) -> None:
    """A viral load may be ten billion copies, and any limit is below a billion."""
    level = Leaf(Level(level="q", at_least="999999999.99999"))
    given = trial(criterion("I1", level), criterion("E1", Not(level), "exclusion"))
    engine = Engine([given])
    for sign, truth in ((1, T), (-1, F)):
        reading = Reading(low=Fraction(sign * value), high=Fraction(sign * value))
        assert engine.decide(given, lambda _, reading=reading: reading).truths == {"I1": truth, "E1": ~truth}


@pytest.mark.parametrize(
    ("true", "false", "truth"), [(4, 0, T), (3, 0, U), (3, 3, F), (6, 0, T), (0, 3, F), (2, 2, U), (0, 0, U)]
)
def test_four_of_six(true: int, false: int, truth: Truth) -> None:
    given = trial(criterion("I2", AtLeast(4, tuple(has(name) for name in "bcdefg"))))
    truths = [T] * true + [F] * false + [U] * (6 - true - false)
    assert decide(given, **dict(zip("bcdefg", truths, strict=True))).truths == {"I2": truth}


@pytest.mark.parametrize("word", [AllOf, AnyOf])
@pytest.mark.parametrize("width", [63, 64, 65, 200])
def test_a_list_of_any_length_is_split_into_rules_that_the_engine_can_hold(word, width: int) -> None:
    parts = tuple(has(f"n{number}") for number in range(width))
    given = trial(criterion("I1", word(parts)))
    engine = Engine([given])
    for truth in (F, U, T):
        assert engine.decide(given, lambda _, truth=truth: Reading(truth=truth)).truths == {"I1": truth}
    odd, rest = (T, F) if word is AnyOf else (F, T)
    for number in (0, width // 2, width - 1):
        readings = {part.question: Reading(truth=rest) for part in parts}
        readings[parts[number].question] = Reading(truth=odd)
        assert engine.decide(given, readings).truths == {"I1": odd}


def test_no_two_names_of_a_fact_have_the_same_hash() -> None:
    """The engine knows a name by its 32-bit FNV-1a hash alone."""

    def fnv(name: str) -> int:
        value = 0x811C9DC5
        for byte in name.encode():
            value = ((value ^ byte) * 0x01000193) % 2**32
        return value

    assert fnv("a") == 0xE40C292C  # http://www.isthe.com/chongo/tech/comp/fnv/
    names = list(itertools.islice(engine_module._aliases(), 5000))
    used = [f"{name}{side}" for name in names for side in ("", "l", "h")]
    used += ["sid", "id", "$s", "p"]
    assert len({fnv(name) for name in used}) == len(used) == 3 * 5000 + 4


@pytest.mark.parametrize("word", [AllOf, AnyOf])
def test_the_opposite_of_a_long_list_is_split_like_the_list(word) -> None:
    parts = tuple(has(f"n{number}") for number in range(120))
    given = trial(criterion("I1", Not(word((Not(word(parts)), has("b"))))))
    engine, chance = Engine([given]), random.Random(5)
    for _ in range(60):
        agree(engine, given, random_chart(chance, given), T)


def test_deep_alternation_is_split_too() -> None:
    expression: Expression = has("n0")
    for number in range(1, 40):
        word = AnyOf if number % 2 else AllOf
        expression = word((has(f"n{number}"), expression, Not(has(f"m{number}"))))
    given = trial(criterion("I1", expression))
    engine, chance = Engine([given]), random.Random(7)
    for _ in range(300):
        agree(engine, given, random_chart(chance, given), T)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_two_rules_decide_one_node(seed: int) -> None:
    pages = compile_trial(random_trial(random.Random(seed), "t")).pages
    names = [rule.name for page in pages for rule in page.rules]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_page_stays_within_the_engine_s_limits(seed: int) -> None:
    for page in compile_trial(random_trial(random.Random(seed), "t")).pages:
        tested = [condition(rule.formula, true=true) for rule in page.rules for true in (True, False)]
        assert sum(map(paths, tested)) <= MOST_PATHS_A_PAGE
        assert max(map(groups, tested)) <= MOST_GROUPS
        assert len({rule.round for rule in page.rules}) == 1


def test_names_never_share_a_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine tells properties apart by a 32-bit hash; a name whose hash is taken is skipped."""
    honest = engine_module._fnv
    monkeypatch.setattr(engine_module, "_fnv", lambda name: honest("f0") if name == "f1" else honest(name))
    names = engine_module._aliases()
    assert [next(names) for _ in range(3)] == ["f0", "f2", "f3"]


def test_two_names_known_to_collide_have_one_hash() -> None:
    assert engine_module._fnv("k32728") == engine_module._fnv("k261234")


def test_hostile_words_never_reach_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    word = '"}]}{"$s":1,"sid":"9'
    seen: list[str] = []
    create, fact = durable_rules_engine.create_ruleset, durable_rules_engine.assert_fact
    monkeypatch.setattr(
        durable_rules_engine, "create_ruleset", lambda name, text: (seen.append(text), create(name, text))[1]
    )
    monkeypatch.setattr(
        durable_rules_engine, "assert_fact", lambda handle, text: (seen.append(text), fact(handle, text))[1]
    )
    given = trial(criterion(word, AllOf((has(word), Leaf(Level(level=word, at_least="1"))))))
    decision = Engine([given]).decide(
        given, lambda _: Reading(truth=T, low=Fraction(2), high=Fraction(2), said=word)
    )
    assert decision.truths == {word: T}
    assert seen
    assert not any(word in text or '\\"' in text for text in seen)


def test_a_failure_in_the_middle_withholds_the_answer_and_leaves_no_trace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = trial(criterion("I1", has("b")))
    engine = Engine([given])

    def broken(*_: object) -> str:
        raise RuntimeError("broken")

    for name in ("complete_and_start_action", "start_action_for_state", "retract_fact"):
        with monkeypatch.context() as patched:
            patched.setattr(durable_rules_engine, name, broken)
            for _ in range(3):
                with pytest.raises(EngineError):
                    engine.decide(given, lambda _: Reading(truth=T))
        assert engine.decide(given, lambda _: Reading(truth=F)).truths == {"I1": F}
        assert engine.decide(given, lambda _: Reading(truth=T)).truths == {"I1": T}


@pytest.mark.parametrize(
    ("fired", "said"),
    [
        ({"R", "T0", "F0"}, "true and false"),
        ({"T0"}, "did not look"),
        ({"R"}, "0 results"),
        ({"R", "ruled-out", "not-relevant"}, "2 results"),
    ],
)
def test_an_engine_that_breaks_its_promises_gives_no_verdict(monkeypatch, fired: set[str], said: str) -> None:
    given = trial(criterion("I1", has("b")))
    engine = Engine([given])
    rulesets = [page.ruleset for page in engine._loaded["t"]._pages]
    if "results" in said:
        rulesets = [engine._loaded["t"]._verdict]
    for ruleset in rulesets:
        monkeypatch.setattr(ruleset, "_drain", lambda _: set(fired))
    with pytest.raises(EngineError, match=said):
        engine.decide(given, lambda _: Reading())


def test_a_rule_that_fires_where_nothing_is_known_is_refused_at_load(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty list would be true of every patient; the loader refuses it, and so does the engine."""
    with pytest.raises((EngineError, ValueError)):
        Engine([trial(criterion("I1", AtLeast(0, (has("b"),))))])


def test_memory_stays_flat_and_no_thread_starts() -> None:
    """20,000 facts; one that is not retracted costs 8 KB."""
    given = random_trial(random.Random(3), "t")
    engine, chance = Engine([given]), random.Random(1)
    charts = [random_chart(chance, given) for _ in range(20)]
    evaluations = min(20_000, CASES)

    def run(times: int) -> None:
        for number in range(times):
            engine.decide(given, charts[number % len(charts)])

    run(500)
    gc.collect()
    before, threads = resident(), threading.active_count()
    run(evaluations // len(engine._loaded["t"]._pages))
    gc.collect()
    assert resident() - before < 2048
    assert threading.active_count() == threads


def test_eight_threads_get_their_own_patient_s_answer() -> None:
    given = random_trial(random.Random(5), "t")
    engine, chance = Engine([given]), random.Random(2)
    charts = [random_chart(chance, given) for _ in range(8)]
    expected = [engine.decide(given, chart) for chart in charts]
    switching = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as pool:
            work = [
                pool.submit(lambda n=n: [engine.decide(given, charts[n]) for _ in range(40)])
                for n in range(8)
            ]
            for number, done in enumerate(work):
                assert all(decision == expected[number] for decision in done.result())
    finally:
        sys.setswitchinterval(switching)


def test_reloading_lets_go_of_the_old_rules() -> None:
    given = random_trial(random.Random(8), "t")

    def reload(times: int) -> None:
        for _ in range(times):
            Engine([given])
        gc.collect()

    reload(20)
    before = resident()
    reload(200)
    assert resident() - before < 2048


def test_the_rule_engine_s_own_module_is_imported_here_and_nowhere_else() -> None:
    package = Path(engine_module.__file__).parents[1]
    users = [path.name for path in package.rglob("*.py") if "durable_rules_engine" in path.read_text()]
    assert users == ["engine.py"]
    imported = "import sys, cds_service.trials.engine; print('durable.engine' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", imported], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def test_the_trials_of_the_product_are_decided_as_the_oracle_decides_them() -> None:
    from cds_service.rules import RuleSet

    rules = RuleSet.load(RULES)
    chance = random.Random(11)
    for given in rules.trials:
        for _ in range(max(1, CASES // 1000)):
            agree(rules.engine, given, random_chart(chance, given), T)
        nothing: dict[Question, Reading] = dict.fromkeys(questions_of(given), Reading())
        agree(rules.engine, given, nothing, U)
