"""The rule engine alone, for one patient and all five trials, beside the plain oracle of the tests.

The questions are answered beforehand, so that only the deciding is measured: facts made of the answers, the
rules of durable-rules fired, the groups counted.

    python benchmarks/engine.py
"""

from __future__ import annotations

import sys
from pathlib import Path

import charts
from measure import Row, compared, interleaved, settle, told

MOST_MS = 0.3


def rows() -> list[Row]:
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "trials"))
    from oracle import Oracle  # noqa: PLC0415

    from cds_service.features.chart import Chart  # noqa: PLC0415  # after sys.path is set
    from cds_service.fhir.decode import read_bundle  # noqa: PLC0415
    from cds_service.rules import RuleSet, rules_directory  # noqa: PLC0415
    from cds_service.trials.documented import relevant  # noqa: PLC0415

    rules = RuleSet.load(rules_directory())
    chart = Chart(read_bundle(charts.bundle("M"), charts.AS_OF), charts.AS_OF, rules.concepts, rules.absence)
    concerned = {trial.id: relevant(trial.indication, chart.answer) for trial in rules.trials}

    def engine() -> list[object]:
        return [rules.engine.decide(each, chart.answer, concerned[each.id]).truths for each in rules.trials]

    def oracle() -> list[object]:
        return [
            {criterion.id: walk.truth(walk.requirement(criterion.id)) for criterion in walk.trial.criteria}
            for walk in (Oracle(trial, chart.answer) for trial in rules.trials)
        ]

    if engine() != oracle():
        raise SystemExit("The engine and the oracle differ.")
    settle()
    took = interleaved({"engine": engine, "oracle": oracle}, seconds=4)
    return [
        compared("engine, a patient, five trials", took["engine"].median, MOST_MS, "ms"),
        Row("the plain oracle of the tests, the same", str(took["oracle"])),
    ]


if __name__ == "__main__":
    told(rows())
