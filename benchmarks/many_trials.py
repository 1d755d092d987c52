"""What a call costs as trials grow: the five, and copies of them with other indications.

python benchmarks/many_trials.py [5 50 500]
"""

from __future__ import annotations

import dataclasses
import sys

import charts
from measure import Row, Took, compared, interleaved, settle, told

PATH = "/cds-services/cart-trial-match"
MOST = 3.0
OTHER_INDICATIONS = ("itp", "ssc", "jdm", "iim", "tb_active", "epilepsy")


def rows(counts: list[int]) -> list[Row]:
    took = {count: _call_with(count) for count in counts}
    found = [Row(f"call M with {count} trials", str(each)) for count, each in took.items()]
    if len(counts) > 1:
        growth = took[counts[-1]].median / took[counts[0]].median
        found.append(compared(f"{counts[-1]} trials against {counts[0]}", growth, MOST, "x"))
    return found


def _call_with(count: int) -> Took:
    from cds_service.cards import Cards, cards_for  # noqa: PLC0415  # after sys.path is set
    from cds_service.hooks.call import read_call  # noqa: PLC0415
    from cds_service.hooks.gather import gather  # noqa: PLC0415
    from cds_service.hooks.offered import PATIENT_VIEW  # noqa: PLC0415
    from cds_service.hooks.prefetch import templates  # noqa: PLC0415
    from cds_service.hooks.service import chart_of  # noqa: PLC0415
    from cds_service.matching import match  # noqa: PLC0415
    from cds_service.rules import RuleSet, rules_directory  # noqa: PLC0415
    from cds_service.trials.engine import Engine  # noqa: PLC0415

    rules = RuleSet.load(rules_directory())
    trials = (*rules.trials, *_copies(rules, count - len(rules.trials)))
    rules = RuleSet(trials, Engine(trials), rules.concepts, rules.version)
    asked = templates(trials, rules.concepts.labs)
    body = charts.call("M")
    settle()

    def call() -> object:
        read = read_call(body, PATIENT_VIEW)
        gathered = gather(read, asked, None, lambda _: None, 0)
        answer = match(chart_of(read.patient_id, gathered, asked, charts.AS_OF), rules, charts.AS_OF)
        return Cards(tuple(cards_for(answer, limit=3, new_id=lambda: "0")))

    return interleaved({"call": call}, seconds=4, at_least=5)["call"]


def _copies(rules, count: int):  # noqa: ANN001, ANN202  # types come after sys.path is set
    from cds_service.features.diagnoses import Diagnosis  # noqa: PLC0415
    from cds_service.trials.expression import Leaf  # noqa: PLC0415

    for number in range(count):
        trial = rules.trials[number % len(rules.trials)]
        other = OTHER_INDICATIONS[number % len(OTHER_INDICATIONS)]
        yield dataclasses.replace(
            trial,
            id=f"{trial.id}-copy-{number}",
            indication=Leaf(Diagnosis(diagnosis=(other,))),
            cohorts=(),
            criteria=tuple(c for c in trial.criteria if c.id not in {each.id for each in trial.cohorts}),
        )


if __name__ == "__main__":
    told(rows([int(each) for each in sys.argv[1:]] or [5, 50, 500]))
