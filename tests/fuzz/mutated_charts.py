"""Real-shaped charts, damaged at random, all the way to verdicts, JSON and cards: no uncaught error.

    python tests/fuzz/mutated_charts.py [charts, 50000] [processes, 2] [first seed, 0]

Each chart is one of the synthetic patients with one to eight changes: a member dropped, retyped, nested, made
null, huge or odd, doubled, or its list put in another order. It is refused with one of our own errors, or
every criterion of every trial has a verdict with words. A fault is told with its seed, which makes the chart
anew.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import sys
import traceback
from collections import Counter
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from cds_service.answers import answer_json  # noqa: E402
from cds_service.cards import cards_for  # noqa: E402
from cds_service.errors import CartCdsError  # noqa: E402
from cds_service.fhir.decode import read_bundle  # noqa: E402
from cds_service.matching import match  # noqa: E402
from cds_service.rules import RuleSet, rules_directory  # noqa: E402

AS_OF = date(2026, 11, 1)
PATIENTS = ROOT / "fhir_fixtures" / "patients"
ODD: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        -0.0,
        1e308,
        2**63,
        2**200,
        0.1 + 0.2,
        1e-320,
        "",
        " ",
        "\u202e",
        "\x00",
        "\ufeff",
    ),
    *(
        "1e400",
        "-0",
        "NaN",
        "0001-01-01",
        "9999-12-31",
        "2026-13-01",
        "2026-02-30T25:00:00Z",
        "Patient/else",
        "#",
    ),
    *(
        "x" * 1_000_000,
        "狼疮",
        "\u0661\u0662",
        [],
        {},
        [[]],
        [None],
        [{}],
        {"": ""},
        {"value": {"value": {}}},
    ),
)


def damage(chart: Any, chance: random.Random) -> Counter[str]:
    done: Counter[str] = Counter()
    for _ in range(chance.randint(1, 8)):
        at = chart["entry"]
        depth = chance.randint(1, 9)
        while True:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            if not keys:
                break
            key = chance.choice(keys)
            depth -= 1
            if depth > 0 and isinstance(at[key], dict | list) and at[key]:
                at = at[key]
                continue
            how = chance.choice(("drop", "retype", "nest", "odd", "odd", "double", "reorder"))
            done[how] += 1
            _change(at, key, how, chance)
            break
    return done


def _change(at: Any, key: Any, how: str, chance: random.Random) -> None:
    value = deepcopy(at[key])
    match how:
        case "drop":
            del at[key]
        case "retype":
            at[key] = str(value)[:1000] if not isinstance(value, str) else [value]
        case "nest":
            for _ in range(chance.choice((1, 3, 120))):
                value = chance.choice(([value], {"value": value}))
            at[key] = value
        case "odd":
            at[key] = deepcopy(chance.choice(ODD))
        case "double":
            if isinstance(at, list):
                at.append(value)
            else:
                at[f"{key}2"] = value
        case "reorder":
            if isinstance(at, list):
                chance.shuffle(at)
            else:
                items = list(at.items())
                chance.shuffle(items)
                at.clear()
                at.update(items)


def run(first: int, seeds: int) -> tuple[Counter[str], list[str]]:
    rules = RuleSet.load(rules_directory())
    bodies = [
        (path / "bundle.json").read_text("utf-8") for path in sorted(PATIENTS.iterdir()) if path.is_dir()
    ]
    count: Counter[str] = Counter()
    faults = []
    for seed in range(first, first + seeds):
        chance = random.Random(seed)
        chart = json.loads(chance.choice(bodies))
        count += damage(chart, chance)
        body = json.dumps(chart).encode("utf-8", "surrogatepass")
        try:
            answer = match(read_bundle(body, AS_OF), rules, AS_OF)
            json.dumps(answer_json(answer), allow_nan=False).encode()
            cards_for(answer, limit=3, new_id=lambda: str(UUID(int=1)))
            for found in answer.matches:
                assert len(list(found.verdicts)) == len(found.trial.criteria)
                assert all(verdict.explanation for verdict in found.verdicts)
            count["answered"] += 1
        except CartCdsError:
            count["refused"] += 1
        except Exception:  # noqa: BLE001  # what is looked for
            faults.append(f"seed {seed}: {traceback.format_exc(limit=-3)}")
    return count, faults


def main() -> None:
    wanted, processes, first = (
        int(sys.argv[number]) if len(sys.argv) > number else usual
        for number, usual in ((1, 50_000), (2, 2), (3, 0))
    )
    part = wanted // processes
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        parts = pool.starmap(run, [(first + number * part, part) for number in range(processes)])
    count = sum((each for each, _ in parts), Counter())
    faults = [fault for _, each in parts for fault in each]
    changes = ", ".join(
        f"{how} {times:,}" for how, times in sorted(count.items()) if how not in ("answered", "refused")
    )
    sys.stdout.write(
        f"{part * processes:,} charts, changed {changes}\n"
        f"{count['answered']:,} answered, {count['refused']:,} refused, {len(faults)} uncaught errors\n"
    )
    sys.stdout.write("\n".join(faults[:5]))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
