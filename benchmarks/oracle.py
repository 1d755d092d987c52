"""The rule engine against plain Python: as many random fact sets as wanted, and no difference.

    python benchmarks/oracle.py [fact sets, 1000000] [processes, 2]

The trials are the five real ones and twenty random ones; a fact set answers every question of one trial, at
and around every limit, and carries strings of every script, control and bidi characters. Memory and threads
are looked at on the way: the engine may keep nothing and start nothing. Plain Python's time stands beside.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
import threading
import time
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "trials")]

from oracle import Oracle, questions_of, random_reading, random_trial  # noqa: E402

from cds_service.kleene import Truth  # noqa: E402
from cds_service.rules import RuleSet, rules_directory  # noqa: E402
from cds_service.trials.engine import Engine  # noqa: E402

HOSTILE = (
    *("\u202e\u2066gninrut", "\x00\x07\x1b[31m", "'; drop table --", "{{7*7}}", "\U0001f9ec" * 50, "\ud800"),
    *("$m.and", "\u0661\u0662\u0663", "a" * 100_000, "\ufeff", "null", "NaN", "狼疮", "ذئبة", "ล" * 300),
    *('"}]}', "__class__"),
)


def resident() -> int:
    """Kilobytes in use."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def compare(seed: int, wanted: int) -> tuple[int, int, int, int, int, float, float]:
    trials = [
        *RuleSet.load(rules_directory()).trials,
        *(random_trial(random.Random(n), f"t{n}") for n in range(20)),
    ]
    engine = Engine(trials)
    asked = {trial.id: questions_of(trial) for trial in trials}
    chance = random.Random(seed)
    criteria = done = differences = before = 0
    by_engine = by_python = 0.0
    for number in range(wanted):
        trial = trials[number % len(trials)]
        readings = {
            question: msgspec.structs.replace(
                random_reading(chance, question), said=HOSTILE[number % len(HOSTILE)]
            )
            for question in asked[trial.id]
        }
        relevance = chance.choice((Truth.FALSE, Truth.UNKNOWN, Truth.TRUE))
        begun = time.process_time()
        decision = engine.decide(trial, readings, relevance)
        decided = time.process_time()
        oracle = Oracle(trial, readings.__getitem__)
        same = decision.truths == oracle.truths() and decision.result == oracle.result(relevance)
        by_engine += decided - begun
        by_python += time.process_time() - decided
        differences += not same
        done += 1
        criteria += len(trial.criteria)
        if number == min(2_000, wanted // 2):
            before = resident()
    return (
        done,
        criteria,
        differences,
        resident() - before,
        threading.active_count() - 1,
        by_engine,
        by_python,
    )


def main() -> None:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        parts = pool.starmap(compare, [(seed, wanted // processes) for seed in range(processes)])
    done, criteria, differences, _, threads, by_engine, by_python = map(sum, zip(*parts, strict=True))
    print(f"{done:,} fact sets, {criteria:,} criteria decided: {differences} differences")
    print(f"{threads} threads started")
    print(f"memory grew by {max(part[3] for part in parts)} KB in a process")
    print(
        f"engine {by_engine / done * 1e6:.0f} us a fact set, plain Python {by_python / done * 1e6:.0f} us: "
        f"{by_engine / by_python:.2f} x"
    )
    sys.exit(1 if differences or threads else 0)


if __name__ == "__main__":
    main()
